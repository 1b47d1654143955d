import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { rolloutKinds, trafficKinds } from '../../../src/api/all-kinds.ts'
import { Deployment } from '../../../src/api/core/apps-v1.ts'
import { Lease } from '../../../src/api/core/coordination-v1.ts'
import { Namespace } from '../../../src/api/core/core-v1.ts'
import { Canary } from '../../../src/api/flagger/v1beta1.ts'
import { VirtualService } from '../../../src/api/istio/networking.ts'
import { startAgent } from '../../../src/manager/agent.ts'
import type { Agent } from '../../../src/manager/agent-options.ts'
import type { Client } from '../../../src/runtime/client.ts'
import { systemClock } from '../../../src/runtime/clock.ts'
import { newClient } from '../../../src/runtime/http-client.ts'
import { startWorkloadHost, type WorkloadHost } from '../../conformance/workloads/host.ts'
import { type ApiProxy, startApiProxy } from '../../support/api-proxy.ts'
import { eventually } from '../../support/eventually.ts'
import { definitionsOf, installDefinitions } from '../../support/kinds.ts'
import { quickAgent } from '../../support/quick-agent.ts'
import { applyObject, canary, deployment } from '../../support/rollout.ts'
import { newRolloutJudge, type RolloutJudge } from '../../support/rollout-judge.ts'
import { type ScriptedPrometheus, startScriptedPrometheus } from '../../support/scripted-prometheus.ts'

const count = 50
const names = Array.from({ length: count }, (_, i) => `app-${i}`)
/** Every other one is in the middle of an analysis when the agent is replaced. */
const rolling = names.filter((_, i) => i % 2 === 0)
const still = names.filter((_, i) => i % 2 === 1)
/** Canary's shares: once up in steps of ten, and once back. */
const wholeTrail = [0, 10, 20, 30, 40, 50, 0]
const withinMs = 120_000

describe('an agent that is upgraded in place', { timeout: 400_000 }, () => {
  let host: WorkloadHost
  let client: Client
  let judge: RolloutJudge
  let proxy: ApiProxy
  let prometheus: ScriptedPrometheus
  const clients: Client[] = []

  before(async () => {
    host = await startWorkloadHost({})
    client = host.client
    await installDefinitions(client, definitionsOf([...rolloutKinds, ...trafficKinds]))
    await client.create(Namespace, { metadata: { name: 'serin-system' } })
    judge = newRolloutJudge(client)
    proxy = await startApiProxy({ api: host.api, written: (request, object) => judge.written(request, object) })
    prometheus = await startScriptedPrometheus()
  })
  after(async () => {
    await Promise.all(clients.map(each => each.close()))
    await proxy.close()
    await prometheus.close()
    await host.close()
  })

  /** One replica, as a rolling update of its Deployment starts it. */
  function start(identity: string): Promise<Agent> {
    const own = newClient({ kubeconfig: proxy.kubeconfig, clock: systemClock })
    clients.push(own)
    return startAgent({
      ...quickAgent,
      client: own,
      metricsServer: prometheus.url,
      leaderElection: { namespace: 'serin-system', identity },
    })
  }

  const allIn = (which: readonly string[], phase: string) =>
    eventually(
      `${which.length} canaries are ${phase}`,
      async () => {
        const { items } = await client.list(Canary)
        return items
          .filter(item => which.includes(item.metadata.namespace ?? ''))
          .every(item => item.status?.phase === phase)
      },
      withinMs,
    )
  const snapshot = async () => {
    const primaries = (await client.list(Deployment)).items.filter(
      ({ metadata }) => metadata?.name === 'podinfo-primary',
    )
    const routes = (await client.list(VirtualService)).items
    const of = (items: readonly { metadata?: { namespace?: string; generation?: number; uid?: string } }[]) =>
      Object.fromEntries(
        items
          .filter(({ metadata }) => still.includes(metadata?.namespace ?? ''))
          .map(({ metadata }) => [metadata?.namespace, `${metadata?.uid} ${metadata?.generation}`]),
      )
    return { primaries: of(primaries), routes: of(routes) }
  }

  it('starts no rollout, moves no traffic, and goes on with those under way', async () => {
    const first = await start('agent-n')
    for (const ns of names) {
      await client.create(Namespace, { metadata: { name: ns } })
      const manifest = canary(ns, { interval: '2s', stepWeight: 10, maxWeight: 50, threshold: 3 })
      for (const object of [deployment(ns), manifest]) await applyObject(client, object)
    }
    await allIn(names, 'Initialized')
    const before = await snapshot()
    for (const ns of rolling) await applyObject(client, deployment(ns, ['--ui-message=two'], 0))
    await eventually(
      'each is in the middle of its analysis',
      async () => rolling.every(ns => (judge.weights(ns).at(-1) ?? 0) >= 10),
      withinMs,
    )
    const second = await start('agent-n+1')
    try {
      await first.close()
      const underWay = rolling.filter(ns => judge.weights(ns).length < wholeTrail.length)
      assert.notDeepEqual(underWay, [], 'some are still in the middle')
      await eventually('the next one leads', async () => {
        const lease = await client.fetch(Lease, { namespace: 'serin-system', name: 'flagger-leader-election' })
        return lease.spec?.holderIdentity === 'agent-n+1'
      })
      await allIn(rolling, 'Succeeded')
      // Nobody began again, and no step was left out or taken twice.
      for (const ns of rolling) assert.deepEqual([ns, judge.weights(ns)], [ns, wholeTrail])
      for (const ns of still) assert.deepEqual([ns, judge.weights(ns)], [ns, [0]])
      assert.deepEqual(await snapshot(), before)
      await allIn(still, 'Initialized')
      assert.deepEqual(judge.faults, [])
    } finally {
      await second.close()
    }
  })
})
