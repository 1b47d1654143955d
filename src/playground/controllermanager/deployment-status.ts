/** What a Deployment says of itself: counts and conditions as the real controller writes them. Pure. */
import type { Deployment, DeploymentStatus, ReplicaSet } from '../../api/core/apps-v1.ts'
import { fromTimestamp, toTimestamp } from '../../apimachinery/time.ts'
import { type Context, desired, isComplete, maxUnavailable, replicasOf } from './deployment-context.ts'
import { templateHash } from './pods.ts'

/** The status, and when it changes by itself; `created`: this plan makes the ReplicaSet of the newest template. */
export function reportDeployment(
  context: Context,
  created: boolean,
): { readonly status: DeploymentStatus; readonly requeueAfterMs?: number } {
  const { deployment, current, old } = context
  const all = current ? [...old, current] : old
  const sum = (read: (status: NonNullable<ReplicaSet['status']>) => number | undefined) =>
    all.reduce((total, set) => total + ((set.status && read(set.status)) ?? 0), 0)
  const available = sum(status => status.availableReplicas)
  const counts = {
    replicas: sum(status => status.replicas),
    updatedReplicas: current?.status?.replicas ?? 0,
    readyReplicas: sum(status => status.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, replicasOf(all) - available),
  }
  const progress = progressOf(context, created, counts)
  return {
    status: {
      observedGeneration: deployment.metadata?.generation ?? 0,
      // The API leaves counts of zero out, as Go's omitempty does.
      ...Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== 0)),
      ...(deployment.status?.collisionCount ? { collisionCount: deployment.status.collisionCount } : {}),
      conditions: [availability(context, available), ...(progress.condition ? [progress.condition] : [])],
    },
    ...(progress.requeueAfterMs === undefined ? {} : { requeueAfterMs: progress.requeueAfterMs }),
  }
}

type Condition = NonNullable<DeploymentStatus['conditions']>[number]

function availability(context: Context, available: number): Condition {
  const enough = available >= desired(context) - maxUnavailable(context)
  return stamped(context, {
    type: 'Available',
    status: enough ? 'True' : 'False',
    reason: enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: enough ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
  })
}

function progressOf(
  context: Context,
  created: boolean,
  counts: {
    readonly replicas: number
    readonly updatedReplicas: number
    readonly readyReplicas: number
    readonly availableReplicas: number
  },
): { condition?: Condition; requeueAfterMs?: number } {
  const { deployment, current, old, now } = context
  const before = deployment.status?.conditions?.find(condition => condition.type === 'Progressing')
  const make = (status: 'True' | 'False' | 'Unknown', reason: string, message: string) => ({
    condition: stamped(context, { type: 'Progressing', status, reason, message }),
  })
  const { name = '' } = deployment.metadata ?? {}
  const setName =
    current?.metadata?.name ??
    `${name}-${templateHash(deployment.spec.template, deployment.status?.collisionCount ?? 0)}`
  if (deployment.spec.paused) {
    return before?.reason === 'DeploymentPaused' || before?.reason === 'ProgressDeadlineExceeded'
      ? { condition: before }
      : make('Unknown', 'DeploymentPaused', 'Deployment is paused')
  }
  if (current && isComplete(deployment, current, old)) {
    return make('True', 'NewReplicaSetAvailable', `ReplicaSet "${setName}" has successfully progressed.`)
  }
  if (created) return make('True', 'NewReplicaSetCreated', `Created new replica set "${setName}"`)
  // Pods that restart or are added to a finished rollout do not start it again.
  const isRolledOut = before?.reason === 'NewReplicaSetAvailable' && counts.replicas === counts.updatedReplicas
  if (isRolledOut) return { condition: before }
  if (before?.reason === 'DeploymentPaused') return make('Unknown', 'DeploymentResumed', 'Deployment is resumed')
  const previous = deployment.status ?? {}
  const progressed =
    counts.updatedReplicas > (previous.updatedReplicas ?? 0) ||
    counts.readyReplicas > (previous.readyReplicas ?? 0) ||
    counts.availableReplicas > (previous.availableReplicas ?? 0) ||
    counts.replicas - counts.updatedReplicas < (previous.replicas ?? 0) - (previous.updatedReplicas ?? 0)
  if (progressed || !before || before.reason === 'NewReplicaSetAvailable') {
    const { condition } = make('True', 'ReplicaSetUpdated', `ReplicaSet "${setName}" is progressing.`)
    return { condition: { ...condition, lastUpdateTime: toTimestamp(now) }, ...deadlineIn(deployment, now, now) }
  }
  const since = fromTimestamp(before.lastUpdateTime) ?? now
  const left = deadlineIn(deployment, since, now)
  if (left.requeueAfterMs === 0 && before.reason !== 'ProgressDeadlineExceeded') {
    return make('False', 'ProgressDeadlineExceeded', `ReplicaSet "${setName}" has timed out progressing.`)
  }
  return before.reason === 'ProgressDeadlineExceeded' ? { condition: before } : { condition: before, ...left }
}

function deadlineIn(deployment: Deployment, since: Date, now: Date): { requeueAfterMs?: number } {
  const deadlineS = deployment.spec.progressDeadlineSeconds ?? 600
  return deadlineS >= 2 ** 31 - 1
    ? {}
    : { requeueAfterMs: Math.max(0, since.getTime() + deadlineS * 1000 - now.getTime()) }
}

/** `condition` with the times that it keeps from before, or now. */
function stamped({ deployment, now }: Context, condition: Condition): Condition {
  const before = deployment.status?.conditions?.find(candidate => candidate.type === condition.type)
  const time = toTimestamp(now)
  const same =
    before?.status === condition.status && before?.reason === condition.reason && before?.message === condition.message
  return {
    ...condition,
    lastTransitionTime: before?.status === condition.status ? (before?.lastTransitionTime ?? time) : time,
    lastUpdateTime: same ? (before?.lastUpdateTime ?? time) : time,
  }
}
