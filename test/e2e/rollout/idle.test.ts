import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startAgent } from '../../../src/manager/agent.ts'
import type { Agent } from '../../../src/manager/agent-options.ts'
import { systemClock } from '../../../src/runtime/clock.ts'
import { newClient } from '../../../src/runtime/http-client.ts'
import { newRolloutContext } from '../../conformance/rollout/case.ts'
import { newNamespace, type RolloutHost, type ServeAt, startRolloutHost } from '../../conformance/rollout/host.ts'
import type { ProxiedRequest } from '../../support/api-proxy.ts'
import { eventually } from '../../support/eventually.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { quickAgent } from '../../support/quick-agent.ts'
import { canary, deployment } from '../../support/rollout.ts'

const withinMs = 60_000
const hourMs = 3_600_000

describe('Canaries between rollouts', { timeout: 170_000 }, () => {
  let host: RolloutHost
  let at: ServeAt
  let agent: Agent
  let close: () => Promise<void>
  const requests: ProxiedRequest[] = []
  const start = async (clock: typeof systemClock) => {
    const client = newClient({ kubeconfig: at.kubeconfig, clock: systemClock })
    agent = await startAgent({ ...quickAgent, client, clock, metricsServer: at.metricsServer })
    close = () => agent.close().then(() => client.close())
  }
  before(async () => {
    host = await startRolloutHost({
      env: {},
      fault(request) {
        if (!request.isWatch) requests.push(request)
        return undefined
      },
      async serve(given) {
        at = given
        await start(systemClock)
        return { close: () => close() }
      },
    })
  })
  after(() => host.close())

  it('cost no request and no query in an hour, and the next revision is seen', async () => {
    const ns = 'idle'
    await newNamespace(host, ns)
    const context = newRolloutContext(host, ns, withinMs)
    const analysis = { interval: '500ms', threshold: 1 }
    await context.apply(deployment(ns), canary(ns, analysis))
    await context.phase('Initialized')
    host.prometheus.script(ns, { successRate: 10 })
    await context.apply(deployment(ns, ['--ui-message=bad'], 0))
    await context.phase('Failed')
    await close()
    const clock = new FakeClock()
    await start(clock)
    const decisions = async () => {
      const answer = await fetch(`${agent.url}/api/v1/canaries/${ns}/podinfo/decisions`)
      return answer.ok ? ((await answer.json()) as { decisions: { rule: string }[] }).decisions : []
    }
    await eventually(
      'it is idle',
      async () => {
        await clock.advance(100)
        return (await decisions()).at(-1)?.rule === 'idle'
      },
      withinMs,
    )
    const queries = host.prometheus.queries(ns).length
    requests.length = 0
    for (let minutes = 0; minutes < 60; minutes++) await clock.advance(hourMs / 60)
    await context.apply(deployment(ns, ['--ui-message=new'], 0))
    await eventually(
      'the next revision is seen',
      async () => {
        await clock.advance(100)
        return requests.length > 0
      },
      withinMs,
    )
    const [first] = requests
    assert.deepEqual([first?.method, first?.path], ['PATCH', `/apis/apps/v1/namespaces/${ns}/deployments/podinfo`])
    assert.equal(host.prometheus.queries(ns).length, queries)
  })
})
