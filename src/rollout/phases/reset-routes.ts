/** Routes that are not those of the step in hand. */
import { routeTo } from '../affinity.ts'
import type { Action, Announcement, Decision } from '../decision.ts'
import { canaryName, warning } from '../events.ts'
import { canReturnToPrimary, type Live } from '../live.ts'
import { act } from '../reply.ts'
import type { RolloutStatus } from '../status.ts'
import { changed, stepFrom } from '../transition.ts'
import { expectedCanaryWeight, isFirstStep, isNextStep, routesAt } from '../weights.ts'

/** What gives the canary the weight of its step again. */
export interface Correction {
  readonly action: Action
  readonly status: Partial<RolloutStatus>
  readonly announce: readonly Announcement[]
}

/**
 * Weights that are not those of the status were set by hand, or by a step that died before it was written down and
 * whose check is forgotten. Either way the step begins again at the weight that was earned.
 */
export function resetRoutes(o: Live): Decision | undefined {
  const correction = correctionOf(o)
  if (!correction) return undefined
  const expected = expectedCanaryWeight(o.spec, o.status)
  return act(
    o,
    { rule: 'reset-routes', text: `The routes do not have the weight ${expected} of this step: it begins again.` },
    {
      actions: [correction.action],
      status: changed(o, { ...correction.status, ...stepFrom(o, o.spec.intervalMs) }),
      announce: correction.announce,
    },
  )
}

/** The correction of routes that are not those of the status; undefined where they are. */
export function correctionOf(o: Live): Correction | undefined {
  const { status, routes, spec } = o
  if (!o.router.splitsTraffic) return undefined
  if (isFirstStep(spec, status, routes) && routes.canaryWeight === 0) return undefined
  // Upstream leaves 0 in the status of a rollout that waits for its promotion.
  if (status.phase === 'WaitingPromotion') return undefined
  const expected = expectedCanaryWeight(spec, status)
  if (routes.canaryWeight === expected && routes.primaryWeight === 100 - expected) return undefined
  // Nothing is taken from a canary that answers for a primary that does not.
  if (expected < routes.canaryWeight && !canReturnToPrimary(o)) return undefined
  return {
    ...routeTo(o, { ...routesAt(expected), mirrored: expected === 0 && routes.mirrored }),
    announce: [warning(`Routes of ${canaryName(spec)} were changed, setting canary weight ${expected} again`)],
  }
}

/**
 * Whether the routes have the weight that the next step gives: it was taken, and died before it was written down. The
 * check that is due is made once more, and the step is written down when it passes; otherwise it is taken back.
 */
export function isStepUnwritten({ router, spec, status, routes }: Live): boolean {
  return router.splitsTraffic && isNextStep(spec, status, routes)
}
