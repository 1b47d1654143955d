/** How a Deployment moves from its old pods to its new ones: the real controller's arithmetic. Pure. */
import type { DeploymentStatus, ReplicaSet } from '../../api/core/apps-v1.ts'
import { Deployment as deployments } from '../../api/core/apps-v1.ts'
import { ownerReferenceTo } from '../../apimachinery/owner-references.ts'
import {
  type Context,
  type DeploymentFacts,
  desired,
  desiredAnnotation,
  isComplete,
  maxAnnotation,
  maxSurge,
  maxUnavailable,
  replicasOf,
  revisionAnnotation,
  revisionOf,
} from './deployment-context.ts'
import { reportDeployment } from './deployment-status.ts'
import { sameTemplate, templateHash, templateHashLabel } from './pods.ts'

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
        ...(paused || isScaled(context)
          ? scale(context)
          : deployment.spec.strategy?.type === 'Recreate'
            ? recreate(context)
            : roll(context)),
        ...(paused ? [] : cleanUp(context)),
      ]
  const created = actions.some(action => action.kind === 'create')
  return { actions, ...reportDeployment(context, created) }
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

/** Whether the number of replicas changed since the ReplicaSets were last scaled. */
function isScaled(context: Context): boolean {
  // Recreate has one ReplicaSet at a time: nothing is to be shared.
  if (context.deployment.spec.strategy?.type === 'Recreate') return false
  return active(context).some(set => {
    const known = set.metadata?.annotations?.[desiredAnnotation]
    return known !== undefined && Number(known) !== desired(context)
  })
}

/** Follows a change of replicas, also in the middle of a rollout and where that is paused: each ReplicaSet by its share. */
function scale(context: Context): DeploymentAction[] {
  const { current, old, deployment } = context
  const running = active(context)
  const [only] = running.length > 0 ? running : [current ?? old.at(-1)]
  if (running.length <= 1) return only ? scaleTo(context, only, desired(context)) : []
  if (current && isSaturated(context, current)) {
    return running.flatMap(set => scaleTo(context, set, set === current ? desired(context) : 0))
  }
  return deployment.spec.strategy?.type === 'Recreate' ? [] : scaleByShare(context, running)
}

function isSaturated(context: Context, current: ReplicaSet): boolean {
  const wanted = desired(context)
  return (
    (current.spec.replicas ?? 0) === wanted &&
    (current.status?.availableReplicas ?? 0) === wanted &&
    Number(current.metadata?.annotations?.[desiredAnnotation]) === wanted
  )
}

/** What is added or taken is shared by size; what rounding leaves goes to the largest. */
function scaleByShare(context: Context, running: readonly ReplicaSet[]): DeploymentAction[] {
  const wanted = desired(context)
  const size = (set: ReplicaSet) => set.spec.replicas ?? 0
  const change = (wanted > 0 ? wanted + maxSurge(context) : 0) - replicasOf(running)
  // Of equal size the newer one grows first and the older one shrinks first.
  const ordered = [...running].sort((a, b) => size(b) - size(a) || (change > 0 ? byAge(b, a) : byAge(a, b)))
  let left = change
  const sizes = ordered.map(set => {
    const share = shareOf(context, set)
    const taken = change > 0 ? Math.max(0, Math.min(share, left)) : Math.min(0, Math.max(share, left))
    left -= taken
    return size(set) + taken
  })
  sizes[0] = (sizes[0] ?? 0) + left
  return ordered.flatMap((set, at) => scaleTo(context, set, Math.max(0, sizes[at] ?? 0)))
}

/** By how much a set would change if it kept its part of the whole. */
function shareOf(context: Context, set: ReplicaSet): number {
  const has = set.spec.replicas ?? 0
  if (desired(context) === 0) return -has
  const before = Number(set.metadata?.annotations?.[maxAnnotation] ?? 0) || (context.deployment.status?.replicas ?? 0)
  if (before === 0) return 0
  return Math.round((has * (desired(context) + maxSurge(context))) / before) - has
}

function active({ current, old }: Context): ReplicaSet[] {
  return [...old, ...(current ? [current] : [])].filter(set => (set.spec.replicas ?? 0) > 0)
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

function byAge(a: ReplicaSet, b: ReplicaSet): number {
  return (a.metadata?.creationTimestamp ?? '').localeCompare(b.metadata?.creationTimestamp ?? '')
}
