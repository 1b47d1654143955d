/** DaemonSets: one pod on every node that fits. */
import { type DaemonSet, DaemonSet as daemonSets } from '../../api/core/apps-v1.ts'
import { type Node, Node as nodeType, type Pod, Pod as podType } from '../../api/core/core-v1.ts'
import { controllerOf } from '../../apimachinery/owner-references.ts'
import { patchStatus } from '../../runtime/apply.ts'
import { isNotFound } from '../../runtime/client.ts'
import { type Controller, newController, watchSource } from '../../runtime/controller.ts'
import type { Result } from '../../runtime/reconcile.ts'
import type { ControllerManagerDeps } from './deps.ts'
import { Expectations } from './expectations.ts'
import { isActive, isReady, msUntilAvailable, podFromTemplate, resolveCount, templateHash } from './pods.ts'

const hashLabel = 'controller-revision-hash'
const generationLabel = 'pod-template-generation'

/** Makes the controller. */
export function newDaemonSetController(deps: ControllerManagerDeps): Controller {
  const { client, informers, clock, events } = deps
  const sets = informers.informer(daemonSets)
  const nodes = informers.informer(nodeType)
  const pods = informers.informer(podType)
  const expectations = new Expectations<Pod>()

  async function reconcile({ key }: { readonly key: string }, signal: AbortSignal): Promise<Result> {
    const set = sets.get(key)
    if (!set) return {}
    const own = pods.list(set.metadata?.namespace).filter(pod => controllerOf(pod)?.uid === set.metadata?.uid)
    const live = expectations.apply(key, own)
    const fitting = nodes.list().filter(node => fits(set, node))
    const hash = templateHash(set.spec.template)
    if (!set.metadata?.deletionTimestamp) await converge(set, key, live, fitting, hash, signal)
    return writeStatus(set, live.filter(isActive), fitting, hash, signal)
  }

  async function converge(
    set: DaemonSet,
    key: string,
    live: readonly Pod[],
    fitting: readonly Node[],
    hash: string,
    signal: AbortSignal,
  ): Promise<void> {
    const nodeNames = new Set(fitting.map(node => node.metadata?.name ?? ''))
    const active = live.filter(isActive)
    // A node whose old pod is still ending waits: two of one daemon never run on one node.
    const taken = new Set(live.filter(pod => !isOverAndGone(pod)).map(nodeOf))
    for (const node of nodeNames) if (!taken.has(node)) await create(set, key, node, hash, signal)
    const misplaced = active.filter(pod => !nodeNames.has(nodeOf(pod)))
    for (const pod of misplaced) await remove(set, key, pod, signal)
    for (const pod of outdatedToReplace(set, active, hash, nodeNames.size)) await remove(set, key, pod, signal)
  }

  /** Outdated pods that may go now: those that are not ready, and of the others as many as maxUnavailable lets. */
  function outdatedToReplace(set: DaemonSet, active: readonly Pod[], hash: string, total: number): Pod[] {
    if (set.spec.updateStrategy?.type === 'OnDelete') return []
    const outdated = active.filter(pod => pod.metadata?.labels?.[hashLabel] !== hash)
    const allowed = Math.max(1, resolveCount(set.spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, total, 'up'))
    const unavailable = total - active.filter(isReady).length
    const unready = outdated.filter(pod => !isReady(pod))
    return [...unready, ...outdated.filter(isReady).slice(0, Math.max(0, allowed - unavailable))]
  }

  async function create(set: DaemonSet, key: string, node: string, hash: string, signal: AbortSignal): Promise<void> {
    const { template } = set.spec
    const labels = {
      ...template.metadata?.labels,
      [hashLabel]: hash,
      [generationLabel]: String(set.metadata?.generation ?? 1),
    }
    const wanted = podFromTemplate(
      daemonSets,
      set,
      { ...template, metadata: { ...template.metadata, labels } },
      { nodeName: node },
    )
    const pod = await expectations.create(key, () => client.create(podType, wanted, { signal }))
    events.record(set, { type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${pod.metadata?.name}` })
  }

  async function remove(set: DaemonSet, key: string, pod: Pod, signal: AbortSignal): Promise<void> {
    const { namespace, name = '', uid = '' } = pod.metadata ?? {}
    try {
      await client.delete(podType, { namespace, name }, { preconditions: { uid }, signal })
      events.record(set, { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${name}` })
    } catch (error) {
      if (!isNotFound(error)) throw error
      expectations.gone(key, pod)
    }
  }

  async function writeStatus(
    set: DaemonSet,
    active: readonly Pod[],
    fitting: readonly Node[],
    hash: string,
    signal: AbortSignal,
  ): Promise<Result> {
    const nodeNames = new Set(fitting.map(node => node.metadata?.name ?? ''))
    const placed = active.filter(pod => nodeNames.has(nodeOf(pod)))
    const waits = placed.map(pod => msUntilAvailable(pod, set.spec.minReadySeconds ?? 0, clock.now()))
    const available = waits.filter(wait => wait === 0).length
    const unavailable = fitting.length - available
    const updated = placed.filter(pod => pod.metadata?.labels?.[hashLabel] === hash).length
    const status = {
      currentNumberScheduled: placed.length,
      numberMisscheduled: active.length - placed.length,
      desiredNumberScheduled: fitting.length,
      numberReady: placed.filter(isReady).length,
      observedGeneration: set.metadata?.generation ?? 0,
      ...(updated > 0 ? { updatedNumberScheduled: updated } : {}),
      ...(available > 0 ? { numberAvailable: available } : {}),
      ...(unavailable > 0 ? { numberUnavailable: unavailable } : {}),
    }
    await patchStatus(client, daemonSets, set, status, { signal, fieldManager: 'kube-controller-manager' })
    const soonest = Math.min(...waits.filter((wait): wait is number => wait !== undefined && wait > 0))
    return Number.isFinite(soonest) ? { requeueAfterMs: soonest + 50 } : {}
  }

  const allKeys = () => sets.list().map(set => `${set.metadata?.namespace}/${set.metadata?.name}`)
  return newController({
    ...deps,
    reconciler: { name: 'daemonset', reconcile },
    sources: [
      watchSource(sets),
      watchSource(nodes, { toKeys: allKeys }),
      watchSource(pods, {
        toKeys(event) {
          const owner = controllerOf(event.object)
          if (owner?.kind !== 'DaemonSet') return []
          const key = `${event.object.metadata?.namespace}/${owner.name}`
          if (event.type === 'deleted') expectations.gone(key, event.object)
          else expectations.observed(key, event.object)
          return [key]
        },
      }),
    ],
    concurrency: 2,
  })
}

function isOverAndGone(pod: Pod): boolean {
  return !isActive(pod) && !pod.metadata?.deletionTimestamp
}

function nodeOf(pod: Pod): string {
  return pod.spec?.nodeName ?? ''
}

function fits(set: DaemonSet, node: Node): boolean {
  const labels = node.metadata?.labels ?? {}
  return Object.entries(set.spec.template.spec?.nodeSelector ?? {}).every(([name, value]) => labels[name] === value)
}
