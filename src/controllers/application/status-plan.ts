/** What an Application's status says of its objects. Pure. */
import type { Application, ApplicationStatus, SyncStatus } from '../../api/apps/v1alpha1.ts'
import { type CanaryCondition, holdOf } from '../../api/flagger/conditions.ts'
import type { Canary } from '../../api/flagger/v1beta1.ts'
import type { HelmRelease } from '../../api/helm/v2.ts'
import type { Kustomization } from '../../api/kustomize/v1.ts'
import type { GitRepository, HelmRepository, OCIRepository } from '../../api/source/v1.ts'
import { findCondition, isConditionTrue, withCondition } from '../../apimachinery/conditions.ts'
import type { Condition } from '../../apimachinery/meta.ts'
import { toTimestamp } from '../../apimachinery/time.ts'

/** One policy in one cluster, and what is known of it. */
export interface SyncFinding {
  readonly name: string
  readonly clusterName: string
  readonly kustomization?: Kustomization
  readonly helmRelease?: HelmRelease
  /** The name belongs to somebody else's object: nothing is synced. */
  readonly taken?: string
  /** Absent: the policy has no rollout. */
  readonly rollout?: {
    readonly canaryName: string
    readonly canary?: Canary
    /** What it waits for or what is wrong. */
    readonly problem?: { readonly reason: string; readonly message: string; readonly unreachable: boolean }
  }
}

/** What the status is made of. */
export interface StatusFacts {
  readonly application: Application
  readonly source: {
    readonly git?: GitRepository
    readonly helm?: HelmRepository
    readonly oci?: OCIRepository
  }
  readonly syncs: readonly SyncFinding[]
  /** Why nothing could be planned, such as a Fleet that is not there. */
  readonly problem?: { readonly reason: string; readonly message: string }
  /** Clusters that still hold what the Application made there and wants no more. */
  readonly uncleaned?: readonly string[]
  readonly now: Date
}

/** The whole status. */
export function applicationStatus(facts: StatusFacts): ApplicationStatus {
  const { application, source, syncs } = facts
  const before = application.status
  const entries = syncs.map(sync => syncStatusOf(sync, before, facts.now))
  const synced = syncs.filter(isSynced).length
  return {
    observedGeneration: application.metadata.generation ?? 0,
    conditions: conditionsOf(facts, synced),
    sourceStatus: {
      ...(source.git?.status ? { gitRepoStatus: source.git.status } : {}),
      ...(source.helm?.status ? { helmRepoStatus: source.helm.status } : {}),
      ...(source.oci?.status ? { ociRepoStatus: source.oci.status } : {}),
    } as NonNullable<ApplicationStatus['sourceStatus']>, // the sources' status is copied as it is
    summary: {
      clusters: `${synced}/${syncs.length}`,
      ...(rolloutSummary(syncs) ? { rollout: rolloutSummary(syncs) ?? '' } : {}),
    },
    // What was known stays known while nothing can be planned: it also says which clusters have to be cleaned.
    syncStatus: facts.problem && syncs.length === 0 ? (before?.syncStatus ?? []) : entries,
    ...(facts.uncleaned && facts.uncleaned.length > 0 ? { uncleaned: facts.uncleaned } : {}),
  }
}

function syncStatusOf(sync: SyncFinding, before: ApplicationStatus | undefined, now: Date): SyncStatus {
  const previous = before?.syncStatus?.find(entry => entry.name === sync.name)
  const { rollout } = sync
  const canary = rollout?.canary?.status
  const unreachable = rollout?.problem?.unreachable ?? false
  return {
    name: sync.name,
    ...(sync.kustomization?.status ? { kustomizationStatus: sync.kustomization.status } : {}),
    ...(sync.helmRelease?.status ? { HelmReleaseStatus: sync.helmRelease.status } : {}),
    ...(rollout
      ? {
          rolloutStatus: {
            clusterName: sync.clusterName,
            rolloutNameInCluster: rollout.canaryName,
            ...(canary ? { rolloutStatusInCluster: canary } : keptRollout(previous)),
          },
        }
      : {}),
    ...(sync.taken ? { message: sync.taken } : rollout?.problem ? { message: rollout.problem.message } : {}),
    ...(unreachable ? { unreachableSince: previous?.unreachableSince ?? toTimestamp(now) } : {}),
  } as SyncStatus // the statuses of other kinds are copied as they are
}

/** What was last known of a member that cannot be read now stays known. */
function keptRollout(previous: SyncStatus | undefined): object {
  const kept = previous?.rolloutStatus?.rolloutStatusInCluster
  return kept ? { rolloutStatusInCluster: kept } : {}
}

function conditionsOf(facts: StatusFacts, synced: number): readonly Condition[] {
  const { application, syncs, now, problem } = facts
  const observedGeneration = application.metadata.generation ?? 0
  const ready = problem
    ? { status: 'False' as const, ...problem }
    : (nameProblem(facts) ??
      sourceProblem(facts) ??
      syncProblem(facts, synced) ?? {
        status: 'True' as const,
        reason: 'Succeeded',
        message: `Synced to ${synced} of ${syncs.length} clusters.`,
      })
  let conditions = withCondition(application.status?.conditions, { type: 'Ready', ...ready, observedGeneration }, now)
  if (syncs.some(sync => sync.rollout)) {
    conditions = withCondition(
      conditions,
      { type: 'RolloutsHealthy', ...rolloutHealth(syncs), observedGeneration },
      now,
    )
  }
  return conditions
}

interface Verdict {
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
}

/** Nothing that a source could bring helps against it. */
function nameProblem({ syncs }: StatusFacts): Verdict | undefined {
  const message = syncs.flatMap(({ taken }) => taken ?? []).join('; ')
  return message === '' ? undefined : { status: 'False', reason: 'NameTaken', message }
}

function sourceProblem({ source }: StatusFacts): Verdict | undefined {
  const object = source.git ?? source.helm ?? source.oci
  const condition = findCondition(object?.status?.conditions as readonly Condition[] | undefined, 'Ready')
  if (!object || !condition)
    return { status: 'Unknown', reason: 'SourcePending', message: 'The source has not been fetched yet.' }
  if (condition.status === 'True') return undefined
  return { status: condition.status, reason: `Source${condition.reason}`, message: `source: ${condition.message}` }
}

function syncProblem({ syncs }: StatusFacts, synced: number): Verdict | undefined {
  if (synced === syncs.length) return undefined
  const waiting = syncs.filter(sync => !isSynced(sync))
  const failed = waiting.filter(sync => readyOf(sync)?.status === 'False')
  const message = waiting.map(sync => `${sync.clusterName}: ${readyOf(sync)?.message ?? 'not synced yet'}`).join('; ')
  return failed.length > 0
    ? { status: 'False', reason: failed[0] ? (readyOf(failed[0])?.reason ?? 'SyncFailed') : 'SyncFailed', message }
    : { status: 'Unknown', reason: 'Progressing', message }
}

function rolloutHealth(syncs: readonly SyncFinding[]): Verdict {
  const rollouts = syncs.filter(sync => sync.rollout)
  const failed = rollouts.filter(sync => sync.rollout?.canary?.status?.phase === 'Failed')
  const describe = (of: readonly SyncFinding[], text: (sync: SyncFinding) => string) =>
    of.map(sync => `${sync.clusterName}: ${text(sync)}`).join('; ')
  if (failed.length > 0) return { status: 'False', reason: 'RolloutFailed', message: describe(failed, promotedMessage) }
  const stuck = rollouts.filter(sync => sync.rollout?.problem)
  if (stuck.length > 0) {
    const reason = stuck[0]?.rollout?.problem?.reason ?? 'Waiting'
    return { status: 'Unknown', reason, message: describe(stuck, sync => sync.rollout?.problem?.message ?? '') }
  }
  const held = rollouts.filter(sync => heldBy(sync))
  const refused = held.find(sync => heldBy(sync)?.type === 'Accepted')
  const first = heldBy(refused ?? held[0])
  if (first) {
    const message = describe(held, sync => heldBy(sync)?.message ?? '')
    return { status: refused ? 'False' : 'Unknown', reason: first.reason, message }
  }
  const moving = rollouts.filter(sync => !isAtRest(sync))
  if (moving.length > 0) {
    return {
      status: 'True',
      reason: 'Progressing',
      message: describe(moving, sync => sync.rollout?.canary?.status?.phase ?? 'not started'),
    }
  }
  return { status: 'True', reason: 'Succeeded', message: `All ${rollouts.length} rollouts are at rest.` }
}

function promotedMessage(sync: SyncFinding): string {
  const conditions = sync.rollout?.canary?.status?.conditions ?? []
  return conditions.find(condition => condition.type === 'Promoted')?.message ?? 'Failed'
}

/** What keeps a rollout from going on by itself, in the words of its engine. */
function heldBy(sync: SyncFinding | undefined): CanaryCondition | undefined {
  return holdOf(sync?.rollout?.canary?.status)
}

function isAtRest(sync: SyncFinding): boolean {
  return ['Initialized', 'Succeeded'].includes(sync.rollout?.canary?.status?.phase ?? '')
}

// Phases by how far behind they are; the first that any member is in is shown.
const phasesByConcern: readonly string[] = [
  'Failed',
  'Terminating',
  'Terminated',
  'Initializing',
  'Waiting',
  'WaitingPromotion',
  'Progressing',
  'Promoting',
  'Finalising',
  'Initialized',
  'Succeeded',
]

function rolloutSummary(syncs: readonly SyncFinding[]): string | undefined {
  const phases: readonly string[] = syncs
    .filter(sync => sync.rollout)
    .map(sync => sync.rollout?.canary?.status?.phase || 'Initializing')
  return phasesByConcern.find(phase => phases.includes(phase))
}

function readyOf(sync: SyncFinding): Condition | undefined {
  const status = sync.kustomization?.status ?? sync.helmRelease?.status
  return findCondition(status?.conditions as readonly Condition[] | undefined, 'Ready')
}

function isSynced(sync: SyncFinding): boolean {
  const status = sync.kustomization?.status ?? sync.helmRelease?.status
  return isConditionTrue(status?.conditions as readonly Condition[] | undefined, 'Ready')
}
