/** How a Deployment moves from its old pods to its new ones: the real controller's arithmetic. Pure. */
import type { Deployment, DeploymentStatus, ReplicaSet } from '../../api/core/apps-v1.ts'
import { Deployment as deployments } from '../../api/core/apps-v1.ts'
import { ownerReferenceTo } from '../../apimachinery/owner-references.ts'
import { fromTimestamp, toTimestamp } from '../../apimachinery/time.ts'
import { resolveCount, sameTemplate, templateHash, templateHashLabel } from './pods.ts'

/** Annotations of the real controller. */
export const revisionAnnotation = 'deployment.kubernetes.io/revision'
const desiredAnnotation = 'deployment.kubernetes.io/desired-replicas'
const maxAnnotation = 'deployment.kubernetes.io/max-replicas'

/** One thing to do. */
export type DeploymentAction =
  | { readonly kind: 'create'; readonly replicaSet: ReplicaSet }
  | {
      readonly kind: 'update'
      readonly replicaSet: ReplicaSet
      readonly replicas: number
      readonly annotations: Readonly<Record<string, string>>
    }
  | { readonly kind: 'delete'; readonly replicaSet: ReplicaSet }
  | { readonly kind: 'annotate'; readonly revision: string }

/** What to do and what to say. */
export interface DeploymentPlan {
  readonly actions: readonly DeploymentAction[]
  readonly status: DeploymentStatus
  /** When the progress deadline runs out, if nothing happens before. */
  readonly requeueAfterMs?: number
}

/** What the plan is made from. `replicaSets` are the Deployment's own. */
export interface DeploymentFacts {
  readonly deployment: Deployment
  readonly replicaSets: readonly ReplicaSet[]
  /** Whether any pod of an old ReplicaSet is still there, ending ones included. */
  readonly oldPodsRemain: boolean
  readonly now: Date
}

/** The next step of a Deployment. */
export function planDeployment(facts: DeploymentFacts): DeploymentPlan {
  const { deployment } = facts
  const sets = [...facts.replicaSets].sort(byAge)
  const current = sets.find(set => sameTemplate(set.spec.template, deployment.spec.template))
  const old = sets.filter(set => set !== current)
  const revision = Math.max(revisionOf(current), ...old.map(set => revisionOf(set) + 1), 1)
  const context: Context = { ...facts, current, old, revision: String(revision) }
  const paused = deployment.spec.paused ?? false
  const actions = deployment.metadata?.deletionTimestamp
    ? []
    : [
        ...annotate(context),
        ...(paused
          ? proportional(context)
          : deployment.spec.strategy?.type === 'Recreate'
            ? recreate(context)
            : roll(context)),
        ...(paused ? [] : cleanUp(context)),
      ]
  const created = actions.some(action => action.kind === 'create')
  return { actions, ...report(context, created) }
}

interface Context extends DeploymentFacts {
  readonly current: ReplicaSet | undefined
  readonly old: readonly ReplicaSet[]
  readonly revision: string
}

function annotate({ deployment, revision }: Context): DeploymentAction[] {
  const known = deployment.metadata?.annotations?.[revisionAnnotation]
  return deployment.spec.paused || known === revision ? [] : [{ kind: 'annotate', revision }]
}

/** All of the old away, then all of the new. */
function recreate(context: Context): DeploymentAction[] {
  const down = context.old.flatMap(set => scaleTo(context, set, 0))
  if (down.length > 0 || context.oldPodsRemain) return down
  return context.current ? scaleTo(context, context.current, desired(context)) : [createNew(context, desired(context))]
}

/** New ones up as far as maxSurge lets, then old ones down as far as maxUnavailable lets. */
function roll(context: Context): DeploymentAction[] {
  const { current, old } = context
  const wanted = desired(context)
  const total = replicasOf([...old, ...(current ? [current] : [])])
  if (!current) return [createNew(context, Math.min(wanted, Math.max(0, wanted + maxSurge(context) - total)))]
  const up = growth(context, current, total)
  if (up !== (current.spec.replicas ?? 0)) return scaleTo(context, current, up)
  return [...scaleTo(context, current, up), ...shrinkOld(context, current, total)]
}

function growth(context: Context, current: ReplicaSet, total: number): number {
  const wanted = desired(context)
  const has = current.spec.replicas ?? 0
  if (has >= wanted) return wanted
  const room = wanted + maxSurge(context) - total
  return room <= 0 ? has : has + Math.min(room, wanted - has)
}

function shrinkOld(context: Context, current: ReplicaSet, total: number): DeploymentAction[] {
  const { old } = context
  const minAvailable = desired(context) - maxUnavailable(context)
  const unavailableNew = (current.spec.replicas ?? 0) - (current.status?.availableReplicas ?? 0)
  let removable = total - minAvailable - unavailableNew
  if (removable <= 0 || replicasOf(old) === 0) return []
  const target = new Map(old.map(set => [set, set.spec.replicas ?? 0]))
  const take = (set: ReplicaSet, count: number) => {
    const taken = Math.max(0, Math.min(count, removable, target.get(set) ?? 0))
    target.set(set, (target.get(set) ?? 0) - taken)
    removable -= taken
    return taken
  }
  // Pods that never became available go first: they carry no traffic.
  for (const set of old) take(set, (set.spec.replicas ?? 0) - (set.status?.availableReplicas ?? 0))
  const available = [...old, current].reduce((sum, set) => sum + (set.status?.availableReplicas ?? 0), 0)
  let spare = available - minAvailable
  for (const set of old) spare -= take(set, spare)
  return old.flatMap(set => scaleTo(context, set, target.get(set) ?? 0))
}

/** A paused rollout still follows the number of replicas, each ReplicaSet by its share. */
function proportional(context: Context): DeploymentAction[] {
  const active = [...context.old, ...(context.current ? [context.current] : [])].filter(
    set => (set.spec.replicas ?? 0) > 0,
  )
  const [only] = active
  if (active.length === 0) return context.current ? scaleTo(context, context.current, desired(context)) : []
  if (active.length === 1 && only) return scaleTo(context, only, desired(context))
  const total = replicasOf(active)
  const known = Number(active[0]?.metadata?.annotations?.[desiredAnnotation] ?? total)
  if (known === desired(context)) return []
  let left = desired(context) + maxSurge(context) - total
  return active.flatMap((set, index) => {
    const share = index === active.length - 1 ? left : Math.round(((set.spec.replicas ?? 0) / total) * left)
    left -= share
    return scaleTo(context, set, Math.max(0, (set.spec.replicas ?? 0) + share))
  })
}

function cleanUp({ deployment, old, current }: Context): DeploymentAction[] {
  if (!current || !isComplete(deployment, current, old)) return []
  const spent = old.filter(
    set => (set.spec.replicas ?? 0) === 0 && (set.status?.replicas ?? 0) === 0 && !set.metadata?.deletionTimestamp,
  )
  const surplus = spent.length - (deployment.spec.revisionHistoryLimit ?? 10)
  return spent
    .sort((a, b) => revisionOf(a) - revisionOf(b))
    .slice(0, Math.max(0, surplus))
    .map(replicaSet => ({ kind: 'delete', replicaSet }))
}

function createNew(context: Context, replicas: number): DeploymentAction {
  const { deployment } = context
  const { namespace = '', name = '' } = deployment.metadata ?? {}
  const hash = templateHash(deployment.spec.template, deployment.status?.collisionCount ?? 0)
  const labels = { ...deployment.spec.template.metadata?.labels, [templateHashLabel]: hash }
  return {
    kind: 'create',
    replicaSet: {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${name}-${hash}`,
        namespace,
        labels,
        annotations: annotationsFor(context),
        ownerReferences: [ownerReferenceTo(deployments, deployment, { isController: true })],
      },
      spec: {
        replicas,
        ...(deployment.spec.minReadySeconds ? { minReadySeconds: deployment.spec.minReadySeconds } : {}),
        selector: {
          ...deployment.spec.selector,
          matchLabels: { ...deployment.spec.selector.matchLabels, [templateHashLabel]: hash },
        },
        template: { ...deployment.spec.template, metadata: { ...deployment.spec.template.metadata, labels } },
      },
    },
  }
}

/** An update if the ReplicaSet's replicas or annotations are not as they should be. */
function scaleTo(context: Context, replicaSet: ReplicaSet, replicas: number): DeploymentAction[] {
  const has = replicaSet.metadata?.annotations ?? {}
  const wanted =
    replicaSet === context.current
      ? annotationsFor(context)
      : { [desiredAnnotation]: String(desired(context)), [maxAnnotation]: String(desired(context) + maxSurge(context)) }
  const annotated = Object.entries(wanted).every(([name, value]) => has[name] === value)
  const scaled = (replicaSet.spec.replicas ?? 0) === replicas
  if (scaled && (annotated || (replicaSet !== context.current && replicas === 0))) return []
  return [{ kind: 'update', replicaSet, replicas, annotations: wanted }]
}

function annotationsFor(context: Context): Record<string, string> {
  const { 'kubectl.kubernetes.io/last-applied-configuration': _, ...own } =
    context.deployment.metadata?.annotations ?? {}
  return {
    ...own,
    [desiredAnnotation]: String(desired(context)),
    [maxAnnotation]: String(desired(context) + maxSurge(context)),
    [revisionAnnotation]: context.revision,
  }
}

function report(context: Context, created: boolean): Pick<DeploymentPlan, 'status' | 'requeueAfterMs'> {
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
    return before?.reason === 'DeploymentPaused'
      ? { condition: before }
      : make('Unknown', 'DeploymentPaused', 'Deployment is paused')
  }
  if (current && isComplete(deployment, current, old)) {
    return make('True', 'NewReplicaSetAvailable', `ReplicaSet "${setName}" has successfully progressed.`)
  }
  if (created) return make('True', 'NewReplicaSetCreated', `Created new replica set "${setName}"`)
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

function isComplete(deployment: Deployment, current: ReplicaSet, old: readonly ReplicaSet[]): boolean {
  const wanted = deployment.spec.replicas ?? 1
  const status = current.status
  return (
    (current.spec.replicas ?? 0) === wanted &&
    (status?.replicas ?? 0) === wanted &&
    (status?.availableReplicas ?? 0) === wanted &&
    old.every(set => (set.status?.replicas ?? 0) === 0 && (set.spec.replicas ?? 0) === 0)
  )
}

function desired({ deployment }: Pick<Context, 'deployment'>): number {
  return deployment.spec.replicas ?? 1
}

function maxSurge({ deployment }: Pick<Context, 'deployment'>): number {
  if (deployment.spec.strategy?.type === 'Recreate') return 0
  return resolveCount(deployment.spec.strategy?.rollingUpdate?.maxSurge ?? '25%', deployment.spec.replicas ?? 1, 'up')
}

/** Where both bounds round to 0, one may be unavailable: else nothing could ever move. */
function maxUnavailable(context: Pick<Context, 'deployment'>): number {
  const { strategy, replicas = 1 } = context.deployment.spec
  if (strategy?.type === 'Recreate') return 0
  const count = resolveCount(strategy?.rollingUpdate?.maxUnavailable ?? '25%', replicas, 'down')
  return count === 0 && maxSurge(context) === 0 ? 1 : Math.min(count, replicas)
}

function replicasOf(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + (set.spec.replicas ?? 0), 0)
}

function revisionOf(set: ReplicaSet | undefined): number {
  return Number(set?.metadata?.annotations?.[revisionAnnotation] ?? 0)
}

function byAge(a: ReplicaSet, b: ReplicaSet): number {
  return (a.metadata?.creationTimestamp ?? '').localeCompare(b.metadata?.creationTimestamp ?? '')
}
