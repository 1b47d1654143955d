/** `spec.skipAnalysis`: a canary that is ready is promoted as it is. */
import type { Action, Decision } from '../decision.ts'
import { alert, copying, normal, targetName } from '../events.ts'
import type { Live } from '../live.ts'
import { act } from '../reply.ts'
import { toPhase } from '../transition.ts'
import { promotedReplicas } from './advance.ts'
import { idle, pendingHooks, takeTrafficBack } from './end.ts'

/** Promotes in one step; the primary's own rolling update keeps its traffic answered. */
export function skip(o: Live): Decision {
  const back = takeTrafficBack(o)
  if ('decision' in back) return back.decision
  const minReplicas = promotedReplicas(o)
  const scaler: Action[] = o.spec.autoscaler ? [{ kind: 'syncPrimaryScaler', minReplicas }] : []
  const { revision } = o.target
  return act(
    o,
    { rule: 'skip-analysis', text: 'The canary is ready and its analysis is skipped: it is promoted.' },
    {
      actions: [...back.actions, { kind: 'promote', revision, minReplicas }, ...scaler, ...idle(o)],
      status: toPhase(o, 'Succeeded', {
        ...back.status,
        ...pendingHooks(o.spec, 'Succeeded'),
        canaryWeight: 0,
        iterations: 0,
        lastPromotedSpec: revision,
      }),
      announce: [
        copying(o.spec),
        { kind: 'ended', result: 'success', analysis: 'skipped' },
        normal(`Promotion completed! Canary analysis was skipped for ${targetName(o.spec)}`),
        alert('info', 'Canary analysis was skipped, promotion finished.'),
      ],
    },
  )
}
