/** Promotion: the primary rolls to the new revision, then takes its traffic back. */
import { routeTo } from '../affinity.ts'
import { changeOf } from '../change.ts'
import type { Action, Decision } from '../decision.ts'
import { advance, alert, copying, normal, targetName, warning } from '../events.ts'
import { canReturnToPrimary, hasTraffic, isReachable, type Live } from '../live.ts'
import { awaited, primaryReadiness } from '../readiness.ts'
import { wakePrimary } from '../repair.ts'
import { act, wait } from '../reply.ts'
import { changed, later, stepFrom, toPhase, toPhaseOf } from '../transition.ts'
import { allToCanary, allToPrimary, routesAt } from '../weights.ts'
import { promotedReplicas } from './advance.ts'
import { idle, pendingHooks, takeTrafficBack } from './end.ts'
import { notePrimaryUnready, noteReady } from './note-readiness.ts'

/** How soon a copy that is not seen yet is looked for again. */
const copyRetryMs = 1_000

/** The next step in phase Promoting. Whether the canary is ready does not matter any more: the primary has its code. */
export function promote(o: Live): Decision {
  return leaveCanary(o) ?? copyAgain(o) ?? awaitRolledPrimary(o) ?? wakePrimary(o) ?? returnTraffic(o)
}

/**
 * A canary whose pods are gone, or have another revision that nobody has analysed, keeps no traffic while the primary,
 * still rolling, has pods that answer.
 */
function leaveCanary(o: Live): Decision | undefined {
  const isOther = changeOf(o, o.target) === 'new' && !isReturning(o)
  if (!hasTraffic(o) || (isReachable(o, 'canary') && !isOther) || !isReachable(o, 'primary')) return undefined
  const { action, status } = routeTo(o, allToPrimary)
  const why = isOther ? 'gets a revision that was not analysed' : 'does not answer any more'
  return act(
    o,
    { rule: 'leave-canary', text: `The canary ${why}: the primary takes all traffic while it rolls.` },
    {
      actions: [action],
      status: changed(o, { ...status, canaryWeight: 0 }),
      announce: [normal('Routing all traffic to primary')],
    },
  )
}

/** Whether all traffic returns to the primary with this step anyway. */
function isReturning(o: Live): boolean {
  return o.spec.strategy.stepWeightPromotionPercent === 0 && primaryReadiness(o.primary, o).ready
}

/** The copy was lost, or is not seen yet; sending it again writes nothing where it is there. */
function copyAgain(o: Live): Decision | undefined {
  if (o.primaryRunsTarget || changeOf(o, o.target) !== 'none') return undefined
  return act(
    o,
    { rule: 'copy-again', text: 'The primary does not have the promoted revision yet.' },
    { actions: [copy(o)], requeueAt: later(o.now, copyRetryMs) },
  )
}

function copy(o: Live): Action {
  return { kind: 'promote', revision: o.target.revision, minReplicas: promotedReplicas(o) }
}

/** Waits for the primary; fails the promotion when it cannot become ready. */
export function awaitRolledPrimary(o: Live): Decision | undefined {
  const readiness = primaryReadiness(o.primary, o)
  if (readiness.ready) return noteReady(o, 'primary')
  if (!readiness.retriable) return failPromotion(o, readiness.message)
  const noted = notePrimaryUnready(o, readiness)
  if (noted) return noted
  return wait(o, { rule: 'primary-rolls', text: `The primary is not ready: ${readiness.message}.` }, 'primary', {
    waitsFor: awaited('primary', readiness),
    announce: [warning(readiness.message)],
    until: later(o.now, o.spec.intervalMs),
  })
}

function returnTraffic(o: Live): Decision {
  if (!o.router.splitsTraffic) return toFinalising(o, [], {})
  const byPercent = o.spec.strategy.stepWeightPromotionPercent
  if (byPercent === 0) return returnAll(o, `Routing all traffic to primary`)
  const left = Math.max(0, o.routes.canaryWeight - byPercent)
  if (o.routes.canaryWeight === 0) return toFinalising(o, [], {})
  const dueAt = new Date(o.status.checkDueAt ?? o.now)
  if (o.pace === 'event' && dueAt > o.now) {
    return wait(o, { rule: 'return-in-steps', text: 'Traffic returns to the primary step by step.' }, 'evidence', {
      waitsFor: 'the interval of this step',
      until: dueAt,
    })
  }
  const event = advance(o.spec, `primary weight ${100 - left}`)
  const { action, status } = routeTo(o, routesAt(left))
  if (left === 0) return toFinalising(o, [action], status, [event])
  return act(
    o,
    { rule: 'return-in-steps', text: `The primary gets ${100 - left}% of the traffic.` },
    {
      actions: [action],
      status: changed(o, { ...status, canaryWeight: left, ...stepFrom(o, o.spec.intervalMs) }),
      announce: [event],
    },
  )
}

function returnAll(o: Live, message: string): Decision {
  const { action, status } = routeTo(o, allToPrimary)
  return toFinalising(o, [action], status, [normal(message)])
}

function toFinalising(
  o: Live,
  actions: readonly Action[],
  status: Partial<Live['status']>,
  announce: Parameters<typeof act>[2]['announce'] = [],
): Decision {
  const counters = { canaryWeight: 0, iterations: 0 }
  return act(
    o,
    { rule: 'primary-ready', text: 'The primary is ready with the new revision and gets all traffic.' },
    { actions, status: toPhase(o, 'Finalising', { ...counters, ...status }), announce },
  )
}

/** The primary cannot take the new revision: a canary that is healthy goes on answering. */
export function failPromotion(o: Live, message: string): Decision {
  const ended = { kind: 'ended', result: 'failure', analysis: 'completed' } as const
  const announce = [
    warning(message),
    warning(`Promotion of ${targetName(o.spec)} failed, primary not ready: ${message}`),
    alert('error', `Promotion failed, primary not ready: ${message}`),
    ended,
  ]
  const rule = { rule: 'promotion-failed', text: `The primary cannot become ready: ${message}.` }
  const counters = { failedChecks: 0, iterations: 0, ...pendingHooks(o.spec, 'Failed') }
  // Traffic stays on a revision that was not analysed only where nobody else answers.
  const isOther = changeOf(o, o.target) === 'new' && canReturnToPrimary(o)
  if (o.router.splitsTraffic && isReachable(o, 'canary') && !isOther) {
    const { action, status } = routeTo(o, allToCanary)
    const words = 'Promotion failed, primary not ready: the canary keeps the traffic.'
    return act(o, rule, {
      actions: [action],
      status: toPhase(o, 'Failed', { ...counters, ...status, canaryWeight: 100 }, words),
      announce,
    })
  }
  const back = takeTrafficBack(o)
  if ('decision' in back) return back.decision
  return act(o, rule, {
    actions: [...back.actions, ...idle(o)],
    status: toPhase(o, 'Failed', { ...counters, ...back.status, canaryWeight: 0 }),
    announce,
  })
}

/**
 * The way out of a failed promotion: the primary came up after all, or the target went back to a revision that was
 * promoted before and that the primary gets again. A new revision is none of both.
 */
export function resumePromotion(o: Live): Decision | undefined {
  const isStuck = o.status.phase === 'Failed' && (o.routes.canaryWeight > 0 || o.status.canaryWeight > 0)
  if (!isStuck) return undefined
  const change = changeOf(o, o.target)
  // A revision that was refused has not been copied; traffic that it has got by hand is taken back.
  if (change === 'new' || (change === 'none' && !o.primaryRunsTarget)) return undefined
  const name = `${o.spec.target.name}-primary.${o.spec.canary.namespace}`
  if (change === 'promoted' && !o.primaryRunsTarget) {
    return act(
      o,
      { rule: 'promote-again', text: 'The target went back to the promoted revision: the primary gets it again.' },
      {
        actions: [copy(o)],
        status: toPhaseOf(o, o.target, 'Promoting', { canaryWeight: o.routes.canaryWeight, ...stepFrom(o, 0) }),
        announce: [copying(o.spec)],
      },
    )
  }
  const readiness = primaryReadiness(o.primary, o)
  if (!readiness.ready) {
    return wait(
      o,
      { rule: 'promotion-stuck', text: `The canary answers until the primary can: ${readiness.message}.` },
      'primary',
      {
        waitsFor: `${awaited('primary', readiness)}, or another revision`,
      },
    )
  }
  return act(
    o,
    { rule: 'resume-promotion', text: 'The primary became ready after all: the promotion goes on.' },
    {
      actions: o.spec.autoscaler ? [{ kind: 'holdPrimaryFloor', minReplicas: promotedReplicas(o) }] : [],
      status: toPhaseOf(o, o.target, 'Promoting', { canaryWeight: o.routes.canaryWeight, ...stepFrom(o, 0) }),
      announce: [normal(`Resuming promotion of ${targetName(o.spec)}, ${name} is ready`)],
    },
  )
}
