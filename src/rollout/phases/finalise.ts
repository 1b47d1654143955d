/** The last step of a promotion: the canary's pods go. */
import type { Action, Decision } from '../decision.ts'
import { alert, normal, targetName } from '../events.ts'
import { isScalable, type Live } from '../live.ts'
import { wakePrimary } from '../repair.ts'
import { act } from '../reply.ts'
import { toPhase } from '../transition.ts'
import { idle, pendingHooks, takeTrafficBack } from './end.ts'
import { awaitRolledPrimary } from './promote.ts'

/** The next step in phase Finalising. */
export function finalise(o: Live): Decision {
  const unready = awaitRolledPrimary(o) ?? wakePrimary(o)
  if (unready) return unready
  const back = takeTrafficBack(o)
  if ('decision' in back) return back.decision
  // Traffic left the canary in the step before; what it still answers is waited for.
  const drain: Action[] =
    back.actions.length === 0 && o.router.splitsTraffic && isScalable(o.spec) && o.target.desiredReplicas > 0
      ? [{ kind: 'awaitDrain', side: 'canary' }]
      : []
  const replicas = o.primary?.desiredReplicas
  return act(
    o,
    { rule: 'succeeded', text: 'All traffic is on the primary: the canary is scaled to zero.' },
    {
      actions: [...back.actions, ...drain, ...idle(o)],
      status: toPhase(o, 'Succeeded', {
        ...back.status,
        ...pendingHooks(o.spec, 'Succeeded'),
        ...(o.status.lastAppliedSpec === undefined ? {} : { lastPromotedSpec: o.status.lastAppliedSpec }),
        ...(replicas ? { primaryReplicas: replicas } : {}),
        canaryWeight: 0,
        iterations: 0,
      }),
      announce: [
        { kind: 'ended', result: 'success', analysis: 'completed' },
        normal(`Promotion completed! Scaling down ${targetName(o.spec)}`),
        alert('info', 'Canary analysis completed successfully, promotion finished.'),
      ],
    },
  )
}
