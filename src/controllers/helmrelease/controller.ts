/** HelmReleases: installs, upgrades, tests and rolls back a chart on the host or a member. */
import path from 'node:path'
import { HelmRelease } from '../../api/helm/v2.ts'
import { HelmChart } from '../../api/source/v1.ts'
import { findCondition, isConditionTrue } from '../../apimachinery/conditions.ts'
import { formatDuration } from '../../apimachinery/duration.ts'
import { isJsonObject } from '../../apimachinery/json.ts'
import { type JsonObject, keyOf, parseKey } from '../../apimachinery/meta.ts'
import { parseYamlDocuments } from '../../apimachinery/yaml.ts'
import { patchStatus } from '../../runtime/apply.ts'
import type { Random } from '../../runtime/backoff.ts'
import { type Client, isNotFound } from '../../runtime/client.ts'
import type { Clock } from '../../runtime/clock.ts'
import { type Controller, newController, watchSource } from '../../runtime/controller.ts'
import type { EventRecorder } from '../../runtime/events.ts'
import { addFinalizer, isBeingDeleted, removeFinalizer } from '../../runtime/finalizer.ts'
import type { InformerSet } from '../../runtime/informer-set.ts'
import { KubeConfigError } from '../../runtime/kubeconfig.ts'
import type { Logger } from '../../runtime/log.ts'
import type { MetricRegistry } from '../../runtime/metrics.ts'
import { refOf } from '../../runtime/object-store.ts'
import type { Result } from '../../runtime/reconcile.ts'
import type { RemoteClusters } from '../../runtime/remote-clusters.ts'
import { newSetApplier } from '../../sync/apply/apply-set.ts'
import type { FieldRule } from '../../sync/apply/field-rules.ts'
import { asManifest, type Manifest } from '../../sync/apply/identity.ts'
import { fetchRolloutRules } from '../../sync/apply/rollout-rules.ts'
import type { TargetCluster } from '../../sync/apply/target.ts'
import { ArtifactError, ArtifactMissingError, fetchArtifact } from '../../sync/artifact-fetch.ts'
import type { FluxCondition } from '../../sync/flux-conditions.ts'
import { newHelmWorkspace } from '../../sync/helm/helm-cli.ts'
import { ValuesError, valuesDigest } from '../../sync/helm/values.ts'
import { defaultLimits, type SyncLimits } from '../../sync/limits.ts'
import { jitteredIntervalMs } from '../../sync/schedule.ts'
import { newTargetClusters, TargetError } from '../../sync/target-clusters.ts'
import { fluxFinalizer, reconcileRequested, requestedAt } from '../../sync/triggers.ts'
import { helmMessage, newReleaseActions, type ReleaseActions, type ReleaseInfo } from './actions.ts'
import {
  decideStep,
  historyWith,
  isForced,
  releaseNameOf,
  type Snapshot,
  type Step,
  timeoutMsOf,
  unmetDependency,
  unsupportedField,
  type Wanted,
  withConditions,
  withFreshCounters,
} from './plan.ts'
import { fetchValues } from './values.ts'

/** What the controller needs. */
export interface HelmReleaseDeps {
  readonly client: Client
  readonly informers: InformerSet
  readonly clusters: RemoteClusters
  readonly events: EventRecorder
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly metrics?: MetricRegistry
  readonly limits?: SyncLimits
  /** How the helm program reaches the host. Absent: releases without spec.kubeConfig are refused. */
  readonly hostKubeconfig?: string
  /** How long to wait for a dependency, a source or a cluster that is away. Default 30,000 ms. */
  readonly dependencyRetryMs?: number
}

const fieldManager = 'helm-controller'
const maxSteps = 8
const reconcileTimeoutMs = 3 * 3_600_000
const labelPrefix = 'helm.toolkit.fluxcd.io'

type Status = NonNullable<HelmRelease['status']>

/** What one run works with. */
interface Session {
  readonly actions: ReleaseActions
  readonly cluster: TargetCluster
  readonly chartFile: string
  readonly values: JsonObject
  readonly wanted: Wanted
}

/** Makes the controller. */
export function newHelmReleaseController(deps: HelmReleaseDeps): Controller {
  const { client, informers, clock, random, events, limits = defaultLimits, dependencyRetryMs = 30_000 } = deps
  const releases = informers.informer(HelmRelease)
  const charts = informers.informer(HelmChart)
  releases.addIndex('chart', release => [keyOf(chartRefOf(release))])
  releases.addIndex('dependency', dependenciesOf)
  const applier = newSetApplier({ clock })
  const targets = newTargetClusters({ client, clusters: deps.clusters, scope: 'helmrelease' })

  async function setStatus(release: HelmRelease, status: Status, signal: AbortSignal): Promise<HelmRelease> {
    return (await patchStatus(client, HelmRelease, release, status, { signal, fieldManager })).object
  }

  /** Ready=False for a reason outside of helm. */
  async function fail(release: HelmRelease, reason: string, message: string, signal: AbortSignal, stalled = false) {
    const ready: FluxCondition = { type: 'Ready', status: 'False', reason, message }
    const before = findCondition(release.status?.conditions, 'Ready')
    if (before?.message !== message) events.record(release, { type: 'Warning', reason, message })
    const end = stalled ? { stalled: { ...ready, type: 'Stalled', status: 'True' } as const } : 'retrying'
    const status = withConditions(release, handled(release, release.status ?? {}), [ready], end, clock.now())
    const { generation = 0 } = release.metadata ?? {}
    await setStatus(release, stalled ? { ...status, observedGeneration: generation } : status, signal)
  }

  async function ensureChart(release: HelmRelease, signal: AbortSignal): Promise<void> {
    const { chart } = release.spec
    if (!chart) return
    const { name, namespace } = chartRefOf(release)
    const {
      sourceRef,
      interval,
      chart: chartName,
      version,
      reconcileStrategy,
      valuesFiles,
      ignoreMissingValuesFiles,
    } = chart.spec
    const desired: HelmChart = {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'HelmChart',
      metadata: {
        name,
        namespace,
        labels: { ...chart.metadata?.labels, ...ownerLabels(release) },
        ...(chart.metadata?.annotations ? { annotations: chart.metadata.annotations } : {}),
      },
      spec: {
        chart: chartName,
        sourceRef: { kind: sourceRef.kind, name: sourceRef.name },
        interval: interval ?? release.spec.interval,
        ...(version === undefined ? {} : { version }),
        ...(reconcileStrategy === undefined ? {} : { reconcileStrategy }),
        ...(valuesFiles ? { valuesFiles } : {}),
        ...(ignoreMissingValuesFiles === undefined ? {} : { ignoreMissingValuesFiles }),
      },
    }
    const live = await client.fetchIfExists(HelmChart, { name, namespace }, { signal })
    const manifest = desired as unknown as Manifest // Made here, with a name.
    if (live && isCovered(live, desired)) return
    await client.apply(HelmChart, manifest as never, { fieldManager, force: true, signal })
  }

  async function reconcile(release: HelmRelease, signal: AbortSignal): Promise<Result> {
    const unsupported = unsupportedField(release)
    if (unsupported) {
      await fail(release, 'UnsupportedField', `${unsupported} is not supported`, signal, true)
      return {}
    }
    await ensureChart(release, signal)
    const unmet = unmetDependency(release, key => releases.get(key))
    if (unmet) {
      await fail(release, 'DependencyNotReady', unmet, signal)
      return { requeueAfterMs: dependencyRetryMs }
    }
    const chartRef = chartRefOf(release)
    const chart = await client.fetchIfExists(HelmChart, chartRef, { signal })
    const problem = chartProblem(chart)
    if (!chart?.status?.artifact || problem) {
      await fail(release, 'SourceNotReady', `HelmChart '${keyOf(chartRef)}' is not ready: ${problem}`, signal)
      return { requeueAfterMs: dependencyRetryMs }
    }
    const { artifact } = chart.status
    const workspaceOf = async () => {
      const kubeconfig = (await targets.kubeconfig(targetOf(release), signal)) ?? deps.hostKubeconfig
      if (kubeconfig === undefined)
        throw new TargetError('Unsupported', 'spec.kubeConfig is needed: the host is not open to helm')
      return newHelmWorkspace({ clock, kubeconfig })
    }
    let workspace: Awaited<ReturnType<typeof workspaceOf>> | undefined
    try {
      const values = await fetchValues(release, client, signal)
      const cluster = await targets.find(targetOf(release), signal)
      workspace = await workspaceOf()
      const chartFile = path.join(workspace.folder, 'chart.tgz')
      await fetchArtifact(artifact, chartFile, { limits, clock, signal })
      const chartName = chart.status.observedChartName ?? path.basename(chart.spec.chart)
      const wanted = { chartName, chartVersion: artifact.revision, configDigest: valuesDigest(values) }
      const session = { actions: newReleaseActions(release, workspace), cluster, chartFile, values, wanted }
      return await runSteps(release, session, signal)
    } catch (error) {
      if (signal.aborted) throw error
      const reason = reasonOf(error)
      const stalled = error instanceof TargetError && error.reason === 'Unsupported'
      await fail(release, reason, helmMessage(error), signal, stalled)
      return stalled ? {} : { requeueAfterMs: dependencyRetryMs }
    } finally {
      await workspace?.remove()
    }
  }

  async function runSteps(found: HelmRelease, session: Session, signal: AbortSignal): Promise<Result> {
    const { wanted } = session
    let forced = isForced(found)
    let release: HelmRelease = { ...found, status: withFreshCounters(found, wanted) }
    let saved = found
    const save = async (status: Status) => {
      saved = await setStatus(saved, status, signal)
      release = { ...saved, status }
    }
    for (let i = 0; i < maxSteps; i++) {
      const revisions = await session.actions.history(signal)
      const step = decideStep({ release, wanted, revisions, isForced: forced })
      if (step.kind === 'done') return finish(release, save, [])
      if (step.kind === 'stall') return stall(release, step, save)
      if (step.kind === 'correctDrift') return finish(release, save, await correctDrift(release, session, signal))
      forced = false
      await save(withConditions(release, release.status ?? {}, [running(release, step)], 'running', clock.now()))
      const isOver = await carryOut(release, step, session, save, signal)
      if (isOver) return { requeueAfterMs: 1 }
    }
    return { requeueAfterMs: dependencyRetryMs }
  }

  async function finish(release: HelmRelease, save: (status: Status) => Promise<void>, set: readonly FluxCondition[]) {
    const { generation = 0 } = release.metadata ?? {}
    const { namespace } = releaseNameOf(release)
    const common = {
      observedGeneration: generation,
      helmChart: keyOf(chartRefOf(release)),
      storageNamespace: namespace,
    }
    const status = withConditions(
      release,
      { ...handled(release, release.status ?? {}), ...common },
      set,
      'done',
      clock.now(),
    )
    await save(status)
    const afterMs = jitteredIntervalMs(release.spec.interval, random)
    return afterMs === undefined ? {} : { requeueAfterMs: afterMs }
  }

  async function stall(release: HelmRelease, step: Step & { kind: 'stall' }, save: (status: Status) => Promise<void>) {
    const { reason, message } = step
    const { generation = 0 } = release.metadata ?? {}
    const stalled: FluxCondition = { type: 'Stalled', status: 'True', reason, message }
    const base = { ...handled(release, release.status ?? {}), observedGeneration: generation }
    await save(withConditions(release, base, [], { stalled }, clock.now()))
    return {}
  }

  /** True where the run ends here, so that the next one starts from a fresh look. */
  async function carryOut(
    release: HelmRelease,
    step: Step,
    session: Session,
    save: (status: Status) => Promise<void>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { actions, wanted } = session
    const { name, namespace } = releaseNameOf(release)
    const status = release.status ?? {}
    const chart = `${wanted.chartName}@${wanted.chartVersion}`
    // More steps may follow: only the last look makes it ready.
    const underWay = running(release, step)
    const tell = (condition: FluxCondition, type: 'Normal' | 'Warning') =>
      events.record(release, { type, reason: condition.reason, message: condition.message })
    switch (step.kind) {
      case 'install':
      case 'upgrade': {
        const word = step.kind
        const title = word === 'install' ? 'Install' : 'Upgrade'
        const attempted = {
          ...withoutConditionsOf(status, ['Remediated', 'TestSuccess']),
          lastAttemptedReleaseAction: word,
        }
        try {
          await applyCrds(release, word, session, signal)
          const info = await actions.release(word, session.chartFile, session.values, signal)
          await labelObjects(release, info.manifest, session.cluster, signal)
          const message = `Helm ${word} succeeded for release ${namespace}/${name}.v${info.version} with chart ${chart}`
          const condition: FluxCondition = { type: 'Released', status: 'True', reason: `${title}Succeeded`, message }
          tell(condition, 'Normal')
          const history = [...historyWith(attempted.history, snapshotOf(info, wanted, word))]
          const { failures: _f, installFailures: _i, upgradeFailures: _u, ...rest } = attempted
          await save(withConditions(release, { ...rest, history }, [condition, underWay], 'running', clock.now()))
        } catch (error) {
          if (signal.aborted) throw error
          const message = `Helm ${word} failed for release ${namespace}/${name} with chart ${chart}: ${helmMessage(error)}`
          const condition: FluxCondition = { type: 'Released', status: 'False', reason: `${title}Failed`, message }
          tell(condition, 'Warning')
          const key = word === 'install' ? 'installFailures' : 'upgradeFailures'
          const counted = { failures: (status.failures ?? 0) + 1, [key]: (status[key] ?? 0) + 1 }
          await save(withConditions(release, { ...attempted, ...counted }, [condition], 'retrying', clock.now()))
        }
        return false
      }
      case 'rollback': {
        await actions.rollback(step.to, signal)
        const previous = status.history?.find(({ version }) => version === step.to)
        const before = previous ? `${previous.chartName}@${previous.chartVersion}` : chart
        const message = `Helm rollback to previous release ${namespace}/${name}.v${step.to} with chart ${before} succeeded`
        const condition: FluxCondition = { type: 'Remediated', status: 'True', reason: 'RollbackSucceeded', message }
        tell(condition, 'Normal')
        await save(withConditions(release, status, [condition], 'retrying', clock.now()))
        return false
      }
      case 'uninstall': {
        await actions.uninstall(signal)
        const version = status.history?.[0]?.version ?? 1
        const message = `Helm uninstall remediation for release ${namespace}/${name}.v${version} with chart ${chart} succeeded`
        const condition: FluxCondition = { type: 'Remediated', status: 'True', reason: 'UninstallSucceeded', message }
        tell(condition, 'Normal')
        await save(withConditions(release, status, [condition], 'retrying', clock.now()))
        return false
      }
      case 'test': {
        const condition = await test(release, session, signal)
        tell(condition, condition.status === 'True' ? 'Normal' : 'Warning')
        const [newest, ...older] = status.history ?? []
        const history = newest ? [{ ...newest, testHooks: {} }, ...older] : []
        await save(withConditions(release, { ...status, history }, [condition, underWay], 'running', clock.now()))
        return false
      }
      default:
        return true
    }
  }

  async function test(release: HelmRelease, { actions, wanted }: Session, signal: AbortSignal): Promise<FluxCondition> {
    const { name, namespace } = releaseNameOf(release)
    const version = release.status?.history?.[0]?.version ?? 0
    const of = `release ${namespace}/${name}.v${version} with chart ${wanted.chartName}@${wanted.chartVersion}`
    try {
      await actions.test(signal)
      return { type: 'TestSuccess', status: 'True', reason: 'TestSucceeded', message: `Helm test succeeded for ${of}` }
    } catch (error) {
      if (signal.aborted) throw error
      const message = `Helm test failed for ${of}: ${helmMessage(error)}`
      return { type: 'TestSuccess', status: 'False', reason: 'TestFailed', message }
    }
  }

  async function applyCrds(release: HelmRelease, action: 'install' | 'upgrade', session: Session, signal: AbortSignal) {
    const policy = release.spec[action]?.crds ?? (action === 'install' ? 'Create' : 'Skip')
    if (policy === 'Skip') return
    const manifests = manifestsIn(await session.actions.crds(session.chartFile, signal))
    const crds = manifests.filter(({ kind }) => kind === 'CustomResourceDefinition')
    const wanted = policy === 'CreateReplace' ? crds : crds.map(onlyIfAbsent)
    await applier.apply(session.cluster, wanted, { fieldManager, force: false, rules: [], signal })
  }

  async function correctDrift(
    release: HelmRelease,
    session: Session,
    signal: AbortSignal,
  ): Promise<readonly FluxCondition[]> {
    const { namespace } = releaseNameOf(release)
    const manifests = await namespaced(
      manifestsIn(await session.actions.manifest(signal)),
      namespace,
      session.cluster,
      signal,
    )
    const own = (release.spec.driftDetection?.ignore ?? []) as readonly FieldRule[] // Same fields, all optional.
    const rules = [...own, ...(await fetchRolloutRules(session.cluster, manifests, signal))]
    // The manager is helm's own, so that the fields stay its.
    const changes = await applier.apply(session.cluster, manifests.filter(isWatched), {
      fieldManager: 'helm',
      force: false,
      rules,
      signal,
    })
    const lines = changes.filter(({ action }) => action === 'created' || action === 'configured')
    if (lines.length > 0) {
      await labelObjects(release, await session.actions.manifest(signal), session.cluster, signal)
      const { name } = releaseNameOf(release)
      const list = lines.map(({ subject, action }) => `${subject} ${action}`).join('\n')
      const message = `Cluster state of release ${namespace}/${name} has been corrected:\n${list}`
      events.record(release, { type: 'Normal', reason: 'DriftCorrected', message })
    }
    const message = 'No drift detected against the cluster state'
    return [{ type: 'Drifted', status: 'False', reason: 'NoDriftDetected', message }]
  }

  /** Says on every object whose it is, under a manager of our own: helm does not know of these labels. */
  async function labelObjects(release: HelmRelease, manifest: string, cluster: TargetCluster, signal: AbortSignal) {
    const { namespace } = releaseNameOf(release)
    for (const object of await namespaced(manifestsIn(manifest), namespace, cluster, signal)) {
      const { apiVersion = '', kind = '', metadata } = object
      const type = await cluster.mapper.typeOf(apiVersion, kind, signal)
      if (!type) continue
      const ref = { name: metadata.name ?? '', ...(metadata.namespace ? { namespace: metadata.namespace } : {}) }
      const labelled = { apiVersion, kind, metadata: { ...ref, labels: ownerLabels(release) } }
      await cluster.client.apply(type, labelled, { fieldManager, force: true, signal })
    }
  }

  async function finalize(release: HelmRelease, signal: AbortSignal): Promise<Result> {
    if (!release.spec.suspend) {
      await uninstall(release, signal)
      const { chart } = release.spec
      if (chart) await client.delete(HelmChart, chartRefOf(release), { signal }).catch(ignoreNotFound)
    }
    await removeFinalizer(client, HelmRelease, release, fluxFinalizer, signal)
    return {}
  }

  async function uninstall(release: HelmRelease, signal: AbortSignal): Promise<void> {
    if ((release.status?.history ?? []).length === 0) return
    let kubeconfig: string | undefined
    try {
      kubeconfig = (await targets.kubeconfig(targetOf(release), signal)) ?? deps.hostKubeconfig
    } catch (error) {
      // As in Flux: a member whose Secret is gone does not hold the object.
      if (error instanceof TargetError) return
      throw error
    }
    if (kubeconfig === undefined) return
    const workspace = await newHelmWorkspace({ clock, kubeconfig })
    try {
      await newReleaseActions(release, workspace).uninstall(signal)
    } finally {
      await workspace.remove()
    }
  }

  return newController({
    ...deps,
    reconciler: {
      name: 'helmrelease',
      async reconcile({ key }, signal) {
        const release = await client.fetchIfExists(HelmRelease, parseKey(key), { signal })
        if (!release) return {}
        if (isBeingDeleted(release)) return finalize(release, signal)
        const owned = await addFinalizer(client, HelmRelease, release, fluxFinalizer, signal)
        return owned.spec.suspend ? {} : reconcile(owned, signal)
      },
    },
    sources: [
      watchSource(releases, { predicates: [reconcileRequested] }),
      watchSource(charts, {
        predicates: [
          event =>
            event.type !== 'updated' ||
            event.object.status?.artifact?.digest !== event.previous.status?.artifact?.digest,
        ],
        toKeys: ({ object }) => releases.byIndex('chart', keyOf(refOf(object))).map(release => keyOf(refOf(release))),
      }),
      watchSource(releases, {
        predicates: [event => event.type === 'updated' && isReady(event.object) !== isReady(event.previous)],
        toKeys: ({ object }) => releases.byIndex('dependency', keyOf(refOf(object))).map(other => keyOf(refOf(other))),
      }),
    ],
    backoff: { initialMs: 750, maxMs: 900_000 },
    concurrency: 4,
    reconcileTimeoutMs,
  })
}

function running(release: HelmRelease, step: Step): FluxCondition {
  const action =
    step.kind === 'install' || step.kind === 'upgrade' || step.kind === 'rollback' || step.kind === 'test'
      ? step.kind
      : 'uninstall'
  const message = `Running '${action}' action with timeout of ${formatDuration(timeoutMsOf(release.spec, action))}`
  return { type: 'Ready', status: 'Unknown', reason: 'Progressing', message }
}

function snapshotOf(info: ReleaseInfo, wanted: Wanted, action: 'install' | 'upgrade'): Snapshot {
  return {
    apiVersion: 'v2',
    // A digest of what identifies the release; Flux computes another one and would upgrade once.
    digest: valuesDigest({
      name: info.name,
      namespace: info.namespace,
      version: info.version,
      config: wanted.configDigest,
    }),
    name: info.name,
    namespace: info.namespace,
    version: info.version,
    status: info.status,
    action,
    chartName: wanted.chartName,
    chartVersion: wanted.chartVersion,
    appVersion: info.appVersion,
    configDigest: wanted.configDigest,
    firstDeployed: seconds(info.firstDeployed),
    lastDeployed: seconds(info.lastDeployed),
  }
}

function seconds(time: string): string {
  const date = new Date(time)
  return `${(Number.isNaN(date.getTime()) ? new Date(0) : date).toISOString().slice(0, 19)}Z`
}

function handled(release: HelmRelease, status: Status): Status {
  const asked = requestedAt(release)
  const forceAt = release.metadata?.annotations?.['reconcile.fluxcd.io/forceAt']
  return {
    ...status,
    ...(asked === undefined ? {} : { lastHandledReconcileAt: asked }),
    ...(forceAt === undefined ? {} : { lastHandledForceAt: forceAt }),
  }
}

function withoutConditionsOf(status: Status, types: readonly string[]): Status {
  return { ...status, conditions: (status.conditions ?? []).filter(({ type }) => !types.includes(type)) }
}

/** The HelmChart that a release is made from. */
function chartRefOf({ spec, metadata }: HelmRelease): { readonly name: string; readonly namespace: string } {
  const { name = '', namespace = '' } = metadata ?? {}
  if (spec.chartRef) return { name: spec.chartRef.name, namespace: spec.chartRef.namespace ?? namespace }
  return { name: `${namespace}-${name}`, namespace: spec.chart?.spec.sourceRef.namespace ?? namespace }
}

function chartProblem(chart: HelmChart | undefined): string | undefined {
  if (!chart) return 'not found'
  const { status, metadata } = chart
  const ready = findCondition(status?.conditions, 'Ready')
  if (ready?.status === 'False') return ready.message
  if (status?.observedGeneration !== metadata?.generation) return 'latest generation of object has not been reconciled'
  return status?.artifact ? undefined : 'does not have an artifact'
}

function ownerLabels({ metadata }: HelmRelease): Readonly<Record<string, string>> {
  return { [`${labelPrefix}/name`]: metadata?.name ?? '', [`${labelPrefix}/namespace`]: metadata?.namespace ?? '' }
}

/** Whether the chart object says all that is wanted, so that nothing needs to be written. */
function isCovered(live: HelmChart, desired: HelmChart): boolean {
  const spec = Object.entries(desired.spec)
  const actual: Readonly<Record<string, unknown>> = live.spec
  const labels = live.metadata?.labels ?? {}
  return (
    spec.every(([key, value]) => JSON.stringify(actual[key]) === JSON.stringify(value)) &&
    Object.entries(desired.metadata?.labels ?? {}).every(([key, value]) => labels[key] === value)
  )
}

function targetOf({ spec, metadata }: HelmRelease) {
  const { kubeConfig, serviceAccountName } = spec
  return { namespace: metadata?.namespace ?? '', kubeConfig, serviceAccountName }
}

function dependenciesOf({ spec, metadata }: HelmRelease): readonly string[] {
  return (spec.dependsOn ?? []).map(({ name, namespace = metadata?.namespace ?? '' }) => `${namespace}/${name}`)
}

function isReady(release: HelmRelease): boolean {
  return isConditionTrue(release.status?.conditions, 'Ready')
}

function manifestsIn(text: string): readonly Manifest[] {
  return parseYamlDocuments(text)
    .filter(isJsonObject)
    .map(asManifest)
    .filter(manifest => typeof manifest !== 'string')
}

/** Helm gives objects that name no namespace that of the release. */
async function namespaced(
  manifests: readonly Manifest[],
  namespace: string,
  cluster: TargetCluster,
  signal: AbortSignal,
) {
  return Promise.all(
    manifests.map(async (manifest): Promise<Manifest> => {
      const type = await cluster.mapper.typeOf(manifest.apiVersion ?? '', manifest.kind ?? '', signal)
      if (!type?.namespaced || manifest.metadata.namespace) return manifest
      // The same manifest with one more name in it.
      return { ...manifest, metadata: { ...manifest.metadata, namespace } } as unknown as Manifest
    }),
  )
}

function isWatched({ metadata }: Manifest): boolean {
  const key = `${labelPrefix}/driftDetection`
  return metadata.labels?.[key] !== 'disabled' && metadata.annotations?.[key] !== 'disabled'
}

function onlyIfAbsent(manifest: Manifest): Manifest {
  const annotations = { ...manifest.metadata.annotations, 'kustomize.toolkit.fluxcd.io/ssa': 'IfNotPresent' }
  return { ...manifest, metadata: { ...manifest.metadata, annotations } } as unknown as Manifest // As above.
}

function reasonOf(error: unknown): string {
  if (error instanceof ValuesError) return 'ValuesError'
  if (error instanceof TargetError || error instanceof KubeConfigError) return 'KubeConfigError'
  if (error instanceof ArtifactError || error instanceof ArtifactMissingError) return 'ArtifactFailed'
  return 'ReconciliationFailed'
}

function ignoreNotFound(error: unknown): undefined {
  if (isNotFound(error)) return undefined
  throw error
}
