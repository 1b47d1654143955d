/** ReplicaSets: as many pods as asked for. */
import { type ReplicaSet, ReplicaSet as replicaSets } from '../../api/core/apps-v1.ts'
import { type Pod, Pod as podType } from '../../api/core/core-v1.ts'
import { selectsLabels } from '../../apimachinery/labels.ts'
import { controllerOf, ownerReferenceTo } from '../../apimachinery/owner-references.ts'
import { patchStatus } from '../../runtime/apply.ts'
import { isNotFound } from '../../runtime/client.ts'
import { type Controller, newController, watchSource } from '../../runtime/controller.ts'
import type { Result } from '../../runtime/reconcile.ts'
import type { ControllerManagerDeps } from './deps.ts'
import { Expectations } from './expectations.ts'
import { inOrderOfDeletion, isActive, isReady, msUntilAvailable, podFromTemplate } from './pods.ts'

// The real controller's burst: no reconcile creates or deletes more at once.
const burst = 500

/** Makes the controller. */
export function newReplicaSetController(deps: ControllerManagerDeps): Controller {
  const { client, informers, clock, events } = deps
  const sets = informers.informer(replicaSets)
  const pods = informers.informer(podType)
  pods.addIndex('namespace', pod => [pod.metadata?.namespace ?? ''])
  const expectations = new Expectations<Pod>()
  const ownerKey = (pod: Pod): string | undefined => {
    const owner = controllerOf(pod)
    return owner?.kind === 'ReplicaSet' ? `${pod.metadata?.namespace}/${owner.name}` : undefined
  }

  async function reconcile({ key }: { readonly key: string }, signal: AbortSignal): Promise<Result> {
    const set = sets.get(key)
    if (!set) return {}
    const own = await adopt(set, signal)
    const active = expectations.apply(key, own).filter(isActive)
    if (!set.metadata?.deletionTimestamp) await scale(set, key, active, signal)
    return writeStatus(set, expectations.apply(key, own).filter(isActive), signal)
  }

  /** The set's pods; orphans that its selector matches become its own. */
  async function adopt(set: ReplicaSet, signal: AbortSignal): Promise<Pod[]> {
    const own: Pod[] = []
    for (const pod of pods.byIndex('namespace', set.metadata?.namespace ?? '')) {
      const owner = controllerOf(pod)
      if (owner?.uid === set.metadata?.uid) own.push(pod)
      if (owner || !isActive(pod) || set.metadata?.deletionTimestamp) continue
      if (!selectsLabels(set.spec.selector, pod.metadata?.labels)) continue
      const ownerReferences = [
        ...(pod.metadata?.ownerReferences ?? []),
        ownerReferenceTo(replicaSets, set, { isController: true }),
      ]
      const { namespace, name = '', uid = '' } = pod.metadata ?? {}
      const body = { metadata: { uid, ownerReferences: JSON.parse(JSON.stringify(ownerReferences)) } }
      own.push(await client.patch(podType, { namespace, name }, { type: 'merge', body }, { signal }))
    }
    return own
  }

  async function scale(set: ReplicaSet, key: string, active: readonly Pod[], signal: AbortSignal): Promise<void> {
    const difference = (set.spec.replicas ?? 1) - active.length
    if (difference > 0) {
      const template = set.spec.template ?? {}
      await Promise.all(
        Array.from({ length: Math.min(difference, burst) }, async () => {
          const pod = await expectations.create(key, () =>
            client.create(podType, podFromTemplate(replicaSets, set, template), { signal }),
          )
          events.record(set, {
            type: 'Normal',
            reason: 'SuccessfulCreate',
            message: `Created pod: ${pod.metadata?.name}`,
          })
        }),
      )
    }
    const surplus = inOrderOfDeletion(active).slice(0, Math.min(burst, Math.max(0, -difference)))
    await Promise.all(
      surplus.map(async pod => {
        const { namespace, name = '', uid = '' } = pod.metadata ?? {}
        expectations.deleted(key, pod)
        try {
          await client.delete(podType, { namespace, name }, { preconditions: { uid }, signal })
        } catch (error) {
          expectations.gone(key, pod)
          if (!isNotFound(error)) throw error
        }
        events.record(set, { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${name}` })
      }),
    )
  }

  async function writeStatus(set: ReplicaSet, active: readonly Pod[], signal: AbortSignal): Promise<Result> {
    const now = clock.now()
    const waits = active.map(pod => msUntilAvailable(pod, set.spec.minReadySeconds ?? 0, now))
    const labels = Object.entries(set.spec.template?.metadata?.labels ?? {})
    const count = (holds: (pod: Pod) => boolean) => active.filter(holds).length
    const status = {
      replicas: active.length,
      fullyLabeledReplicas: count(pod => labels.every(([name, value]) => pod.metadata?.labels?.[name] === value)),
      readyReplicas: count(isReady),
      availableReplicas: waits.filter(wait => wait === 0).length,
      observedGeneration: set.metadata?.generation ?? 0,
      ...(set.status?.conditions ? { conditions: set.status.conditions } : {}),
    }
    // The API leaves counts of zero out, as Go's omitempty does.
    const { replicas, ...rest } = status
    const kept = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== 0))
    await patchStatus(
      client,
      replicaSets,
      set,
      { replicas, ...kept },
      { signal, fieldManager: 'kube-controller-manager' },
    )
    const soonest = Math.min(...waits.filter((wait): wait is number => wait !== undefined && wait > 0))
    return Number.isFinite(soonest) ? { requeueAfterMs: soonest + 50 } : {}
  }

  const podSource = watchSource(pods, {
    toKeys(event) {
      const key = ownerKey(event.object)
      if (key !== undefined && event.type === 'deleted') expectations.gone(key, event.object)
      else if (key !== undefined) expectations.observed(key, event.object)
      if (key !== undefined) return [key]
      // An orphan may be anybody's in its namespace.
      return sets
        .list(event.object.metadata?.namespace)
        .flatMap(set =>
          selectsLabels(set.spec.selector, event.object.metadata?.labels)
            ? [`${set.metadata?.namespace}/${set.metadata?.name}`]
            : [],
        )
    },
  })
  return newController({
    ...deps,
    reconciler: { name: 'replicaset', reconcile },
    sources: [watchSource(sets), podSource],
    concurrency: 5,
  })
}
