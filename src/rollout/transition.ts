/** The next status. Everything that a phase change entails is here: condition, times, counters, session cookies. */
import { toTimestamp } from '../apimachinery/time.ts'
import { checksumsOf } from './change.ts'
import { withoutEndpoints } from './events.ts'
import type { Observed, ObservedTarget, Side } from './observed.ts'
import type { Phase, RolloutCondition, RolloutStatus } from './status.ts'

/** Type of the condition that says how the rollout stands. */
const promoted = 'Promoted'

/** Type of the condition that is there, and False, while metrics cannot be had. */
export const metricsAvailable = 'MetricsAvailable'

/** What a side lacks: pods that are ready, or, with them, ready endpoints of its Service. */
export type Lack = 'pods' | 'endpoints'

/** Types of the conditions that are there, and False, while a side that lacks something holds a rollout up. */
const readyConditions: Readonly<Record<Side, string>> = { primary: 'PrimaryReady', canary: 'CanaryReady' }

const lackReasons: Readonly<Record<Lack, string>> = { pods: 'PodsMissing', endpoints: 'EndpointsMissing' }

/** Types of the conditions that say since when something has been missing; each has a deadline. */
const waits: readonly string[] = [metricsAvailable, ...Object.values(readyConditions)]

/** Phases of a new revision that waits for the same primary. */
const phasesBeforePromotion: readonly Phase[] = ['Waiting', 'Progressing', 'WaitingPromotion']

/**
 * The status in another phase, with further changes. What was missing is not any more, a step was taken; but the
 * primary's deadline goes on until its next revision.
 */
export function toPhase(
  o: Observed,
  phase: Phase,
  changes: Partial<RolloutStatus> = {},
  message?: string,
): RolloutStatus {
  return {
    ...o.status,
    ...changes,
    phase,
    lastTransitionTime: toTimestamp(o.now),
    conditions: [promotedCondition(o, phase, message ?? phaseMessage(o, phase)), ...primaryConditions(o, phase)],
  }
}

/** The status in the same phase with the given changes. */
export function changed(o: Observed, changes: Partial<RolloutStatus>): RolloutStatus {
  return { ...withoutCondition(o.status, metricsAvailable), ...changes, lastTransitionTime: toTimestamp(o.now) }
}

/** The status of a rollout that is about the target as it is now, with counters at zero. */
export function toPhaseOf(o: Observed, target: ObservedTarget, phase: Phase, changes: Partial<RolloutStatus> = {}) {
  const { trackedConfigs: _, ...rest } = o.status
  const counters = { canaryWeight: 0, failedChecks: 0, iterations: 0 }
  const about = { lastAppliedSpec: target.revision, ...checksumsOf(target) }
  return toPhase({ ...o, status: rest }, phase, { ...counters, ...about, ...changes })
}

/** The status with the metrics' condition False since now, or since it was first. */
export function withMetricsUnavailable(o: Observed, message: string): RolloutStatus {
  const before = o.status.conditions?.find(c => c.type === metricsAvailable)
  const condition: RolloutCondition = {
    type: metricsAvailable,
    status: 'False',
    reason: 'ProviderUnreachable',
    message: `${message}; ${whatFollows(o)}`,
    lastUpdateTime: toTimestamp(o.now),
    lastTransitionTime: before?.lastTransitionTime ?? toTimestamp(o.now),
  }
  const { conditions } = withoutCondition(o.status, metricsAvailable)
  return { ...o.status, conditions: [...(conditions ?? []), condition] }
}

function primaryConditions({ status }: Observed, phase: Phase): readonly RolloutCondition[] {
  if (!phasesBeforePromotion.includes(phase)) return []
  return status.conditions?.filter(c => c.type === readyConditions.primary) ?? []
}

/** The status with the condition that a side lacks something since now, which no workload says of some of its pods. */
export function withUnready(o: Observed, side: Side, lack: Lack): RolloutStatus {
  const now = toTimestamp(o.now)
  const deadline = toTimestamp(later(o.now, o.spec.progressDeadlineMs))
  const what = lack === 'pods' ? `the ${side} lacks pods` : withoutEndpoints(o.spec, side)
  const condition: RolloutCondition = {
    type: readyConditions[side],
    status: 'False',
    reason: lackReasons[lack],
    message: `${what}; ${whatFollowsLack(o, side)} at ${deadline}`,
    lastUpdateTime: now,
    lastTransitionTime: now,
  }
  const { conditions } = withReady(o, side)
  return { ...o.status, conditions: [...(conditions ?? []), condition] }
}

function whatFollowsLack({ status: { phase } }: Observed, side: Side): string {
  if (side === 'canary') return 'unless they come the rollout is rolled back'
  const isPromoted = phase === 'Promoting' || phase === 'Finalising'
  return isPromoted ? 'unless they come the promotion fails' : 'the new revision goes on without them'
}

/** The status of a side that has what it needs. */
export function withReady({ status }: Observed, side: Side): RolloutStatus {
  return withoutCondition(status, readyConditions[side])
}

/** Since when a side has lacked that, or anything, where it has been noted. */
export function unreadySince({ conditions }: RolloutStatus, side: Side, lack?: Lack): Date | undefined {
  const noted = conditions?.find(c => c.type === readyConditions[side])
  if (noted?.lastTransitionTime === undefined || (lack && noted.reason !== lackReasons[lack])) return undefined
  return new Date(noted.lastTransitionTime)
}

/** The status without what is noted of waits: the time of a suspension counts against no deadline. */
export function withoutWaits(status: RolloutStatus): RolloutStatus {
  const isWaiting = status.conditions?.some(c => waits.includes(c.type))
  return isWaiting ? waits.reduce((rest, type) => withoutCondition(rest, type), status) : status
}

/** Whether the metrics' condition says something else than that, and has said so for an interval. */
export function isOutdated(o: Observed, message: string): boolean {
  const condition = o.status.conditions?.find(c => c.type === metricsAvailable)
  if (condition?.message === `${message}; ${whatFollows(o)}`) return false
  const saidAtMs = Date.parse(condition?.lastUpdateTime ?? '')
  return !(o.now.getTime() - saidAtMs < o.spec.intervalMs)
}

/** What becomes of a rollout without metrics. */
export function whatFollows(o: Observed): string {
  const deadline = later(metricsUnavailableSince(o.status) ?? o.now, o.spec.progressDeadlineMs)
  return `the weights stay, without an answer the rollout is rolled back at ${toTimestamp(deadline)}`
}

/** When metrics stopped coming; undefined while they come. */
export function metricsUnavailableSince(status: RolloutStatus): Date | undefined {
  const since = status.conditions?.find(c => c.type === metricsAvailable)?.lastTransitionTime
  return since === undefined ? undefined : new Date(since)
}

/** A time with milliseconds, for the fields that measure steps. */
export function precise(time: Date): string {
  return time.toISOString()
}

/** `time` moved by some milliseconds. */
export function later(time: Date, byMs: number): Date {
  return new Date(time.getTime() + byMs)
}

/** The step that begins now, with its check due after `dueInMs`. */
export function stepFrom(o: Observed, dueInMs: number): Pick<RolloutStatus, 'stepStartedAt' | 'checkDueAt'> {
  return { stepStartedAt: precise(o.now), checkDueAt: precise(later(o.now, dueInMs)) }
}

function withoutCondition(status: RolloutStatus, type: string): RolloutStatus {
  return status.conditions ? { ...status, conditions: status.conditions.filter(c => c.type !== type) } : status
}

function promotedCondition(o: Observed, phase: Phase, message: string): RolloutCondition {
  const before = o.status.conditions?.find(c => c.type === promoted)
  const status = phase === 'Initialized' || phase === 'Succeeded' ? 'True' : phase === 'Failed' ? 'False' : 'Unknown'
  if (before?.status === status && before.reason === phase && before.message === message) return before
  const now = toTimestamp(o.now)
  const hasChanged = before?.status !== status
  return {
    type: promoted,
    status,
    reason: phase,
    message,
    lastUpdateTime: now,
    lastTransitionTime: hasChanged ? now : (before?.lastTransitionTime ?? now),
  }
}

/** Flagger's messages, word for word: they are what scripts wait for. */
function phaseMessage(o: Observed, phase: Phase): string {
  const { kind } = o.spec.target
  const kindName = kind === 'KnativeService' ? 'Service' : kind
  switch (phase) {
    case 'Initialized':
      return `${kindName} initialization completed.`
    case 'Waiting':
    case 'WaitingPromotion':
      return 'Waiting for approval.'
    case 'Progressing':
      return 'New revision detected, progressing canary analysis.'
    case 'Promoting':
      return 'Canary analysis completed, starting primary rolling update.'
    case 'Finalising':
      return 'Canary analysis completed, routing all traffic to primary.'
    case 'Succeeded':
      return 'Canary analysis completed successfully, promotion finished.'
    case 'Failed':
      return `Canary analysis failed, ${kindName} scaled to zero.`
    case '':
    case 'Initializing':
    case 'Terminating':
    case 'Terminated':
      return `New ${kindName} detected, starting initialization.`
  }
}
