/** Pods that cost nothing: they are ready a while after they were wanted. */
import { Pod } from '../../src/api/core/core-v1.ts'
import { type Client, isNotFound } from '../../src/runtime/client.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import type { InformerSet } from '../../src/runtime/informer-set.ts'

/** How long a pod takes to be ready. */
export const podStartMs = 300

/** Marks pods ready as a node would, and lets those go that are to go: for an API with its controllers. */
export function simulateNode(client: Client, informers: InformerSet): void {
  const follow = ({ metadata, status }: Pod) => {
    const ref = { name: metadata?.name ?? '', namespace: metadata?.namespace }
    if (status?.phase === 'Running' || metadata?.deletionTimestamp) return
    const at = systemClock.now().toISOString()
    const conditions = ['Ready', 'ContainersReady', 'Initialized', 'PodScheduled'].map(type => ({
      type,
      status: 'True',
      lastTransitionTime: at,
    }))
    systemClock.setTimer(() => {
      void client
        .patch(
          Pod,
          ref,
          { type: 'merge', body: { status: { phase: 'Running', conditions } } },
          { subresource: 'status' },
        )
        .catch(error => {
          if (!isNotFound(error)) process.stderr.write(`cannot report a pod: ${error}\n`)
        })
    }, podStartMs)
  }
  informers.informer(Pod).addHandler({ added: follow, updated: (_, object) => follow(object) })
}
