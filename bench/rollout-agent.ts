// An agent in a process of its own, for rollout.ts: so that its CPU, memory and requests can be told from the API's.
import { startAgent } from '../src/manager/agent.ts'
import { systemClock } from '../src/runtime/clock.ts'
import { newClient } from '../src/runtime/http-client.ts'
import { silentLogger } from '../src/runtime/log.ts'
import { counted } from '../test/support/counted-client.ts'

/** What the parent sends first. */
interface Start {
  readonly kubeconfig: string
  readonly metricsServer: string
}

process.once('message', async (start: Start) => {
  const client = newClient({ kubeconfig: start.kubeconfig, clock: systemClock })
  const requests = counted(client)
  await startAgent({
    client: requests.client,
    clock: systemClock,
    random: Math.random,
    log: silentLogger,
    metricsServer: start.metricsServer,
    meshProvider: 'istio',
  })
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send?.({
      requests: requests.total(),
      byKind: Object.fromEntries(requests.counts),
      cpuSeconds: (user + system) / 1e6,
      rssBytes: process.memoryUsage.rss(),
    })
  })
  process.send?.('started')
})
process.on('disconnect', () => process.exit(0))
