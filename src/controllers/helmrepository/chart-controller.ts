/** HelmCharts: one chart of a source, as an artifact. */
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { GitRepository, HelmChart, HelmRepository } from '../../api/source/v1.ts'
import { findCondition } from '../../apimachinery/conditions.ts'
import { tryParseDuration } from '../../apimachinery/duration.ts'
import { keyOf } from '../../apimachinery/meta.ts'
import { patchStatus } from '../../runtime/apply.ts'
import { type Controller, watchSource } from '../../runtime/controller.ts'
import { refOf } from '../../runtime/object-store.ts'
import type { Result } from '../../runtime/reconcile.ts'
import { type Artifact, artifactOwner } from '../../sync/artifact-store.ts'
import { newFluxController, type SourceControllerDeps } from '../../sync/flux-controller.ts'
import { chooseVersion, parseIndex } from '../../sync/helm/chart-index.ts'
import { type ChartContext, fetchChart, type PackedChart, packChart } from '../../sync/helm/chart-source.ts'
import { ChartError } from '../../sync/helm/errors.ts'
import { pullOciChart } from '../../sync/helm/oci-chart.ts'
import { defaultLimits } from '../../sync/limits.ts'
import { refusalOf, refusedInHelmChart } from '../../sync/refused-fields.ts'
import { intervalMs } from '../../sync/schedule.ts'
import { sourceStatusAfter } from '../../sync/source-status.ts'
import { fetchAccess } from './access.ts'

const fieldManager = 'source-controller'
const defaultTimeoutMs = 60_000

interface Chart extends PackedChart {
  readonly verb: 'packaged' | 'pulled'
  readonly sourceRevision: string
}

/** Makes the controller. */
export function newHelmChartController(deps: SourceControllerDeps): Controller {
  const { client, informers, artifacts, events, clock, random, limits = defaultLimits } = deps
  const charts = informers.informer(HelmChart)
  const gitRepositories = informers.informer(GitRepository)
  const helmRepositories = informers.informer(HelmRepository)
  charts.addIndex('source', sourcesOf)
  const dependants = (kind: string) => (event: { readonly object: GitRepository | HelmRepository }) =>
    charts.byIndex('source', `${kind}/${keyOf(refOf(event.object))}`).map(chart => keyOf(refOf(chart)))

  async function chartOf(chart: HelmChart, signal: AbortSignal): Promise<Chart> {
    const { sourceRef } = chart.spec
    const namespace = chart.metadata?.namespace ?? ''
    const context: ChartContext = { clock, limits, timeoutMs: defaultTimeoutMs, signal }
    const ref = { namespace, name: sourceRef.name }
    const refusal = refusalOf(refusedInHelmChart, chart)
    if (refusal) throw new ChartError(refusal.reason, refusal.message, { stalled: true })
    if (sourceRef.kind === 'GitRepository') return fromGit(chart, gitRepositories.get(ref), context)
    return fromRepository(chart, helmRepositories.get(ref), context)
  }

  async function fromGit(chart: HelmChart, source: GitRepository | undefined, context: ChartContext): Promise<Chart> {
    const { spec, metadata } = chart
    const artifact = source?.status?.artifact
    if (!artifact) throw noArtifact('GitRepository', spec.sourceRef.name)
    const commit = artifact.revision.split(':').at(-1)?.slice(0, 12) ?? ''
    const isByRevision = spec.reconcileStrategy === 'Revision'
    const parts = [
      ...(isByRevision ? [commit] : []),
      ...(spec.valuesFiles?.length ? [String(metadata?.generation ?? 0)] : []),
    ]
    const options = {
      ...(parts.length > 0 ? { metadataSuffix: parts.join('.') } : {}),
      ...(spec.valuesFiles ? { valuesFiles: spec.valuesFiles } : {}),
      ignoreMissing: spec.ignoreMissingValuesFiles ?? false,
    }
    const packed = await packChart(artifacts.fileOf(artifact), spec.chart, options, context)
    return { ...packed, verb: 'packaged', sourceRevision: artifact.revision }
  }

  async function fromRepository(
    chart: HelmChart,
    source: HelmRepository | undefined,
    context: ChartContext,
  ): Promise<Chart> {
    const { chart: name, version = '*', sourceRef } = chart.spec
    if (!source) throw noArtifact('HelmRepository', sourceRef.name)
    const { url, timeout, type, insecure, passCredentials } = source.spec
    const access = await fetchAccess(client, source, context.signal)
    const bounded = { ...context, timeoutMs: tryParseDuration(timeout) ?? defaultTimeoutMs }
    if (type === 'oci' || url.startsWith('oci://')) {
      const packed = await pullOciChart(
        `${url.replace(/\/+$/, '')}/${name}`,
        version,
        { ...access, insecure: insecure ?? false },
        bounded,
      )
      return { ...packed, verb: 'pulled', sourceRevision: packed.version }
    }
    const artifact = source.status?.artifact
    if (!artifact) throw noArtifact('HelmRepository', sourceRef.name)
    const index = parseIndex(await readFile(artifacts.fileOf(artifact), 'utf8'))
    const found = chooseVersion(index, name, version)
    const [chartUrl] = found?.urls ?? []
    if (!found || chartUrl === undefined) {
      const why = `no '${name}' chart with version matching '${version}' found`
      throw new ChartError(
        'InvalidChartReference',
        `invalid chart reference: failed to get chart version for remote reference: ${why}`,
      )
    }
    const options = {
      ...access,
      passCredentials: passCredentials ?? false,
      ...(found.digest ? { digest: found.digest } : {}),
    }
    const content = await fetchChart(url, chartUrl, options, bounded)
    return { name, version: found.version, content, verb: 'pulled', sourceRevision: artifact.revision }
  }

  async function store(chart: HelmChart, packed: Chart): Promise<Artifact> {
    const fileName = `${packed.name}-${packed.version}.tgz`
    const before = chart.status?.artifact
    const isSame =
      before?.revision === packed.version && chart.status?.observedSourceArtifactRevision === packed.sourceRevision
    if (isSame && (await artifacts.problem(before)) === undefined) return artifacts.located(before)
    return artifacts.store(ownerOf(chart), fileName, packed.version, async file => {
      await writeFile(file, packed.content, { mode: 0o600 })
      const digest = `sha256:${createHash('sha256').update(packed.content).digest('hex')}`
      return { digest, sizeBytes: packed.content.length }
    })
  }

  async function reconcile(chart: HelmChart, signal: AbortSignal): Promise<Result> {
    try {
      const packed = await chartOf(chart, signal)
      const artifact = await store(chart, packed)
      const { valuesFiles = [] } = chart.spec
      const merged = valuesFiles.length > 0 ? ` and merged values files [${valuesFiles.join(' ')}]` : ''
      const message = `${packed.verb} '${packed.name}' chart with version '${packed.version}'${merged}`
      const reason = packed.verb === 'pulled' ? 'ChartPullSucceeded' : 'ChartPackageSucceeded'
      const status = sourceStatusAfter(chart, { kind: 'stored', artifact, reason, message }, clock.now())
      const observed = { observedChartName: packed.name, observedSourceArtifactRevision: packed.sourceRevision }
      await patchStatus(client, HelmChart, chart, { ...chart.status, ...status, ...observed }, { signal, fieldManager })
      if (chart.status?.artifact?.digest !== artifact.digest) events.record(chart, { type: 'Normal', reason, message })
      await artifacts.collect(ownerOf(chart), artifact.path.split('/').at(-1) ?? '')
      return { requeueAfterMs: intervalMs(chart.spec.interval, random) }
    } catch (error) {
      if (signal.aborted || !(error instanceof ChartError)) throw error
      const { reason, message, stalled } = error
      const isNews = findCondition(chart.status?.conditions, 'Ready')?.message !== message
      if (isNews) events.record(chart, { type: 'Warning', reason, message })
      const status = sourceStatusAfter(chart, { kind: 'failed', reason, message, stalled }, clock.now())
      await patchStatus(client, HelmChart, chart, { ...chart.status, ...status }, { signal, fieldManager })
      // The source's artifact makes it run again.
      if (stalled || reason === 'NoSourceArtifact') return {}
      throw error
    }
  }

  const artifactChanged = (event: {
    type: string
    object: GitRepository | HelmRepository
    previous?: GitRepository | HelmRepository
  }) =>
    event.type !== 'updated' || event.object.status?.artifact?.revision !== event.previous?.status?.artifact?.revision

  return newFluxController(deps, {
    kind: HelmChart,
    reconcile,
    finalize: chart => artifacts.removeAll(ownerOf(chart)),
    sources: [
      watchSource(gitRepositories, { predicates: [artifactChanged], toKeys: dependants('GitRepository') }),
      watchSource(helmRepositories, { predicates: [artifactChanged], toKeys: dependants('HelmRepository') }),
    ],
    concurrency: 2,
  })
}

function ownerOf(chart: HelmChart) {
  return artifactOwner(HelmChart, chart)
}

function sourcesOf({ spec, metadata }: HelmChart): readonly string[] {
  return [`${spec.sourceRef.kind}/${metadata?.namespace}/${spec.sourceRef.name}`]
}

function noArtifact(kind: string, name: string): ChartError {
  return new ChartError('NoSourceArtifact', `no artifact available for ${kind} source '${name}'`)
}
