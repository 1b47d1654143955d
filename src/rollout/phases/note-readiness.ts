/** Remembers since when what holds up a rollout has been missing, so that nothing is waited for without limit. */
import type { Decision } from '../decision.ts'
import type { Live } from '../live.ts'
import type { Side, Workload } from '../observed.ts'
import type { Unready } from '../readiness.ts'
import { act } from '../reply.ts'
import { type Lack, unreadySince, withReady, withUnready } from '../transition.ts'
import { isFirstStep } from '../weights.ts'

/** Notes what the canary lacks. A Deployment that comes up has a deadline of its own. */
export function noteCanaryUnready(o: Live, { lacks }: Unready): Decision | undefined {
  const isComingUp = o.target.kind === 'Deployment' && isFirstStep(o.spec, o.status, o.routes)
  return lacks === 'pods' && isComingUp ? forget(o, 'canary', comesUp) : noteUnready(o, 'canary', lacks)
}

/** Notes what the primary lacks. A Deployment that rolls after its promotion has a deadline of its own. */
export function notePrimaryUnready(o: Live, { lacks }: Unready): Decision | undefined {
  const { phase } = o.status
  if (lacks === 'endpoints') return noteUnready(o, 'primary', lacks)
  const isPromoted = phase === 'Promoting' || phase === 'Finalising'
  if (o.primary?.kind === 'Deployment' && isPromoted && !hasRolled(o.primary)) return forget(o, 'primary', comesUp)
  const isCounted = o.primary?.kind === 'Deployment' || o.primary?.kind === 'DaemonSet'
  return isCounted ? noteUnready(o, 'primary', lacks) : undefined
}

/** Notes that a side has what it needs, where it was noted that it lacks some. */
export function noteReady(o: Live, side: Side): Decision | undefined {
  const text = `The ${side} has its pods: nothing waits for them any more.`
  return forget(o, side, { rule: `${side}-has-pods`, text })
}

const comesUp = { rule: 'pods-come', text: 'Pods are made again: their Deployment has a deadline of its own.' }

function forget(o: Live, side: Side, rule: { readonly rule: string; readonly text: string }): Decision | undefined {
  if (unreadySince(o.status, side) === undefined) return undefined
  return act(o, rule, { status: withReady(o, side), requeueAt: o.now })
}

function noteUnready(o: Live, side: Side, lack: Lack): Decision | undefined {
  if (unreadySince(o.status, side, lack) !== undefined) return undefined
  const what = lack === 'pods' ? `The ${side} lacks pods` : `The Service of the ${side} has no ready endpoints`
  const rule = { rule: `${side}-lacks-${lack}`, text: `${what}: the deadline for them begins.` }
  return act(o, rule, { status: withUnready(o, side, lack), requeueAt: o.now })
}

/** Whether all pods of a Deployment are of its revision: nothing of its own tells then that one never answers. */
function hasRolled({ isGenerationObserved, desiredReplicas, updatedReplicas, replicas }: Workload): boolean {
  return isGenerationObserved && updatedReplicas >= desiredReplicas && replicas <= updatedReplicas
}
