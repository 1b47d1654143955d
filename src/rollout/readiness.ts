/** Whether a workload is up, whether waiting can help where it is not, and the words for it. */
import { withoutEndpoints } from './events.ts'
import type { Endpoints, ObservedTarget, Side, Workload } from './observed.ts'
import type { RolloutSpec } from './spec.ts'
import type { RolloutStatus } from './status.ts'
import { type Lack, unreadySince } from './transition.ts'

/** `retriable`: it may still come up by itself. */
export type Readiness = { readonly ready: true } | Unready

/** A workload that is not up, and what it lacks. */
export interface Unready {
  readonly ready: false
  readonly retriable: boolean
  readonly lacks: Lack
  readonly message: string
}

type PodReadiness = { readonly ready: true } | Omit<Unready, 'lacks'>

/** What a workload's readiness is judged by, beside the workload. */
export interface ReadinessContext {
  readonly spec: RolloutSpec
  readonly status: RolloutStatus
  readonly now: Date
  readonly endpoints?: Endpoints
}

const ready = { ready: true } as const

/** Readiness of `<target>-primary`; a missing one may still come into being. */
export function primaryReadiness(primary: Workload | undefined, context: ReadinessContext): Readiness {
  const { target, canary, primaryReadyThresholdPercent } = context.spec
  const name = `${target.name}-primary.${canary.namespace}`
  if (!primary) {
    const message = `${target.kind.toLowerCase()} ${name} not found`
    return { ready: false, retriable: true, lacks: 'pods', message }
  }
  const pods = readinessOf(primary, primaryReadyThresholdPercent, context, primarySince(primary, context.status))
  const result = withEndpoints(primary, 'primary', context, pods)
  if (result.ready) return result
  return {
    ...result,
    message: `${primary.kind === 'DaemonSet' ? 'primary daemonset ' : ''}${name} not ready: ${result.message}`,
  }
}

/** Readiness of the target, which carries the canary. */
export function canaryReadiness(target: ObservedTarget, context: ReadinessContext): Readiness {
  const { canary, canaryReadyThresholdPercent } = context.spec
  const name = `${target.name}.${canary.namespace}`
  const since = unreadySince(context.status, 'canary', 'pods')
  const pods = readinessOf(target, canaryReadyThresholdPercent, context, since)
  const result = withEndpoints(target, 'canary', context, pods)
  if (result.ready) return result
  const prefix =
    target.kind === 'DaemonSet'
      ? // Upstream's spelling.
        `canary damonset ${name} not ready with retryable ${result.retriable}: `
      : `canary deployment ${name} not ready: `
  return { ...result, message: `${prefix}${result.message}` }
}

/** What a wait for a side waits for, in words. */
export function awaited(side: Side, { lacks }: Unready): string {
  return lacks === 'pods' ? `the pods of the ${side}` : `ready endpoints of the Service of the ${side}`
}

/**
 * Proxies send to endpoints, which come a moment after pods are ready; weight that comes first meets nobody. Those of
 * a Service whose selector was edited never come.
 */
function withEndpoints(workload: Workload, side: Side, context: ReadinessContext, pods: PodReadiness): Readiness {
  if (!pods.ready) return { ...pods, lacks: 'pods' }
  if (context.endpoints?.[side] !== 0 || workload.desiredReplicas === 0 || workload.kind === 'Service') return ready
  const { spec, status } = context
  const lacking = { ready: false, lacks: 'endpoints' } as const
  const message = withoutEndpoints(spec, side)
  return isPast(unreadySince(status, side, 'endpoints'), context)
    ? { ...lacking, retriable: false, message: `${message}, ${exceeded(spec)}` }
    : { ...lacking, retriable: true, message: `waiting for rollout to finish: ${message}` }
}

/** `since`: when the workload began to lack pods, as far as that is known. */
function readinessOf(
  workload: Workload,
  thresholdPercent: number,
  context: ReadinessContext,
  since: Date | undefined,
): PodReadiness {
  switch (workload.kind) {
    case 'Deployment':
      return deploymentReadiness(workload, thresholdPercent, context, since)
    case 'DaemonSet':
      return daemonSetReadiness(workload, thresholdPercent, context, since)
    // A plain Service has no pods of its own; a Knative revision reports itself as one pod.
    case 'Service':
      return ready
    case 'KnativeService':
      return workload.availableReplicas > 0
        ? ready
        : { ready: false, retriable: !workload.isDeadlineExceeded, message: 'waiting for the revision to become ready' }
  }
}

/** Flagger's `pkg/canary/deployment_ready.go`. */
function deploymentReadiness(
  workload: Workload,
  thresholdPercent: number,
  context: ReadinessContext,
  since: Date | undefined,
): PodReadiness {
  const waiting = 'waiting for rollout to finish:'
  if (!workload.isGenerationObserved) {
    const message = `${waiting} observed deployment generation less than desired generation`
    return { ready: false, retriable: true, message }
  }
  if (workload.isDeadlineExceeded) {
    return { ready: false, retriable: false, message: `deployment "${workload.name}" exceeded its progress deadline` }
  }
  const message = missingPods(workload, thresholdPercent)
  if (message === undefined) return ready
  // One without any pod says itself since when.
  const isShort = workload.availableReplicas > 0 && isPast(since, context)
  const isForGood = isUnavailableForGood(workload, context) || isShort
  return { ready: false, retriable: !isForGood, message: `${waiting} ${message}` }
}

function missingPods(workload: Workload, thresholdPercent: number): string | undefined {
  const { desiredReplicas, replicas, updatedReplicas, availableReplicas } = workload
  if (updatedReplicas < desiredReplicas) {
    return `${updatedReplicas} out of ${desiredReplicas} new replicas have been updated`
  }
  if (replicas > updatedReplicas) return `${replicas - updatedReplicas} old replicas are pending termination`
  if (availableReplicas < share(updatedReplicas, thresholdPercent)) {
    return `${availableReplicas} of ${updatedReplicas} (readyThreshold ${thresholdPercent}%) updated replicas are available`
  }
  return undefined
}

function isUnavailableForGood({ unavailableSince }: Workload, { spec, now }: ReadinessContext): boolean {
  return unavailableSince !== undefined && Date.parse(unavailableSince) + spec.progressDeadlineMs < now.getTime()
}

/** Flagger's `pkg/canary/daemonset_ready.go`, with the deadline counted from when pods began to lack. */
function daemonSetReadiness(
  workload: Workload,
  thresholdPercent: number,
  context: ReadinessContext,
  since: Date | undefined,
): PodReadiness {
  const waiting = 'waiting for rollout to finish:'
  if (!workload.isGenerationObserved) {
    const message = `${waiting} observed daemonset generation less than desired generation`
    return { ready: false, retriable: true, message }
  }
  const { desiredReplicas, updatedReplicas, availableReplicas } = workload
  const areUpdated = updatedReplicas >= desiredReplicas
  if (areUpdated && availableReplicas >= share(desiredReplicas, thresholdPercent)) return ready
  if (isPast(since, context)) return { ready: false, retriable: false, message: exceeded(context.spec) }
  const message = areUpdated
    ? `${availableReplicas} of ${desiredReplicas} (readyThreshold ${thresholdPercent}%) updated pods are available`
    : `${updatedReplicas} out of ${desiredReplicas} new pods have been updated`
  return { ready: false, retriable: true, message: `${waiting} ${message}` }
}

function exceeded({ progressDeadlineMs }: RolloutSpec): string {
  return `exceeded its progressDeadlineSeconds: ${progressDeadlineMs / 1000}`
}

function isPast(since: Date | undefined, { spec, now }: ReadinessContext): boolean {
  return since !== undefined && since.getTime() + spec.progressDeadlineMs < now.getTime()
}

/** Since when a primary lacks pods. A DaemonSet that is made does not say it, and nobody notes it before a rollout. */
function primarySince({ kind }: Workload, status: RolloutStatus): Date | undefined {
  const { phase, lastTransitionTime } = status
  const isMade = kind === 'DaemonSet' && (phase === '' || phase === 'Initializing')
  if (!isMade) return unreadySince(status, 'primary', 'pods')
  return lastTransitionTime === undefined ? undefined : new Date(lastTransitionTime)
}

/**
 * Pods that have to be there. Go converts the product from float32 to int, so it is cut off; but one pod at least has
 * to answer where any is wanted, or traffic would go to nobody.
 */
function share(count: number, percent: number): number {
  return Math.max(Math.min(count, 1), Math.trunc(Math.fround((count * percent) / 100)))
}
