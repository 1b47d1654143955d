/** HelmReleases: installs, upgrades, tests and rolls back a chart on the host or a member. */
import path from 'node:path'
import { HelmRelease } from '../../api/helm/v2.ts'
import { HelmChart } from '../../api/source/v1.ts'
import { findCondition } from '../../apimachinery/conditions.ts'
import { keyOf } from '../../apimachinery/meta.ts'
import { patchStatus } from '../../runtime/apply.ts'
import { isNotFound } from '../../runtime/client.ts'
import { type Controller, watchSource } from '../../runtime/controller.ts'
import type { KubeconfigText } from '../../runtime/kubeconfig-text.ts'
import { refOf } from '../../runtime/object-store.ts'
import type { Result } from '../../runtime/reconcile.ts'
import type { RemoteClusters } from '../../runtime/remote-clusters.ts'
import { newSetApplier } from '../../sync/apply/apply-set.ts'
import type { Manifest } from '../../sync/apply/identity.ts'
import { fetchArtifact } from '../../sync/artifact-fetch.ts'
import type { FluxCondition } from '../../sync/flux-conditions.ts'
import { type FluxControllerDeps, newFluxController } from '../../sync/flux-controller.ts'
import { newHelmWorkspace } from '../../sync/helm/helm-cli.ts'
import { valuesDigest } from '../../sync/helm/values.ts'
import { defaultLimits } from '../../sync/limits.ts'
import { refusalOf, refusedInHelmRelease } from '../../sync/refused-fields.ts'
import { newTargetClusters, TargetError } from '../../sync/target-clusters.ts'
import { helmMessage, newReleaseActions, type ReleaseAt } from './actions.ts'
import {
  chartProblem,
  chartRefOf,
  dependenciesOf,
  handled,
  isCovered,
  isReady,
  ownerLabels,
  reasonOf,
  targetOf,
} from './objects.ts'
import { unmetDependency, withConditions } from './plan.ts'
import { newStepRunner } from './steps.ts'
import { fetchValues } from './values.ts'

/** What the controller needs. */
export interface HelmReleaseDeps extends FluxControllerDeps {
  readonly clusters: RemoteClusters
  /** How the helm program reaches the host. Absent: releases without spec.kubeConfig are refused. */
  readonly hostKubeconfig?: KubeconfigText
  /** How long to wait for a dependency, a source or a cluster that is away. Default 30,000 ms. */
  readonly dependencyRetryMs?: number
}

const fieldManager = 'helm-controller'
const reconcileTimeoutMs = 3 * 3_600_000

type Status = NonNullable<HelmRelease['status']>

/** Makes the controller. */
export function newHelmReleaseController(deps: HelmReleaseDeps): Controller {
  const { client, informers, clock, random, events, limits = defaultLimits, dependencyRetryMs = 30_000 } = deps
  const releases = informers.informer(HelmRelease)
  const charts = informers.informer(HelmChart)
  releases.addIndex('chart', chartsOf)
  releases.addIndex('dependency', dependenciesOf)
  const targets = newTargetClusters({ client, clusters: deps.clusters, scope: 'helmrelease' })

  async function setStatus(release: HelmRelease, status: Status, signal: AbortSignal): Promise<HelmRelease> {
    return (await patchStatus(client, HelmRelease, release, status, { signal, fieldManager })).object
  }

  const steps = newStepRunner({
    clock,
    random,
    events,
    applier: newSetApplier({ clock }),
    setStatus,
    dependencyRetryMs,
  })

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
    const refusal = refusalOf(refusedInHelmRelease, release)
    if (refusal) {
      await fail(release, refusal.reason, refusal.message, signal, true)
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
      const kubeconfig = (await targets.kubeconfig(targetOf(release), signal)) ?? (await deps.hostKubeconfig?.(signal))
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
      const place = workspace
      const actionsAt = (at?: ReleaseAt) => newReleaseActions(release, place, at)
      const session = { actions: actionsAt(), actionsAt, cluster, chartFile, values, wanted }
      return await steps.run(release, session, signal)
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

  async function finalize(release: HelmRelease, signal: AbortSignal): Promise<void> {
    if (release.spec.suspend) return
    await uninstall(release, signal)
    const { chart } = release.spec
    if (chart) await client.delete(HelmChart, chartRefOf(release), { signal }).catch(ignoreNotFound)
  }

  async function uninstall(release: HelmRelease, signal: AbortSignal): Promise<void> {
    // What was released, wherever the spec would release to by now.
    const [newest] = release.status?.history ?? []
    if (!newest) return
    let kubeconfig: string | undefined
    try {
      kubeconfig = (await targets.kubeconfig(targetOf(release), signal)) ?? (await deps.hostKubeconfig?.(signal))
    } catch (error) {
      // As in Flux: a member whose Secret is gone does not hold the object.
      if (error instanceof TargetError) return
      throw error
    }
    if (kubeconfig === undefined) return
    const workspace = await newHelmWorkspace({ clock, kubeconfig })
    try {
      await newReleaseActions(release, workspace, newest).uninstall(signal)
    } finally {
      await workspace.remove()
    }
  }

  return newFluxController(deps, {
    kind: HelmRelease,
    reconcile,
    finalize,
    sources: [
      watchSource(charts, {
        // What a release waits for, beside the artifact itself, is that its chart has no problem any more.
        predicates: [event => event.type !== 'updated' || stateOf(event.object) !== stateOf(event.previous)],
        toKeys: ({ object }) => releases.byIndex('chart', keyOf(refOf(object))).map(release => keyOf(refOf(release))),
      }),
      watchSource(releases, {
        predicates: [event => event.type === 'updated' && isReady(event.object) !== isReady(event.previous)],
        toKeys: ({ object }) => releases.byIndex('dependency', keyOf(refOf(object))).map(other => keyOf(refOf(other))),
      }),
    ],
    concurrency: 4,
    reconcileTimeoutMs,
  })
}

function ignoreNotFound(error: unknown): undefined {
  if (isNotFound(error)) return undefined
  throw error
}

function stateOf(chart: HelmChart): string {
  return `${chart.status?.artifact?.digest} ${chartProblem(chart)}`
}

function chartsOf(release: HelmRelease): readonly string[] {
  return [keyOf(chartRefOf(release))]
}
