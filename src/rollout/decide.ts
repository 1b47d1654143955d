/**
 * The rollout engine. One look at the world leads to one decision; nothing is remembered between two calls but what
 * the status holds.
 */
import type { Decision } from './decision.ts'
import { warning } from './events.ts'
import { type Live, liveOf } from './live.ts'
import { isProblem, type Observed } from './observed.ts'
import { analyse } from './phases/analyse.ts'
import { finalise } from './phases/finalise.ts'
import { initialise } from './phases/initialise.ts'
import { promote } from './phases/promote.ts'
import { rest } from './phases/rest.ts'
import { suspended } from './phases/suspended.ts'
import { keepFinalizer, terminate } from './phases/terminate.ts'
import { repair } from './repair.ts'
import { act, wait } from './reply.ts'
import { later, stepFrom } from './transition.ts'

/** The next step of a rollout. Pure and total; `observed.now` is the only time it knows. */
export function decide(observed: Observed): Decision {
  const unlessLive = terminate(observed) ?? suspended(observed)
  if (unlessLive) return unlessLive
  const live = liveOf(observed)
  return live ? (keepFinalizer(live) ?? inPhase(live)) : unreadable(observed)
}

function inPhase(o: Live): Decision {
  switch (o.status.phase) {
    case '':
    case 'Initializing':
    // A deletion cannot be taken back, so nobody finds these but in a status that was copied: begin anew.
    case 'Terminating':
    case 'Terminated':
      return initialise(o)
    case 'Initialized':
    case 'Succeeded':
    case 'Failed':
    case 'Waiting':
      return repair(o) ?? rest(o)
    case 'Progressing':
    case 'WaitingPromotion':
      return repair(o) ?? renewInterval(o) ?? analyse(o)
    case 'Promoting':
      return repair(o) ?? renewInterval(o) ?? promote(o)
    case 'Finalising':
      return repair(o) ?? finalise(o)
  }
}

/**
 * No check is due later than an interval from now, unless the clock was set back, the interval was shortened or an
 * agent with a faster clock wrote the time: the interval of the step begins again.
 */
function renewInterval(o: Live): Decision | undefined {
  const { checkDueAt, stepStartedAt } = o.status
  if (o.pace === 'upstream' || checkDueAt === undefined) return undefined
  const dueMs = Date.parse(checkDueAt)
  if (dueMs - o.now.getTime() <= o.spec.intervalMs) return undefined
  // A first step is due at once.
  const tookMs = stepStartedAt === undefined ? o.spec.intervalMs : dueMs - Date.parse(stepStartedAt)
  const dueInMs = Math.min(o.spec.intervalMs, Math.max(0, tookMs))
  return act(
    o,
    { rule: 'renew-interval', text: 'The check was due later than an interval from now: the interval begins again.' },
    { status: { ...o.status, ...stepFrom(o, dueInMs) }, requeueAt: o.now },
  )
}

function unreadable(o: Observed): Decision {
  const [what, waitingOn] = isProblem(o.target)
    ? ([o.target.problem, 'target'] as const)
    : ([isProblem(o.routes) ? o.routes.problem : '', 'routes'] as const)
  return wait(
    o,
    {
      rule: `${waitingOn}-unreadable`,
      text: `The ${waitingOn === 'target' ? 'target' : 'routing'} cannot be read: ${what}.`,
    },
    waitingOn,
    { waitsFor: waitingOn, announce: [warning(what)], until: later(o.now, o.spec.intervalMs) },
  )
}
