/** Binds pods to the nodes of a local member; every node can take every pod, so they go round. */
import { Binding, Node, Pod } from '../../api/core/core-v1.ts'
import { type Client, isConflict, isNotFound } from '../../runtime/client.ts'
import type { EventRecorder } from '../../runtime/events.ts'
import type { InformerSet } from '../../runtime/informer-set.ts'
import type { Reconciler } from '../../runtime/reconcile.ts'

/** Reconciles pods without a node. */
export function newScheduler(deps: {
  readonly client: Client
  readonly informers: InformerSet
  readonly events: EventRecorder
}): Reconciler {
  const pods = deps.informers.informer(Pod)
  const nodes = deps.informers.informer(Node)
  let turn = 0
  return {
    name: 'scheduler',
    async reconcile({ key }, signal) {
      const pod = pods.get(key)
      if (!pod || pod.spec?.nodeName || pod.metadata?.deletionTimestamp) return {}
      if ((pod.spec?.schedulerName ?? 'default-scheduler') !== 'default-scheduler') return {}
      const fitting = nodes.list().filter(node => !node.spec?.unschedulable && selects(pod, node))
      const node = fitting[turn++ % Math.max(1, fitting.length)]?.metadata?.name
      const { namespace = '', name = '' } = pod.metadata ?? {}
      if (!node) {
        const message = `0/${nodes.size} nodes are available: ${nodes.size} node(s) didn't match Pod's node affinity/selector.`
        deps.events.record(pod, { type: 'Warning', reason: 'FailedScheduling', message })
        return { requeueAfterMs: 10_000 }
      }
      try {
        await deps.client.create(
          Pod,
          // The binding subresource takes a Binding, not a Pod.
          {
            apiVersion: 'v1',
            kind: Binding.kind,
            metadata: { namespace, name },
            target: { kind: 'Node', name: node },
          } as Pod,
          { subresource: 'binding', signal },
        )
      } catch (error) {
        // Gone, or bound by somebody else: nothing is left to do.
        if (!isNotFound(error) && !isConflict(error)) throw error
        return {}
      }
      const message = `Successfully assigned ${namespace}/${name} to ${node}`
      deps.events.record(pod, { type: 'Normal', reason: 'Scheduled', message })
      return {}
    },
  }
}

function selects(pod: Pod, node: Node): boolean {
  const labels = node.metadata?.labels ?? {}
  return Object.entries(pod.spec?.nodeSelector ?? {}).every(([label, value]) => labels[label] === value)
}
