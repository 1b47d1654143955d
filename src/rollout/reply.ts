/** Builds decisions: fills in when to look again and the facts behind the rule. */
import type { Act, Action, Announcement, Ask, Question, Wait, WaitingOn } from './decision.ts'
import { isProblem, type Observed } from './observed.ts'
import type { RolloutStatus } from './status.ts'
import { later } from './transition.ts'

/** Which rule fired, and the sentence that says so. */
export interface Rule {
  readonly rule: string
  readonly text: string
}

/** Pause after a correction that somebody else may undo, so that two who disagree do not spin. */
const correctionPauseMs = 1_000

/** How often a gate that is closed is asked again; Flagger asks once an interval. */
const gatePollMs = 5_000

/** A step: effects, then the status, then the news. Without `status` the status stays as it is. */
export function act(
  o: Observed,
  rule: Rule,
  step: {
    readonly actions?: readonly Action[]
    readonly status?: RolloutStatus
    readonly announce?: readonly Announcement[]
    readonly requeueAt?: Date
  },
): Act {
  return {
    kind: 'act',
    actions: step.actions ?? [],
    status: step.status ?? o.status,
    announce: step.announce ?? [],
    because: { ...rule, observed: factsOf(o) },
    requeueAt: step.requeueAt ?? nextLook(o),
  }
}

/** A wait. At upstream's pace every wait ends with the tick. */
export function wait(
  o: Observed,
  rule: Rule,
  waitingOn: WaitingOn,
  options: { readonly waitsFor: string; readonly announce?: readonly Announcement[]; readonly until?: Date },
): Wait {
  const { waitsFor, announce, until } = options
  const requeueAt = o.pace === 'upstream' ? nextLook(o) : until
  return {
    kind: 'wait',
    waitingOn,
    announce: announce ?? [],
    because: { ...rule, observed: factsOf(o), waitsFor, ...(until ? { until } : {}) },
    ...(requeueAt ? { requeueAt } : {}),
  }
}

/** Questions. */
export function ask(o: Observed, rule: Rule, questions: readonly Question[]): Ask {
  return {
    kind: 'ask',
    questions,
    because: {
      ...rule,
      observed: factsOf(o),
      waitsFor: questions.map(q => (q.kind === 'hooks' ? `the ${q.type} hooks` : 'the metrics')).join(' and '),
    },
  }
}

/** When the step after this one may be taken. */
export function nextLook(o: Observed): Date {
  return o.pace === 'upstream' ? later(o.now, o.spec.intervalMs) : o.now
}

/** When to look again after a correction. */
export function afterCorrection(o: Observed): Date {
  return later(o.now, correctionPauseMs)
}

/** How long an answer that holds the rollout stays true. */
export function pollMs(o: Observed): number {
  return Math.min(gatePollMs, o.spec.intervalMs)
}

/** The earliest of some times. */
export function earliest(...times: readonly (Date | undefined)[]): Date | undefined {
  const known = times.flatMap(time => (time ? [time.getTime()] : []))
  return known.length > 0 ? new Date(Math.min(...known)) : undefined
}

function factsOf({ status, routes, target, primary }: Observed): Readonly<Record<string, string | number>> {
  return {
    phase: status.phase,
    failedChecks: status.failedChecks,
    iterations: status.iterations,
    ...(isProblem(routes) ? {} : { primaryWeight: routes.primaryWeight, canaryWeight: routes.canaryWeight }),
    ...(isProblem(target) ? {} : { revision: target.revision, canaryPods: podsOf(target) }),
    ...(primary ? { primaryPods: podsOf(primary) } : {}),
  }
}

function podsOf(workload: { readonly availableReplicas: number; readonly desiredReplicas: number }): string {
  return `${workload.availableReplicas}/${workload.desiredReplicas}`
}
