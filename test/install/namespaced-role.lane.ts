import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { rolloutKinds, trafficKinds } from '../../src/api/all-kinds.ts'
import { Namespace } from '../../src/api/core/core-v1.ts'
import { startAgent } from '../../src/manager/agent.ts'
import { permissions } from '../../src/manager/permissions.ts'
import { scaledObjects } from '../conformance/rollout/host.ts'
import { definitionsOf, installDefinitions } from '../support/kinds.ts'
import { quickAgent } from '../support/quick-agent.ts'
import { startScriptedPrometheus } from '../support/scripted-prometheus.ts'
import { accessNamespace, newAccess } from './access.ts'
import { agentCases } from './agent-cases.ts'
import { type RealCluster, startRealCluster } from './real-cluster.ts'

// Kuma's routes are of the whole cluster, so that no role of one namespace can give them.
const providers = ['istio', 'gatewayapi', 'nginx']
const rows = permissions.agent.filter(({ provider }) => provider === undefined || providers.includes(provider))
const cases = agentCases.filter(({ name }) => !name.includes('Kuma'))

describe('an agent that serves one namespace, on a real API server', { timeout: 600_000 }, () => {
  let cluster: RealCluster
  before(async () => {
    cluster = await startRealCluster({ network: 76, streamedLists: false })
    await installDefinitions(cluster.client, [...definitionsOf([...rolloutKinds, ...trafficKinds]), scaledObjects])
  })
  after(() => cluster?.close())

  it('is refused nothing with a role in that namespace and one in its own', async () => {
    const { client } = cluster
    const prometheus = await startScriptedPrometheus()
    const access = await newAccess(cluster, 'agent')
    try {
      for (const [index, each] of cases.entries()) {
        const ns = `shop-${index}`
        await client.create(Namespace, { metadata: { name: ns } })
        await access.grantIn(ns, index === 0 ? rows : rows.filter(({ scope }) => scope !== 'own'))
        const own = access.newClient()
        const agent = await startAgent({
          ...quickAgent,
          client: own,
          metricsServer: prometheus.url,
          namespace: ns,
          secretNamespaces: [ns],
          leaderElection: { namespace: accessNamespace, identity: ns },
        })
        try {
          await each.run({ client, prometheus, close: async () => {} }, ns)
        } finally {
          await agent.close()
          await own.close()
        }
      }
    } finally {
      await prometheus.close()
    }
    const asked = cluster.asked().filter(({ user }) => user === access.user)
    assert.ok(asked.some(({ verb, namespace }) => verb === 'list' && namespace === 'shop-0'))
    const refused = asked.filter(({ code }) => code === 403)
    assert.deepEqual(
      [...new Set(refused.map(({ verb, resource, group, namespace }) => `${verb} ${resource}.${group} ${namespace}`))],
      [],
    )
  })
})
