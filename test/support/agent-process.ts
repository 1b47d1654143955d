/** An agent in a process of its own, for tests that kill it: `agent-process.ts METRICS_SERVER`; the parent sends a kubeconfig. */
import { flushCompileCache } from 'node:module'
import { startAgent } from '../../src/manager/agent.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { newClient } from '../../src/runtime/http-client.ts'
import { quickAgent } from './quick-agent.ts'

const [metricsServer = ''] = process.argv.slice(2)
// Who is killed writes no cache at the end.
flushCompileCache()
process.on('disconnect', () => process.exit(0))
process.once('message', async (kubeconfig: string) => {
  await startAgent({
    ...quickAgent,
    client: newClient({ kubeconfig, clock: systemClock }),
    metricsServer,
  })
})
