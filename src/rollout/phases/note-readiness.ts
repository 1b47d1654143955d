/** Remembers since when pods that hold up a rollout have been missing, so that none waits for them for ever. */
import type { Decision } from '../decision.ts'
import type { Live } from '../live.ts'
import { act } from '../reply.ts'
import { type Side, unreadySince, withReady, withUnready } from '../transition.ts'
import { isFirstStep } from '../weights.ts'

/** Notes that the canary lacks pods. A Deployment that comes up has a deadline of its own. */
export function noteCanaryUnready(o: Live): Decision | undefined {
  return o.target.kind === 'Deployment' && isFirstStep(o.spec, o.status, o.routes)
    ? undefined
    : noteUnready(o, 'canary')
}

/** Notes that the primary lacks pods that a new revision waits for; a DaemonSet's are counted otherwise. */
export function notePrimaryUnready(o: Live): Decision | undefined {
  return o.primary?.kind === 'Deployment' ? noteUnready(o, 'primary') : undefined
}

/** Notes that a side has its pods, where it was noted that it lacks some. */
export function noteReady(o: Live, side: Side): Decision | undefined {
  if (unreadySince(o.status, side) === undefined) return undefined
  const rule = { rule: `${side}-has-pods`, text: `The ${side} has its pods: nothing waits for them any more.` }
  return act(o, rule, { status: withReady(o, side), requeueAt: o.now })
}

function noteUnready(o: Live, side: Side): Decision | undefined {
  if (unreadySince(o.status, side) !== undefined) return undefined
  const rule = { rule: `${side}-lacks-pods`, text: `The ${side} lacks pods: the deadline for them begins.` }
  return act(o, rule, { status: withUnready(o, side), requeueAt: o.now })
}
