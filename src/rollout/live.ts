/** The parts of an observation that every phase after the first look can rely on, and small readings of it. */
import { withoutEndpoints } from './events.ts'
import type { Observed, ObservedTarget, Routes, Side, Workload } from './observed.ts'
import { isProblem } from './observed.ts'
import type { RolloutSpec } from './spec.ts'

/** An observation whose target and routes could be read. */
export interface Live extends Observed {
  readonly target: ObservedTarget
  readonly routes: Routes
}

/** Narrows an observation to {@link Live}; undefined when something could not be read. */
export function liveOf(o: Observed): Live | undefined {
  const { target, routes } = o
  return isProblem(target) || isProblem(routes) ? undefined : { ...o, target, routes }
}

/** Whether the target has pods that the engine scales. */
export function isScalable({ target }: RolloutSpec): boolean {
  return target.kind === 'Deployment' || target.kind === 'DaemonSet'
}

/** Whether requests that reach the workload find somebody. Plain Services have no pods that we know of. */
export function canServe(workload: Workload | undefined): boolean {
  return workload !== undefined && (workload.kind === 'Service' || workload.availableReplicas > 0)
}

/** Whether requests to a side find somebody: pods that answer, and endpoints of its Service as far as they are known. */
export function isReachable(o: Live, side: Side): boolean {
  const workload = side === 'primary' ? o.primary : o.target
  return canServe(workload) && (workload?.kind === 'Service' || o.endpoints?.[side] !== 0)
}

/** Whether the canary has, or may get, a share of the traffic. */
export function hasTraffic({ routes, router }: Live): boolean {
  return router.splitsTraffic && (routes.canaryWeight > 0 || routes.mirrored)
}

/**
 * Whether all traffic may go to the primary: it answers, or the canary does not either, or no weight moves by it.
 */
export function canReturnToPrimary(o: Live): boolean {
  const isMoved = o.router.splitsTraffic && o.routes.canaryWeight > 0
  return !isMoved || isReachable(o, 'primary') || !isReachable(o, 'canary')
}

/** Why traffic cannot return to the primary. */
export function noWayBack(o: Live): string {
  const { target, canary } = o.spec
  const what = canServe(o.primary)
    ? withoutEndpoints(o.spec, 'primary')
    : `${target.name}-primary.${canary.namespace} has no pods`
  return `${what} to take the traffic back`
}

/** Replicas that a target at zero starts with: its own count, the primary's, the autoscaler's minimum, or one. */
export function startReplicas(o: Live): number {
  const { target, primary, autoscalerMinReplicas, spec } = o
  if (target.desiredReplicas > 0) return target.desiredReplicas
  const fallback = spec.autoscaler ? autoscalerMinReplicas : primary?.desiredReplicas
  return Math.max(1, fallback ?? 1)
}
