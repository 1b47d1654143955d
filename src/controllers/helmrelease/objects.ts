/** What is read out of, and put into, the objects around a HelmRelease. */
import type { HelmRelease } from '../../api/helm/v2.ts'
import type { HelmChart } from '../../api/source/v1.ts'
import { findCondition, isConditionTrue } from '../../apimachinery/conditions.ts'
import { formatDuration } from '../../apimachinery/duration.ts'
import { isJsonObject } from '../../apimachinery/json.ts'
import { parseYamlDocuments } from '../../apimachinery/yaml.ts'
import { KubeConfigError } from '../../runtime/kubeconfig.ts'
import { asManifest, type Manifest } from '../../sync/apply/identity.ts'
import type { TargetCluster } from '../../sync/apply/target.ts'
import { ArtifactError, ArtifactMissingError } from '../../sync/artifact-fetch.ts'
import type { FluxCondition } from '../../sync/flux-conditions.ts'
import { ValuesError, valuesDigest } from '../../sync/helm/values.ts'
import { TargetError } from '../../sync/target-clusters.ts'
import { requestedAt } from '../../sync/triggers.ts'
import type { ReleaseAt, ReleaseInfo } from './actions.ts'
import { type Snapshot, type Step, timeoutMsOf, type Wanted } from './plan.ts'

type Status = NonNullable<HelmRelease['status']>

const labelPrefix = 'helm.toolkit.fluxcd.io'

/** What the status says while a step is under way. */
export function running(release: HelmRelease, step: Step): FluxCondition {
  const action =
    step.kind === 'install' || step.kind === 'upgrade' || step.kind === 'rollback' || step.kind === 'test'
      ? step.kind
      : 'uninstall'
  const message = `Running '${action}' action with timeout of ${formatDuration(timeoutMsOf(release.spec, action))}`
  return { type: 'Ready', status: 'Unknown', reason: 'Progressing', message }
}

/** The entry of the history for what helm has just done. */
export function snapshotOf(info: ReleaseInfo, wanted: Wanted, action: 'install' | 'upgrade'): Snapshot {
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

/** The status with the requests noted that this run has dealt with. */
export function handled(release: HelmRelease, status: Status): Status {
  const asked = requestedAt(release)
  const forceAt = release.metadata?.annotations?.['reconcile.fluxcd.io/forceAt']
  return {
    ...status,
    ...(asked === undefined ? {} : { lastHandledReconcileAt: asked }),
    ...(forceAt === undefined ? {} : { lastHandledForceAt: forceAt }),
  }
}

/** The status without conditions of these types. */
export function withoutConditionsOf(status: Status, types: readonly string[]): Status {
  return { ...status, conditions: (status.conditions ?? []).filter(({ type }) => !types.includes(type)) }
}

/** The HelmChart that a release is made from. */
export function chartRefOf({ spec, metadata }: HelmRelease): { readonly name: string; readonly namespace: string } {
  const { name = '', namespace = '' } = metadata ?? {}
  if (spec.chartRef) return { name: spec.chartRef.name, namespace: spec.chartRef.namespace ?? namespace }
  return { name: `${namespace}-${name}`, namespace: spec.chart?.spec.sourceRef.namespace ?? namespace }
}

/** Why the chart cannot be used yet; undefined where it can. */
export function chartProblem(chart: HelmChart | undefined): string | undefined {
  if (!chart) return 'not found'
  const { status, metadata } = chart
  const ready = findCondition(status?.conditions, 'Ready')
  if (ready?.status === 'False') return ready.message
  if (status?.observedGeneration !== metadata?.generation) return 'latest generation of object has not been reconciled'
  return status?.artifact ? undefined : 'does not have an artifact'
}

/** The labels that say whose an object is. */
export function ownerLabels({ metadata }: HelmRelease): Readonly<Record<string, string>> {
  return { [`${labelPrefix}/name`]: metadata?.name ?? '', [`${labelPrefix}/namespace`]: metadata?.namespace ?? '' }
}

/** The definition's own. */
const chartDefaults = { version: '*', reconcileStrategy: 'ChartVersion' }

/** Whether the chart object says what is wanted and no more, so that nothing needs to be written. */
export function isCovered(live: HelmChart, desired: HelmChart): boolean {
  const actual: Readonly<Record<string, unknown>> = live.spec
  const wanted: Readonly<Record<string, unknown>> = { ...chartDefaults, ...desired.spec }
  const keys = new Set([...Object.keys(actual), ...Object.keys(wanted)])
  const has = (map: Readonly<Record<string, string>> | undefined, entries: typeof map) =>
    Object.entries(entries ?? {}).every(([key, value]) => map?.[key] === value)
  return (
    // What somebody else may say of it is left alone.
    [...keys].every(key => key === 'suspend' || JSON.stringify(actual[key]) === JSON.stringify(wanted[key])) &&
    has(live.metadata?.labels, desired.metadata?.labels) &&
    has(live.metadata?.annotations, desired.metadata?.annotations)
  )
}

/** Where the release goes. */
export function targetOf({ spec, metadata }: HelmRelease) {
  const { kubeConfig, serviceAccountName } = spec
  return { namespace: metadata?.namespace ?? '', kubeConfig, serviceAccountName }
}

/** The keys of the releases that it depends on. */
export function dependenciesOf({ spec, metadata }: HelmRelease): readonly string[] {
  return (spec.dependsOn ?? []).map(({ name, namespace = metadata?.namespace ?? '' }) => `${namespace}/${name}`)
}

/** Whether the Ready condition is True. */
export function isReady(release: HelmRelease): boolean {
  return isConditionTrue(release.status?.conditions, 'Ready')
}

/** The manifests of a YAML text; what is none is left out. */
export function manifestsIn(text: string): readonly Manifest[] {
  return parseYamlDocuments(text)
    .filter(isJsonObject)
    .map(asManifest)
    .filter(manifest => typeof manifest !== 'string')
}

/** The manifests with the namespace that helm gives to those that name none. */
export async function namespaced(
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

/** The manifest with what helm adds to every object when it writes it, and does not keep in its records. */
export function asWritten(manifest: Manifest, release: ReleaseAt): Manifest {
  const { labels, annotations } = manifest.metadata
  const metadata = {
    ...manifest.metadata,
    labels: { ...labels, 'app.kubernetes.io/managed-by': 'Helm' },
    annotations: {
      ...annotations,
      'meta.helm.sh/release-name': release.name,
      'meta.helm.sh/release-namespace': release.namespace,
    },
  }
  return { ...manifest, metadata } as unknown as Manifest // The same manifest with more in its maps.
}

/** Whether drift of the object is looked at. */
export function isWatched({ metadata }: Manifest): boolean {
  const key = `${labelPrefix}/driftDetection`
  return metadata.labels?.[key] !== 'disabled' && metadata.annotations?.[key] !== 'disabled'
}

/** The manifest, to be applied only where there is no such object. */
export function onlyIfAbsent(manifest: Manifest): Manifest {
  const annotations = { ...manifest.metadata.annotations, 'kustomize.toolkit.fluxcd.io/ssa': 'IfNotPresent' }
  return { ...manifest, metadata: { ...manifest.metadata, annotations } } as unknown as Manifest // As above.
}

/** The reason of the Ready condition for a failure outside of helm. */
export function reasonOf(error: unknown): string {
  if (error instanceof ValuesError) return 'ValuesError'
  if (error instanceof TargetError || error instanceof KubeConfigError) return 'KubeConfigError'
  if (error instanceof ArtifactError || error instanceof ArtifactMissingError) return 'ArtifactFailed'
  return 'ReconciliationFailed'
}
