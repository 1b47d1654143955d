/** What to do next for a HelmRelease, and what its status says. Pure. */
import type { HelmRelease } from '../../api/helm/v2.ts'
import { sha256Hex } from '../../apimachinery/canonical-json.ts'
import { findCondition, isConditionTrue } from '../../apimachinery/conditions.ts'
import { tryParseDuration } from '../../apimachinery/duration.ts'
import { type FluxCondition, fluxConditions } from '../../sync/flux-conditions.ts'
import { requestedAt } from '../../sync/triggers.ts'

/** One revision of a release, as helm's history has it. */
export interface Revision {
  readonly version: number
  /** `deployed`, `failed`, `superseded`, `uninstalled`, `pending-install`, ... */
  readonly status: string
}

/** What the release should be. */
export interface Wanted {
  readonly chartName: string
  readonly chartVersion: string
  readonly configDigest: string
}

/** What a decision is made from. */
export interface Observed {
  readonly release: HelmRelease
  readonly wanted: Wanted
  /** Oldest first; empty where there is no release. */
  readonly revisions: readonly Revision[]
  readonly isForced: boolean
}

/** What to do next. */
export type Step =
  | { readonly kind: 'install' | 'upgrade' | 'uninstall' | 'test' | 'lookForDrift' | 'done' }
  | { readonly kind: 'rollback'; readonly to: number }
  | { readonly kind: 'stall'; readonly reason: string; readonly message: string }

type Spec = HelmRelease['spec']
type Status = NonNullable<HelmRelease['status']>
/** One entry of the history in the status. */
export type Snapshot = NonNullable<Status['history']>[number]

const defaultTimeoutMs = 300_000
const defaultRetryMs = 300_000
const maxNameLength = 53

/** The name and namespace of the release. Long names are cut and get a digest. */
export function releaseNameOf({ spec, metadata }: HelmRelease): { readonly name: string; readonly namespace: string } {
  const { name = '', namespace = '' } = metadata ?? {}
  const full = spec.releaseName ?? (spec.targetNamespace ? `${spec.targetNamespace}-${name}` : name)
  const short = full.length > maxNameLength ? `${full.slice(0, 40)}-${sha256Hex(full).slice(0, 12)}` : full
  return { name: short, namespace: spec.targetNamespace ?? namespace }
}

/** How long the action may take. */
export function timeoutMsOf(spec: Spec, action: 'install' | 'upgrade' | 'rollback' | 'uninstall' | 'test'): number {
  return tryParseDuration(spec[action]?.timeout) ?? tryParseDuration(spec.timeout) ?? defaultTimeoutMs
}

/** The status with the counters of failures at zero where something has changed since they were counted. */
export function withFreshCounters(release: HelmRelease, wanted: Wanted): Status {
  const { status = {}, metadata } = release
  const asked = requestedAt(release)
  const resetAt = release.metadata?.annotations?.['reconcile.fluxcd.io/resetAt']
  const isReset = resetAt !== undefined && resetAt === asked && resetAt !== status.lastHandledResetAt
  const isSame =
    status.lastAttemptedGeneration === metadata?.generation &&
    status.lastAttemptedRevision === wanted.chartVersion &&
    status.lastAttemptedConfigDigest === wanted.configDigest
  const attempted = {
    lastAttemptedGeneration: metadata?.generation ?? 0,
    lastAttemptedRevision: wanted.chartVersion,
    lastAttemptedConfigDigest: wanted.configDigest,
    ...(resetAt === undefined ? {} : { lastHandledResetAt: resetAt }),
  }
  if (isSame && !isReset) return { ...status, ...attempted }
  const { failures: _f, installFailures: _i, upgradeFailures: _u, ...rest } = status
  return { ...rest, ...attempted }
}

/** Whether somebody asked for an upgrade whatever the state. */
export function isForced(release: HelmRelease): boolean {
  const forceAt = release.metadata?.annotations?.['reconcile.fluxcd.io/forceAt']
  return forceAt !== undefined && forceAt === requestedAt(release) && forceAt !== release.status?.lastHandledForceAt
}

/** The next step. */
export function decideStep({ release, wanted, revisions, isForced }: Observed): Step {
  const { spec, status = {} } = release
  const newest = revisions.at(-1)
  if (!newest || newest.status === 'uninstalled') return orStall('install', release, isForced)
  // An action that ended in the middle: what came before is the only sure ground.
  if (newest.status.startsWith('pending-')) return rollbackTo(revisions) ?? { kind: 'uninstall' }
  if (newest.status === 'failed') return isForced ? { kind: 'upgrade' } : afterFailure(release, revisions)
  const [snapshot] = status.history ?? []
  const isSynced =
    snapshot?.version === newest.version &&
    snapshot.chartName === wanted.chartName &&
    snapshot.chartVersion === wanted.chartVersion &&
    snapshot.configDigest === wanted.configDigest
  if (!isSynced || isForced) return orStall('upgrade', release, isForced)
  const tested = findCondition(status.conditions, 'TestSuccess')
  if (spec.test?.enable && tested?.status === 'False' && countsTestFailures(release))
    return afterFailure(release, revisions)
  if (spec.test?.enable && snapshot.testHooks === undefined && tested?.status !== 'False') return { kind: 'test' }
  const looksForDrift = spec.driftDetection?.mode === 'enabled' || spec.driftDetection?.mode === 'warn'
  return looksForDrift ? { kind: 'lookForDrift' } : { kind: 'done' }
}

/** The release that another one takes the place of, because what it is, or where, has changed. */
export function formerRelease(release: HelmRelease, wanted: Wanted): Pick<Snapshot, 'name' | 'namespace'> | undefined {
  const [snapshot] = release.status?.history ?? []
  if (!snapshot) return undefined
  const { name, namespace } = releaseNameOf(release)
  const isMoved = snapshot.name !== name || snapshot.namespace !== namespace
  const keepsRenamed = release.spec.upgrade?.chartNameChangeStrategy === 'InPlaceUpdate'
  const isOtherChart = snapshot.chartName !== wanted.chartName && !keepsRenamed
  return isMoved || isOtherChart ? { name: snapshot.name, namespace: snapshot.namespace } : undefined
}

/** How long to wait before a failed action is tried again as it is; undefined where failures are remediated. */
export function retryMsOf(spec: Spec, action: 'install' | 'upgrade'): number | undefined {
  const { name, retryInterval } = spec[action]?.strategy ?? {}
  return name === 'RetryOnFailure' ? (tryParseDuration(retryInterval) ?? defaultRetryMs) : undefined
}

/** Whether a test that fails makes the release count as failed. */
export function countsTestFailures({ spec, status }: HelmRelease): boolean {
  const action = status?.lastAttemptedReleaseAction
  if (action === undefined) return false
  return !(spec[action]?.remediation?.ignoreTestFailures ?? spec.test?.ignoreFailures ?? false)
}

function orStall(action: 'install' | 'upgrade', release: HelmRelease, isForced: boolean): Step {
  const mayTry = isForced || retryMsOf(release.spec, action) !== undefined || !isExhausted(release, action)
  return mayTry ? { kind: action } : exhausted(release, action)
}

function afterFailure(release: HelmRelease, revisions: readonly Revision[]): Step {
  const { spec, status = {} } = release
  const action = status.lastAttemptedReleaseAction ?? 'upgrade'
  // Nothing has failed since the last change: the new state may be better.
  if (failuresOf(status, action) === 0 || retryMsOf(spec, action) !== undefined) return { kind: 'upgrade' }
  const remediation = spec[action]?.remediation
  const retries = remediation?.retries ?? 0
  const remediatesLast = remediation?.remediateLastFailure ?? (action === 'upgrade' && retries > 0)
  if (isExhausted(release, action) && !remediatesLast) return exhausted(release, action)
  const uninstalls = action === 'install' || spec.upgrade?.remediation?.strategy === 'uninstall'
  if (uninstalls) return { kind: 'uninstall' }
  return (
    rollbackTo(revisions) ?? {
      kind: 'stall',
      reason: 'MissingRollbackTarget',
      message: 'Failed to perform remediation: missing target release for rollback: cannot remediate failed release',
    }
  )
}

function rollbackTo(revisions: readonly Revision[]): Step | undefined {
  const good = revisions.slice(0, -1).findLast(({ status }) => status === 'deployed' || status === 'superseded')
  return good && { kind: 'rollback', to: good.version }
}

function failuresOf(status: Status, action: 'install' | 'upgrade'): number {
  return (action === 'install' ? status.installFailures : status.upgradeFailures) ?? 0
}

function isExhausted({ spec, status = {} }: HelmRelease, action: 'install' | 'upgrade'): boolean {
  const retries = spec[action]?.remediation?.retries ?? 0
  return retries >= 0 && failuresOf(status, action) > retries
}

function exhausted({ status = {} }: HelmRelease, action: 'install' | 'upgrade'): Step {
  const message = `Failed to ${action} after ${failuresOf(status, action)} attempt(s)`
  return { kind: 'stall', reason: 'RetriesExceeded', message }
}

const ownedTypes = ['Ready', 'Reconciling', 'Stalled', 'Released', 'TestSuccess', 'Remediated', 'Drifted']

/** The status with these conditions; those of actions that are not named stay, Ready follows from them. */
export function withConditions(
  release: HelmRelease,
  status: Status,
  set: readonly FluxCondition[],
  end: 'running' | 'done' | 'retrying' | { readonly stalled: FluxCondition },
  now: Date,
): Status {
  const { generation = 0 } = release.metadata ?? {}
  const named = new Set(set.map(({ type }) => type))
  const kept = (status.conditions ?? []).filter(
    ({ type }) => ['Released', 'TestSuccess', 'Remediated', 'Drifted'].includes(type) && !named.has(type),
  )
  const parts: FluxCondition[] = [...set.filter(({ type }) => type !== 'Ready'), ...kept]
  const explicit = set.find(({ type }) => type === 'Ready')
  const ready = explicit ?? readyOf(release, parts)
  const progress: FluxCondition[] =
    end === 'done' || (typeof end === 'object' && end.stalled === undefined)
      ? []
      : typeof end === 'object'
        ? [end.stalled]
        : [
            {
              type: 'Reconciling',
              status: 'True',
              reason: end === 'running' ? 'Progressing' : 'ProgressingWithRetry',
              message: ready?.message ?? 'Fulfilling prerequisites',
            },
          ]
  const wanted = [...parts, ...(ready ? [ready] : []), ...progress]
  return { ...status, conditions: [...fluxConditions(status.conditions, ownedTypes, wanted, generation, now)] }
}

/** Remediation, tests and the release itself, in this order; a remediation is never ready. */
function readyOf({ spec }: HelmRelease, parts: readonly FluxCondition[]): FluxCondition | undefined {
  const find = (type: string) => parts.find(condition => condition.type === type)
  const remediated = find('Remediated')
  if (remediated) return { ...remediated, type: 'Ready', status: 'False' }
  const tested = spec.test?.enable && !spec.test.ignoreFailures ? find('TestSuccess') : undefined
  const source = tested?.status === 'False' ? tested : (find('Released') ?? tested)
  return source && { ...source, type: 'Ready' }
}

/** The history with a new snapshot: the current one and the last good one before it. */
export function historyWith(history: Status['history'], snapshot: Snapshot): readonly Snapshot[] {
  const older = (history ?? [])
    .filter(({ version }) => version !== snapshot.version)
    .map(entry =>
      entry.status === 'deployed' && snapshot.status === 'deployed' ? { ...entry, status: 'superseded' } : entry,
    )
  const good = older.find(({ status }) => status === 'deployed' || status === 'superseded')
  return good ? [snapshot, good] : [snapshot]
}

/** Why a dependency is not met; undefined where all are. */
export function unmetDependency(
  release: HelmRelease,
  get: (key: string) => HelmRelease | undefined,
): string | undefined {
  for (const { name, namespace = release.metadata?.namespace ?? '' } of release.spec.dependsOn ?? []) {
    const key = `${namespace}/${name}`
    const dependency = get(key)
    if (!dependency) {
      return `unable to get '${key}' dependency: helmreleases.helm.toolkit.fluxcd.io ${JSON.stringify(name)} not found`
    }
    const { status, metadata } = dependency
    const isReady = isConditionTrue(status?.conditions, 'Ready') && status?.observedGeneration === metadata?.generation
    if (!isReady) return `dependency '${key}' is not ready`
  }
  return undefined
}
