/** One run for one Kustomization: from the source's artifact to objects on the target cluster. */
import type { Kustomization } from '../../api/kustomize/v1.ts'
import { canonicalJson, sha256Hex } from '../../apimachinery/canonical-json.ts'
import { formatDuration } from '../../apimachinery/duration.ts'
import { parseApiVersion } from '../../apimachinery/meta.ts'
import { ApiError, type Client, ConnectionError } from '../../runtime/client.ts'
import type { Clock } from '../../runtime/clock.ts'
import { DeadlineError, withDeadline } from '../../runtime/deadline.ts'
import type { SetApplier } from '../../sync/apply/apply-set.ts'
import { ApplyError } from '../../sync/apply/errors.ts'
import type { FieldRule } from '../../sync/apply/field-rules.ts'
import { type CheckedObject, HealthError, waitUntilHealthy } from '../../sync/apply/health.ts'
import { type InventoryEntry, identityOfManifest, type Manifest } from '../../sync/apply/identity.ts'
import { prune, staleEntries } from '../../sync/apply/prune.ts'
import { fetchRolloutRules } from '../../sync/apply/rollout-rules.ts'
import type { Change, TargetCluster } from '../../sync/apply/target.ts'
import { ArtifactError, ArtifactMissingError } from '../../sync/artifact-fetch.ts'
import type { Artifact } from '../../sync/artifact-store.ts'
import type { KustomizeBuilder } from '../../sync/kustomize/build.ts'
import { BuildError } from '../../sync/kustomize/errors.ts'
import { RefusedError } from '../../sync/limits.ts'
import { type TargetClusters, TargetError } from '../../sync/target-clusters.ts'
import { additionsOf, manifestsFrom, variablesOf } from './manifests.ts'
import { type BuildRecord, type Outcome, timeoutMsOf } from './plan.ts'

/** What a run needs. */
export interface RunDeps {
  readonly client: Client
  readonly clock: Clock
  readonly builder: KustomizeBuilder
  readonly applier: SetApplier
  readonly targets: TargetClusters
  /** Told before waiting for health begins. */
  readonly onHealthCheck: (message: string) => Promise<void>
}

/** What a run did. */
export interface RunResult {
  readonly outcome: Outcome
  /** A line for each object that was written or deleted. */
  readonly lines: readonly string[]
  /** The cluster or the artifact could not be reached: trying again helps, whatever the interval says. */
  readonly isTransient: boolean
}

/** Flux's own manager, so that either side finds its fields after a swap. */
export const fieldManager = 'kustomize-controller'

/** Runs once; failures are results. Rejects only where `signal` aborts. */
export async function run(
  kustomization: Kustomization,
  artifact: Artifact,
  deps: RunDeps,
  signal: AbortSignal,
): Promise<RunResult> {
  const startMs = deps.clock.monotonicMs()
  const lines: string[] = []
  const { revision } = artifact
  const record = (digest: string): BuildRecord => ({
    digest,
    durationText: formatDuration(Math.round(deps.clock.monotonicMs() - startMs)),
  })
  let digest: string | undefined
  let inventory: readonly InventoryEntry[] | undefined
  const deadline = withDeadline(deps.clock, timeoutMsOf(kustomization.spec), signal)
  try {
    const cluster = await deps.targets.find(targetOf(kustomization), deadline.signal)
    const manifests = await build(kustomization, artifact, deps, deadline.signal)
    digest = `sha256:${sha256Hex(canonicalJson([...manifests]))}`
    const changes = await apply(kustomization, cluster, manifests, deps, deadline.signal)
    lines.push(...linesOf(changes))
    inventory = changes.map(({ entry }) => entry)
    inventory = await pruneStale(kustomization, cluster, inventory, lines, deadline.signal)
    deadline.clear()
    const healthMessage = await checkHealth(kustomization, cluster, manifests, changes, revision, deps, signal)
    const build_ = record(digest)
    const originRevision = artifact.metadata?.['org.opencontainers.image.revision']
    return {
      outcome: {
        kind: 'applied',
        revision,
        inventory,
        build: build_,
        ...(healthMessage === undefined ? {} : { healthMessage }),
        ...(originRevision === undefined ? {} : { originRevision }),
      },
      lines,
      isTransient: false,
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (error instanceof ApplyError) lines.push(...linesOf(error.changes))
    const { reason, message } = explain(error, deadline.signal, lines)
    return {
      outcome: {
        kind: 'failed',
        reason,
        message,
        revision,
        stalled: error instanceof TargetError && error.reason === 'Unsupported',
        ...(error instanceof PruneError ? { inventory: error.inventory } : inventory ? { inventory } : {}),
        ...(digest === undefined ? {} : { build: record(digest) }),
      },
      lines,
      isTransient: isTransient(error),
    }
  } finally {
    deadline.clear()
  }
}

/** Where the manifests of a Kustomization go. */
export function targetOf({ spec, metadata }: Kustomization) {
  const { kubeConfig, serviceAccountName } = spec
  return { namespace: metadata?.namespace ?? '', kubeConfig, serviceAccountName }
}

async function build(kustomization: Kustomization, artifact: Artifact, deps: RunDeps, signal: AbortSignal) {
  const { url, digest } = artifact
  const request = {
    artifact: { url, digest },
    path: kustomization.spec.path ?? '',
    additions: additionsOf(kustomization),
  }
  const [{ objects }, variables] = await Promise.all([
    deps.builder.build(request, signal),
    variablesOf(kustomization, deps.client, signal),
  ])
  return manifestsFrom(kustomization, objects, variables)
}

async function apply(
  kustomization: Kustomization,
  cluster: TargetCluster,
  manifests: readonly Manifest[],
  deps: RunDeps,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const own = (kustomization.spec.ignore ?? []) as readonly FieldRule[] // Same fields, all optional.
  const rules = [...own, ...(await fetchRolloutRules(cluster, manifests, signal))]
  const force = kustomization.spec.force ?? false
  return deps.applier.apply(cluster, manifests, { fieldManager, force, rules, signal })
}

class PruneError extends Error {
  override readonly name = 'PruneError'
  readonly inventory: readonly InventoryEntry[]

  constructor(message: string, inventory: readonly InventoryEntry[]) {
    super(message)
    this.inventory = inventory
  }
}

async function pruneStale(
  kustomization: Kustomization,
  cluster: TargetCluster,
  inventory: readonly InventoryEntry[],
  lines: string[],
  signal: AbortSignal,
): Promise<readonly InventoryEntry[]> {
  const { name = '', namespace = '' } = kustomization.metadata ?? {}
  const stale = staleEntries(kustomization.status?.inventory?.entries, inventory)
  if (!kustomization.spec.prune || stale.length === 0) return inventory
  const { deleted, failed } = await prune(cluster, stale, { name, namespace }, signal)
  lines.push(...deleted)
  if (failed.length === 0) return inventory
  const message = `delete failed, errors: ${failed.map(({ message }) => `${message};`).join('')}`
  throw new PruneError(message, [...inventory, ...failed.map(({ entry }) => entry)])
}

/** The text of a check that passed; undefined where none was asked for. */
async function checkHealth(
  kustomization: Kustomization,
  cluster: TargetCluster,
  manifests: readonly Manifest[],
  changes: readonly Change[],
  revision: string,
  deps: RunDeps,
  signal: AbortSignal,
): Promise<string | undefined> {
  const checked = objectsToCheck(kustomization, manifests, changes)
  if (checked === undefined) return undefined
  const timeoutMs = timeoutMsOf(kustomization.spec)
  const startMs = deps.clock.monotonicMs()
  const timeoutText = formatDuration(timeoutMs)
  await deps.onHealthCheck(`Running health checks for revision ${revision} with a timeout of ${timeoutText}`)
  await waitUntilHealthy(cluster, checked, { timeoutMs, clock: deps.clock, signal })
  return `Health check passed in ${formatDuration(Math.round(deps.clock.monotonicMs() - startMs))}`
}

function objectsToCheck(
  { spec }: Kustomization,
  manifests: readonly Manifest[],
  changes: readonly Change[],
): readonly CheckedObject[] | undefined {
  if (spec.wait) {
    const skipped = new Set(changes.filter(({ action }) => action === 'skipped').map(({ entry }) => entry.id))
    const ids = changes.map(({ entry }) => entry.id)
    const isChecked = (id: string) => ids.includes(id) && !skipped.has(id)
    return manifests
      .map(manifest => ({ ...identityOfManifest(manifest), apiVersion: manifest.apiVersion }))
      .filter(({ namespace, name, group, kind }) =>
        isChecked(`${namespace}_${name.replaceAll(':', '__')}_${group}_${kind}`),
      )
  }
  if (!spec.healthChecks || spec.healthChecks.length === 0) return undefined
  return spec.healthChecks.map(({ apiVersion = 'apps/v1', kind, name, namespace = '' }) => {
    const { group } = parseApiVersion(apiVersion)
    return { apiVersion, group, kind, name, namespace }
  })
}

function linesOf(changes: readonly Change[]): readonly string[] {
  return changes
    .filter(({ action }) => action === 'created' || action === 'configured')
    .map(({ subject, action }) => `${subject} ${action}`)
}

function explain(
  error: unknown,
  deadline: AbortSignal,
  lines: readonly string[],
): { readonly reason: string; readonly message: string } {
  const text = error instanceof Error ? error.message : String(error)
  if (error instanceof BuildError) return { reason: error.reason, message: text }
  if (error instanceof ArtifactMissingError) {
    return { reason: 'ArtifactFailed', message: 'Source is not ready, artifact not found, retrying in 30s' }
  }
  if (error instanceof ArtifactError || error instanceof RefusedError)
    return { reason: 'ArtifactFailed', message: text }
  if (error instanceof HealthError) return { reason: 'HealthCheckFailed', message: text }
  if (error instanceof PruneError) return { reason: 'PruneFailed', message: text }
  if (error instanceof TargetError)
    return { reason: 'ReconciliationFailed', message: `failed to build kube client: ${text}` }
  const why = deadline.reason instanceof DeadlineError ? 'context deadline exceeded' : text
  return { reason: 'ReconciliationFailed', message: [why, ...lines].join('\n') }
}

/** What somebody's spec cannot mend: a cluster or an artifact that does not answer, a Secret or namespace that is not there yet. */
function isTransient(error: unknown): boolean {
  if (error instanceof ApplyError || (error instanceof Error && error.cause instanceof ApiError)) {
    return isTransient((error as Error).cause)
  }
  if (error instanceof ApiError) return error.code >= 500 || [401, 404, 429].includes(error.code)
  if (error instanceof TargetError) return error.reason !== 'Unsupported'
  return (
    error instanceof ConnectionError ||
    error instanceof DeadlineError ||
    error instanceof ArtifactError ||
    error instanceof ArtifactMissingError
  )
}
