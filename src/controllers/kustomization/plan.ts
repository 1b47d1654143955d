/** What a Kustomization waits for, and what its status says of a run. Pure. */
import type { Kustomization } from '../../api/kustomize/v1.ts'
import { findCondition, isConditionTrue } from '../../apimachinery/conditions.ts'
import { tryParseDuration } from '../../apimachinery/duration.ts'
import { toTimestamp } from '../../apimachinery/time.ts'
import type { InventoryEntry } from '../../sync/apply/identity.ts'
import { type FluxCondition, fluxConditions } from '../../sync/flux-conditions.ts'
import { requestedAt } from '../../sync/triggers.ts'

/** How a run ended. */
export type Outcome =
  | {
      readonly kind: 'applied'
      readonly revision: string
      readonly originRevision?: string
      readonly inventory: readonly InventoryEntry[]
      /** Absent where health was not asked for. */
      readonly healthMessage?: string
      readonly build?: BuildRecord
    }
  | {
      readonly kind: 'failed'
      readonly reason: string
      readonly message: string
      /** What was being applied; absent where it did not come to that. */
      readonly revision?: string
      /** What is there now; absent where nothing was written. */
      readonly inventory?: readonly InventoryEntry[]
      readonly stalled?: boolean
      readonly build?: BuildRecord
    }

/** What was built and how long the run took: an entry of the history. */
export interface BuildRecord {
  readonly digest: string
  readonly durationText: string
}

type Status = NonNullable<Kustomization['status']>
type HistoryEntry = NonNullable<Status['history']>[number]

const ownedTypes = ['Ready', 'Reconciling', 'Stalled', 'Healthy']
const maxHistory = 5
const minTimeoutMs = 30_000

/** How long a run may take: what is asked for, or half a minute less than the interval; never below that. */
export function timeoutMsOf({ timeout, interval }: Kustomization['spec']): number {
  const wanted = tryParseDuration(timeout) ?? (tryParseDuration(interval) ?? 0) - minTimeoutMs
  return Math.max(wanted, minTimeoutMs)
}

/** When to try again after a failure; undefined where `interval: 0s` leaves that to the next change. */
export function retryMsOf({ retryInterval, interval }: Kustomization['spec']): number | undefined {
  const ms = tryParseDuration(retryInterval) ?? tryParseDuration(interval) ?? 0
  return ms > 0 ? ms : undefined
}

/** Why a dependency is not met; undefined where all are. `get` knows the Kustomizations of the host. */
export function unmetDependency(
  kustomization: Kustomization,
  revision: string,
  get: (key: string) => Kustomization | undefined,
): string | undefined {
  for (const { name, namespace = kustomization.metadata?.namespace ?? '' } of kustomization.spec.dependsOn ?? []) {
    const key = `${namespace}/${name}`
    const dependency = get(key)
    if (!dependency) {
      const why = `kustomizations.kustomize.toolkit.fluxcd.io ${JSON.stringify(name)} not found`
      return `dependency '${key}' not found: ${why}`
    }
    const { status, metadata } = dependency
    const isReady = isConditionTrue(status?.conditions, 'Ready') && status?.observedGeneration === metadata?.generation
    if (!isReady) return `dependency '${key}' is not ready`
    if (hasSameSource(kustomization, dependency) && status?.lastAppliedRevision !== revision) {
      return `dependency '${key}' revision is not up to date`
    }
  }
  return undefined
}

function hasSameSource(a: Kustomization, b: Kustomization): boolean {
  return sourceKeyOf(a) === sourceKeyOf(b)
}

/** `Kind/namespace/name` of what the manifests come from. */
export function sourceKeyOf({ spec, metadata }: Kustomization): string {
  const { kind, name = '', namespace = metadata?.namespace ?? '' } = spec.sourceRef
  return `${kind}/${namespace}/${name}`
}

/** Whether deleting the Kustomization deletes what it applied. */
export function deletesObjects({ spec }: Kustomization): boolean {
  const { deletionPolicy = 'MirrorPrune', prune, suspend } = spec
  if (suspend) return false
  return deletionPolicy === 'MirrorPrune' ? prune : deletionPolicy !== 'Orphan'
}

/** Whether this run is about something that no run has succeeded with. */
export function isNews({ status, metadata }: Kustomization, revision: string): boolean {
  return (
    status?.lastAppliedRevision !== revision ||
    status.observedGeneration !== metadata?.generation ||
    !isConditionTrue(status?.conditions, 'Ready')
  )
}

/** The status while a run is under way. */
export function statusWhileRunning(
  kustomization: Kustomization,
  revision: string,
  message: string,
  now: Date,
  healthMessage?: string,
): Status {
  const { status = {} } = kustomization
  const wanted: FluxCondition[] = [
    { type: 'Reconciling', status: 'True', reason: 'Progressing', message },
    { type: 'Ready', status: 'Unknown', reason: 'Progressing', message: 'Reconciliation in progress' },
    ...(healthMessage === undefined
      ? keptHealth(kustomization)
      : [{ type: 'Healthy', status: 'Unknown', reason: 'Progressing', message: healthMessage } as const]),
  ]
  return { ...status, lastAttemptedRevision: revision, conditions: conditionsOf(kustomization, wanted, now) }
}

/** The whole status after a run. `observedGeneration` moves on success, or when trying again cannot help. */
export function statusAfter(kustomization: Kustomization, outcome: Outcome, now: Date): Status {
  const { status = {}, metadata } = kustomization
  const asked = requestedAt(kustomization)
  const handled = asked === undefined ? {} : { lastHandledReconcileAt: asked }
  const { generation = 0 } = metadata ?? {}
  const inventory = outcome.inventory ? { inventory: { entries: [...outcome.inventory] } } : {}
  const { revision } = outcome
  const attempted = revision === undefined ? {} : { lastAttemptedRevision: revision }
  const history = historyAfter(status.history, outcome, now)
  const common = { ...status, ...handled, ...attempted, ...inventory, ...(history ? { history: [...history] } : {}) }
  if (outcome.kind === 'applied') {
    const { revision, originRevision, healthMessage } = outcome
    const wanted: FluxCondition[] = [
      { type: 'Ready', status: 'True', reason: 'ReconciliationSucceeded', message: `Applied revision: ${revision}` },
      ...(healthMessage === undefined
        ? []
        : [
            {
              type: 'Healthy',
              status: 'True',
              reason: 'Succeeded',
              message: keptMessage(kustomization, healthMessage),
            } as const,
          ]),
    ]
    return {
      ...common,
      observedGeneration: generation,
      lastAppliedRevision: revision,
      ...(originRevision === undefined ? {} : { lastAppliedOriginRevision: originRevision }),
      conditions: conditionsOf(kustomization, wanted, now),
    }
  }
  const { reason, message, stalled } = outcome
  const progress = `Building manifests for revision ${revision ?? status.lastAttemptedRevision ?? 'unknown'}`
  const wanted: FluxCondition[] = [
    { type: 'Ready', status: 'False', reason, message },
    stalled
      ? { type: 'Stalled', status: 'True', reason, message }
      : { type: 'Reconciling', status: 'True', reason: 'ProgressingWithRetry', message: progress },
    ...(reason === 'HealthCheckFailed'
      ? [{ type: 'Healthy', status: 'False', reason, message } as const]
      : keptHealth(kustomization)),
  ]
  return {
    ...common,
    ...(stalled ? { observedGeneration: generation } : {}),
    conditions: conditionsOf(kustomization, wanted, now),
  }
}

function conditionsOf({ status, metadata }: Kustomization, wanted: readonly FluxCondition[], now: Date) {
  return fluxConditions(status?.conditions, ownedTypes, wanted, metadata?.generation ?? 0, now)
}

function keptHealth({ status, spec }: Kustomization): readonly FluxCondition[] {
  const asksForHealth = spec.wait || (spec.healthChecks?.length ?? 0) > 0
  const healthy = findCondition(status?.conditions, 'Healthy')
  return asksForHealth && healthy ? [healthy] : []
}

/** A run that found all healthy as before changes no text: only the time in it would differ. */
function keptMessage({ status }: Kustomization, message: string): string {
  const before = findCondition(status?.conditions, 'Healthy')
  return before?.status === 'True' ? before.message : message
}

/** Undefined where the run was not about anything new. The newest comes first; the same again is counted. */
function historyAfter(history: Status['history'], outcome: Outcome, now: Date): readonly HistoryEntry[] | undefined {
  const { build, revision } = outcome
  if (!build) return undefined
  const lastReconciledStatus = outcome.kind === 'applied' ? 'ReconciliationSucceeded' : outcome.reason
  const [newest, ...older] = history ?? []
  const isSame = newest?.digest === build.digest && newest.lastReconciledStatus === lastReconciledStatus
  const entry: HistoryEntry = {
    digest: build.digest,
    firstReconciled: isSame ? newest.firstReconciled : toTimestamp(now),
    lastReconciled: toTimestamp(now),
    lastReconciledDuration: build.durationText,
    lastReconciledStatus,
    totalReconciliations: isSame ? newest.totalReconciliations + 1 : 1,
    ...(revision === undefined ? {} : { metadata: { revision } }),
  }
  return [entry, ...(isSame ? older : (history ?? []))].slice(0, maxHistory)
}
