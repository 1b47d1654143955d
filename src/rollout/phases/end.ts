/** Ways out of a rollout: traffic goes back to the primary first, then the canary's pods go. */
import { routeTo } from '../affinity.ts'
import { haveConfigsChanged } from '../change.ts'
import type { Action, Announcement, Decision } from '../decision.ts'
import { alert, canaryName, normal, targetName, warning } from '../events.ts'
import { canReturnToPrimary, hasTraffic, isScalable, type Live, noWayBack } from '../live.ts'
import type { ObservedTarget } from '../observed.ts'
import { wakePrimary } from '../repair.ts'
import { act, type Rule, wait } from '../reply.ts'
import type { RolloutSpec } from '../spec.ts'
import type { RolloutStatus } from '../status.ts'
import { toPhase, toPhaseOf } from '../transition.ts'
import { allToPrimary } from '../weights.ts'

/** Fails the rollout. `analysed` is the revision that it was about, when the status does not name it yet. */
export function rollBack(o: Live, rule: Rule, announce: readonly Announcement[], analysed?: ObservedTarget): Decision {
  const back = takeTrafficBack(o)
  if ('decision' in back) return back.decision
  const counters = { canaryWeight: 0, failedChecks: 0, iterations: 0 }
  const changes = { ...counters, ...back.status, ...pendingHooks(o.spec, 'Failed') }
  return act(o, rule, {
    actions: [...back.actions, ...idle(o)],
    status: analysed ? toPhaseOf(o, analysed, 'Failed', changes) : toPhase(o, 'Failed', changes),
    announce: [
      ...announce,
      warning(`Canary failed! Scaling down ${canaryName(o.spec)}`, 'Failed'),
      { kind: 'ended', result: 'failure', analysis: 'completed' },
    ],
  })
}

/** Fails the rollout because a rollback hook says so. */
export function rollBackByHand(o: Live, hooks: readonly Announcement[], analysed?: ObservedTarget): Decision {
  const rule = { rule: 'rollback-by-hand', text: 'A rollback hook asks for a rollback.' }
  return rollBack(
    o,
    rule,
    [
      ...hooks,
      warning(`Rolling back ${canaryName(o.spec)} manual webhook invoked`),
      // An error, where upstream warns: whoever wants to hear of failures alone hears of this one too.
      alert('error', 'Rolling back manual webhook invoked'),
    ],
    analysed,
  )
}

/** Ends the rollout because the target went back to what the primary runs. */
export function endReverted(o: Live): Decision {
  const back = takeTrafficBack(o)
  if ('decision' in back) return back.decision
  const status = toPhaseOf(o, o.target, 'Succeeded', { ...back.status, lastPromotedSpec: o.target.revision })
  return act(
    o,
    { rule: 'reverted', text: 'The target went back to the promoted revision: the rollout ends.' },
    {
      actions: [...back.actions, ...restorePrimary(o), ...idle(o)],
      status,
      announce: [normal(`Promoted revision restored! Ending analysis for ${targetName(o.spec)}`)],
    },
  )
}

/** Begins the analysis again with the revision that the target has now. */
export function restart(o: Live, step: Partial<RolloutStatus>): Decision {
  const back = takeTrafficBack(o)
  if ('decision' in back) return back.decision
  return act(
    o,
    {
      rule: 'restart',
      text: 'The target has another revision than the one under analysis: the analysis begins again.',
    },
    {
      actions: [...back.actions, ...dropOldPods(o)],
      status: toPhaseOf(o, o.target, 'Progressing', { ...step, ...back.status }),
      announce: [normal(`New revision detected! Restarting analysis for ${targetName(o.spec)}`)],
    },
  )
}

/**
 * Pods read most configs when they start, and nobody replaces them when configs change: those that may have read the
 * ones of before go, and others come when they are gone.
 */
export function dropOldPods(o: Live): readonly Action[] {
  const hasPods = isScalable(o.spec) && o.target.desiredReplicas > 0
  return hasPods && haveConfigsChanged(o, o.target) ? [{ kind: 'scaleTarget', replicas: 0 }] : []
}

/** The primary gets the promoted revision again where a promotion was cut off before it was written down. */
export function restorePrimary(o: Live): readonly Action[] {
  if (o.primaryRunsTarget) return []
  return [{ kind: 'promote', revision: o.target.revision, minReplicas: Math.max(1, o.primary?.desiredReplicas ?? 1) }]
}

/** The target without pods, and without an autoscaler that would give it some; the primary is on its own again. */
export function idle(o: Live): readonly Action[] {
  return [
    ...(o.spec.autoscaler ? [{ kind: 'releasePrimaryFloor' } as const] : []),
    ...(o.spec.autoscaler ? [{ kind: 'pauseTargetScaler' } as const] : []),
    ...(isScalable(o.spec) && o.target.desiredReplicas > 0 ? [{ kind: 'scaleTarget', replicas: 0 } as const] : []),
  ]
}

/** The mark that post-rollout hooks have to be called. */
export function pendingHooks(spec: RolloutSpec, end: 'Succeeded' | 'Failed'): Pick<RolloutStatus, 'pendingHooks'> {
  return spec.hooks.some(hook => hook.type === 'post-rollout') ? { pendingHooks: end } : {}
}

/** The steps that bring all traffic to the primary, or a decision to wait where nobody is there to answer it. */
export function takeTrafficBack(
  o: Live,
): { readonly decision: Decision } | { readonly actions: readonly Action[]; readonly status: Partial<RolloutStatus> } {
  if (!hasTraffic(o)) return { actions: [], status: {} }
  const stuck = awaitWayBack(o)
  if (stuck) return { decision: stuck }
  const { action, status } = routeTo(o, allToPrimary)
  const drain: Action[] = o.routes.canaryWeight > 0 ? [{ kind: 'awaitDrain', side: 'canary' }] : []
  return { actions: [action, ...drain], status }
}

/** A decision to wait while traffic would return to a primary that does not answer, from a canary that does. */
export function awaitWayBack(o: Live): Decision | undefined {
  if (canReturnToPrimary(o)) return undefined
  const message = noWayBack(o)
  const waiting = wait(o, { rule: 'no-way-back', text: `Traffic cannot return: ${message}.` }, 'primary', {
    waitsFor: 'the primary to answer',
    announce: [warning(message)],
  })
  return wakePrimary(o) ?? waiting
}
