import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Deployment } from '../../../src/api/core/apps-v1.ts'
import { VirtualService } from '../../../src/api/istio/networking.ts'
import { startAgent } from '../../../src/manager/agent.ts'
import { ApiError, type Client, ConnectionError } from '../../../src/runtime/client.ts'
import { systemClock } from '../../../src/runtime/clock.ts'
import { newClient } from '../../../src/runtime/http-client.ts'
import { eventually } from '../../support/eventually.ts'
import { quickAgent } from '../../support/quick-agent.ts'
import { canary, deployment, namespaceOf, startRolloutCluster } from '../../support/rollout.ts'
import { statusBody } from '../../support/scripted-server.ts'
import { seededRandom } from '../../support/seeded-random.ts'

const failures = [
  () => new ApiError(statusBody(409, 'Conflict', 'somebody else was faster')),
  () => new ApiError(statusBody(429, 'TooManyRequests', 'not now')),
  () => new ApiError(statusBody(500, 'InternalError', 'something broke')),
  () => new ConnectionError('the connection broke'),
]

/** A client of which one write in five fails: half of them before, half of them after the API has carried it out. */
function failing(client: Client, random: () => number): Client {
  const writes = new Set(['create', 'update', 'patch'])
  return new Proxy(client, {
    get(target, property: keyof Client) {
      const member = target[property]
      if (typeof member !== 'function' || !writes.has(property)) return member
      return async (...args: unknown[]) => {
        const fails = random() < 0.2
        const failure = failures[Math.floor(random() * failures.length)]
        if (fails && failure && random() < 0.5) throw failure()
        // The arguments are the member's own.
        const result = await (member as (...all: unknown[]) => unknown).apply(target, args)
        if (fails && failure) throw failure()
        return result
      }
    },
  })
}

describe('a rollout in a bad world', { timeout: 120_000 }, () => {
  it('ends well although one write in five fails', async () => {
    const ns = 'chaos'
    const cluster = await startRolloutCluster({ wrap: client => failing(client, seededRandom(7)) })
    try {
      await cluster.apply(namespaceOf(ns), deployment(ns), canary(ns, { interval: '1s', stepWeight: 10, metrics: [] }))
      await cluster.phase(ns, 'Initialized', 60_000)
      await cluster.apply(deployment(ns, ['--ui-message=new'], 0))
      await cluster.phase(ns, 'Succeeded', 60_000)
      const primary = await cluster.client.fetch(Deployment, { namespace: ns, name: 'podinfo-primary' })
      assert.equal(primary.spec.template.spec?.containers[0]?.command?.at(-1), '--ui-message=new')
      const { spec } = await cluster.client.fetch(VirtualService, { namespace: ns, name: 'podinfo' })
      assert.deepEqual(
        spec.http?.[0]?.route?.map(({ weight }) => weight),
        [100, 0],
      )
    } finally {
      await cluster.close()
    }
  })

  it('goes on where it stood when another agent takes over', async () => {
    const ns = 'handover'
    const cluster = await startRolloutCluster()
    const own = newClient({ kubeconfig: cluster.member.api.kubeconfig, clock: systemClock })
    try {
      await cluster.apply(namespaceOf(ns), deployment(ns), canary(ns, { interval: '1s', stepWeight: 10, metrics: [] }))
      await cluster.phase(ns, 'Initialized')
      await cluster.apply(deployment(ns, ['--ui-message=new'], 0))
      await eventually('it is under way', async () => ((await cluster.getCanary(ns)).status?.canaryWeight ?? 0) >= 20)
      await cluster.agent.close()
      const before = (await cluster.getCanary(ns)).status?.canaryWeight ?? 0
      const second = await startAgent({
        ...quickAgent,
        client: own,
        metricsServer: cluster.member.prometheusUrl,
        drainMs: 200,
      })
      try {
        await eventually('it goes on', async () => ((await cluster.getCanary(ns)).status?.canaryWeight ?? 0) > before)
        await cluster.phase(ns, 'Succeeded')
        assert.ok(!(await cluster.events(ns)).some(message => message.includes('Restarting analysis')))
      } finally {
        await second.close()
      }
    } finally {
      await own.close()
      await cluster.close()
    }
  })
})
