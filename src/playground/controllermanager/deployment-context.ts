/** What the parts of a Deployment's plan share. Pure. */
import type { Deployment, ReplicaSet } from '../../api/core/apps-v1.ts'
import { resolveCount } from './pods.ts'

/** Annotations of the real controller. */
export const revisionAnnotation = 'deployment.kubernetes.io/revision'
/** On a ReplicaSet: the Deployment's replicas when it was last scaled. */
export const desiredAnnotation = 'deployment.kubernetes.io/desired-replicas'
/** On a ReplicaSet: those with maxSurge. */
export const maxAnnotation = 'deployment.kubernetes.io/max-replicas'

/** What the plan is made from. `replicaSets` are the Deployment's own. */
export interface DeploymentFacts {
  readonly deployment: Deployment
  readonly replicaSets: readonly ReplicaSet[]
  /** Whether any pod of an old ReplicaSet is still there, ending ones included. */
  readonly oldPodsRemain: boolean
  readonly now: Date
}

/** The facts, sorted out. */
export interface Context extends DeploymentFacts {
  /** The ReplicaSet of the newest template. */
  readonly current: ReplicaSet | undefined
  /** The others, oldest first. */
  readonly old: readonly ReplicaSet[]
  readonly revision: string
}

/** Whether all pods are of the newest template and available. */
export function isComplete(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): boolean {
  const wanted = deployment.spec.replicas ?? 1
  const status = current.status
  return (
    (current.spec.replicas ?? 0) === wanted &&
    (status?.replicas ?? 0) === wanted &&
    (status?.availableReplicas ?? 0) === wanted &&
    old.every(set => (set.status?.replicas ?? 0) === 0 && (set.spec.replicas ?? 0) === 0)
  )
}

/** The number of pods asked for. */
export function desired({ deployment }: Pick<Context, 'deployment'>): number {
  return deployment.spec.replicas ?? 1
}

/** How many pods there may be beyond those asked for. */
export function maxSurge({ deployment }: Pick<Context, 'deployment'>): number {
  if (deployment.spec.strategy?.type === 'Recreate') return 0
  return resolveCount(deployment.spec.strategy?.rollingUpdate?.maxSurge ?? '25%', deployment.spec.replicas ?? 1, 'up')
}

/** How many pods may be missing. Where both bounds round to 0, one may be: else nothing could ever move. */
export function maxUnavailable(context: Pick<Context, 'deployment'>): number {
  const { strategy, replicas = 1 } = context.deployment.spec
  if (strategy?.type === 'Recreate') return 0
  const count = resolveCount(strategy?.rollingUpdate?.maxUnavailable ?? '25%', replicas, 'down')
  return count === 0 && maxSurge(context) === 0 ? 1 : Math.min(count, replicas)
}

/** The pods that the sets ask for together. */
export function replicasOf(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + (set.spec.replicas ?? 0), 0)
}

/** The revision that a set was last made for; 0 where there is none. */
export function revisionOf(set: ReplicaSet | undefined): number {
  return Number(set?.metadata?.annotations?.[revisionAnnotation] ?? 0)
}
