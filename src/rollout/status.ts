/** The Canary's status: upstream's fields with upstream's meaning, and a few optional ones of our own. */
import type { CanaryPhase, CanaryStatus } from '../api/flagger/v1beta1.ts'

/** `status.phase`. */
export type Phase = CanaryPhase

/** A condition of a Canary. Its times are RFC 3339. */
export interface RolloutCondition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message?: string
  readonly lastUpdateTime?: string
  readonly lastTransitionTime?: string
}

/** `status` of a Canary. Times are RFC 3339 in UTC. */
export interface RolloutStatus {
  readonly phase: Phase
  /** The canary's share in percent. */
  readonly canaryWeight: number
  readonly failedChecks: number
  readonly iterations: number
  /** Revision of the target that the rollout in hand, or the last one, is about. */
  readonly lastAppliedSpec?: string
  /** Revision that the primary runs. */
  readonly lastPromotedSpec?: string
  /** Checksums of the ConfigMaps and Secrets that belong to `lastAppliedSpec`; absent: none are tracked. */
  readonly trackedConfigs?: Readonly<Record<string, string>>
  readonly lastTransitionTime?: string
  readonly conditions?: readonly RolloutCondition[]
  readonly previousSessionAffinityCookie?: string
  readonly sessionAffinityCookie?: string
  readonly primarySessionAffinityCookie?: string

  // Ours. Each may be missing: a rollout goes on without them, only less exactly.

  /** When the routes in force were set: samples from before say nothing about this step. With milliseconds. */
  readonly stepStartedAt?: string
  /** When the next check is due. With milliseconds. Absent: one interval after `lastTransitionTime`. */
  readonly checkDueAt?: string
  /** Replicas of the primary when the rollout began, which it has again before traffic returns to it. */
  readonly primaryReplicas?: number
  /** The end whose post-rollout hooks have not answered yet. */
  readonly pendingHooks?: 'Succeeded' | 'Failed'
}

/** The status of a Canary that has none. */
export const emptyStatus: RolloutStatus = { phase: '', canaryWeight: 0, failedChecks: 0, iterations: 0 }

/** A status as it stands in an object: what is missing has its zero value, and the phase before the first is empty. */
export function statusOf(status: CanaryStatus | undefined): RolloutStatus {
  const { phase = '', canaryWeight = 0, failedChecks = 0, iterations = 0, conditions, ...rest } = status ?? {}
  return {
    ...rest,
    phase,
    canaryWeight,
    failedChecks,
    iterations,
    ...(conditions ? { conditions: conditions.map(c => ({ ...c, status: conditionStatus(c.status) })) } : {}),
  }
}

function conditionStatus(text: string): RolloutCondition['status'] {
  return text === 'True' || text === 'False' ? text : 'Unknown'
}

/** Whether an analysis is under way: the canary has pods, and its share of traffic may grow. */
export function isAnalysing(phase: Phase): boolean {
  return phase === 'Progressing' || phase === 'WaitingPromotion'
}

/** Whether a rollout has come to an end, or none has begun. */
export function isSteady(phase: Phase): boolean {
  return phase === 'Initialized' || phase === 'Succeeded' || phase === 'Failed'
}
