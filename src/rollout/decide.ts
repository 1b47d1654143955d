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
import { wait } from './reply.ts'
import { later } from './transition.ts'

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
      return repair(o) ?? analyse(o)
    case 'Promoting':
      return repair(o) ?? promote(o)
    case 'Finalising':
      return repair(o) ?? finalise(o)
  }
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
