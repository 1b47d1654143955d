/** Deployments that always get their pods: what a cluster without nodes needs for rollouts to move. */
import { Deployment } from '../../src/api/core/apps-v1.ts'
import { type Client, isNotFound } from '../../src/runtime/client.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import type { Informer } from '../../src/runtime/informer.ts'
import { newInformerSet } from '../../src/runtime/informer-set.ts'
import { silentLogger } from '../../src/runtime/log.ts'

/**
 * Reports what each Deployment wants as running `startMs` after it was wanted, until the result is called. Without a
 * namespace in all of them.
 */
export async function simulatePods(client: Client, startMs = 300, namespace?: string): Promise<() => Promise<void>> {
  const stop = new AbortController()
  const informers = newInformerSet({ client, clock: systemClock, log: silentLogger, random: Math.random })
  simulatePodsOf(informers.informer(Deployment, namespace ? { namespace } : {}), client, startMs, stop.signal)
  const running = informers.run(stop.signal)
  await informers.synced()
  return async () => {
    stop.abort()
    await running.catch(() => {})
  }
}

/** The same for the Deployments of an informer that runs already, until `signal` aborts. */
export function simulatePodsOf(
  deployments: Informer<Deployment>,
  client: Client,
  startMs: number,
  signal: AbortSignal,
): void {
  const report = ({ metadata, spec, status }: Deployment) => {
    const { name = '', namespace, generation = 0 } = metadata ?? {}
    if (status?.observedGeneration === generation) return
    const replicas = spec.replicas ?? 1
    const counts = { replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas }
    const body = { status: { observedGeneration: generation, ...counts } }
    systemClock.setTimer(() => {
      void client
        .patch(Deployment, { name, namespace }, { type: 'merge', body }, { subresource: 'status' })
        .catch(error => {
          if (!signal.aborted && !isNotFound(error)) process.stderr.write(`cannot report pods: ${error}\n`)
        })
    }, startMs)
  }
  const stop = deployments.addHandler({ added: report, updated: (_, object) => report(object) })
  signal.addEventListener('abort', stop, { once: true })
}
