// An agent in a process of its own, for soak.ts: so that its memory can be told from the API's.
import { startAgent } from '../src/manager/agent.ts'
import { systemClock } from '../src/runtime/clock.ts'
import { newClient } from '../src/runtime/http-client.ts'
import { silentLogger } from '../src/runtime/log.ts'

/** What the parent sends first. */
interface Start {
  readonly kubeconfig: string
  readonly metricsServer: string
  /** Default: the engine's own. */
  readonly minIntervalMs?: number
}

process.once('message', async (start: Start) => {
  const client = newClient({ kubeconfig: start.kubeconfig, clock: systemClock })
  await startAgent({
    client,
    clock: systemClock,
    random: Math.random,
    log: silentLogger,
    metricsServer: start.metricsServer,
    meshProvider: 'istio',
    ...(start.minIntervalMs ? { minIntervalMs: start.minIntervalMs } : {}),
  })
  process.on('message', () => {
    // There with --expose-gc: what is garbage is not counted then.
    globalThis.gc?.()
    const { rss: rssBytes, heapUsed: heapBytes } = process.memoryUsage()
    process.send?.({ rssBytes, heapBytes })
  })
  process.send?.('started')
})
process.on('disconnect', () => process.exit(0))
