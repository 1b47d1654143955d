import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { meshKinds, rolloutKinds, trafficKinds } from '../../src/api/all-kinds.ts'
import { CustomResourceDefinition } from '../../src/api/core/apiextensions-v1.ts'
import { Namespace } from '../../src/api/core/core-v1.ts'
import { customResourceDefinition } from '../../src/apimachinery/crd.ts'
import { startAgent } from '../../src/manager/agent.ts'
import { type Permission, permissions } from '../../src/manager/permissions.ts'
import { routerFactories } from '../../src/router/factory.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { silentLogger } from '../../src/runtime/log.ts'
import { scaledObjects } from '../conformance/rollout/host.ts'
import { eventually } from '../support/eventually.ts'
import { type ScriptedPrometheus, startScriptedPrometheus } from '../support/scripted-prometheus.ts'
import { type Access, accessNamespace, newAccess } from './access.ts'
import { agentCases } from './agent-cases.ts'
import { type Asked, type RealCluster, startRealCluster } from './real-cluster.ts'

const known = new Set(Object.keys(routerFactories).map(name => name.split(':')[0]))
const rows = permissions.agent.filter(({ provider }) => provider === undefined || known.has(provider))

/** `patch canaries/status.flagger.app`: what the audit log and the table have in common. */
const atomOf = ({ verb, resource, group }: Pick<Asked, 'verb' | 'resource' | 'group'>) => `${verb} ${resource}.${group}`
const atomsOf = ({ verbs, resources, group }: Permission) =>
  verbs.flatMap(verb => resources.map(resource => atomOf({ verb, resource, group })))

describe("the agent's role, on a real API server", { timeout: 900_000 }, () => {
  let cluster: RealCluster
  let access: Access
  let prometheus: ScriptedPrometheus
  /** The first case that used a right. */
  const usedBy = new Map<string, number>()
  let round = 0

  before(async () => {
    cluster = await startRealCluster({ network: 73, streamedLists: false })
    for (const kind of [...rolloutKinds, ...trafficKinds, ...meshKinds]) {
      await cluster.client.create(CustomResourceDefinition, customResourceDefinition(kind) as CustomResourceDefinition)
    }
    await cluster.client.create(CustomResourceDefinition, scaledObjects)
    prometheus = await startScriptedPrometheus()
    access = await newAccess(cluster, 'agent')
  })
  after(async () => {
    await cluster.close()
    await prometheus.close()
  })

  const asked = () => cluster.asked().filter(({ user }) => user === access.user)

  /** An agent under the account, for as long as `task` takes. */
  async function withAgent(task: () => Promise<void>): Promise<void> {
    const client = access.newClient()
    const agent = await startAgent({
      client,
      clock: systemClock,
      random: Math.random,
      log: silentLogger,
      metricsServer: prometheus.url,
      meshProvider: 'istio',
      minIntervalMs: 100,
      drainMs: 50,
      leaderElection: { namespace: accessNamespace, identity: `agent-${++round}` },
    })
    try {
      await task()
    } finally {
      await agent.close().catch(() => {}) // It may have lost rights that it needs for its end.
      await client.close()
    }
  }

  async function runCase(index: number): Promise<void> {
    const ns = `case-${index}-${round}`
    await cluster.client.create(Namespace, { metadata: { name: ns } })
    await agentCases[index]?.run({ client: cluster.client, ns, prometheus })
  }

  for (const [index, { name }] of agentCases.entries()) {
    it(`is enough: ${name}`, { timeout: 300_000 }, async () => {
      await access.grant(rows)
      const before = asked().length
      await withAgent(() => runCase(index))
      const now = asked().slice(before)
      assert.deepEqual([...new Set(now.filter(({ code }) => code === 403).map(atomOf))], [])
      for (const atom of now.map(atomOf)) if (!usedBy.has(atom)) usedBy.set(atom, index)
    })
  }

  it('names no right that nothing uses', () => {
    assert.deepEqual(
      rows.flatMap(atomsOf).filter(atom => !usedBy.has(atom)),
      [],
    )
  })

  for (const [at, row] of rows.entries()) {
    it(`needs ${row.verbs.join(', ')} on ${row.resources.join(', ')}: ${row.why}`, { timeout: 120_000 }, async () => {
      const atoms = new Set(atomsOf(row))
      const index = [...atoms].map(atom => usedBy.get(atom)).find(each => each !== undefined)
      assert.ok(index !== undefined, 'no case uses it')
      await access.grant(rows.filter((_, i) => i !== at))
      const before = asked().length
      const isRefused = () =>
        asked()
          .slice(before)
          .some(each => each.code === 403 && atoms.has(atomOf(each)))
      await withAgent(async () => {
        // The case cannot come to its end; that it is refused what the row is about says why.
        const running = runCase(index).catch(() => {})
        await eventually(`"${agentCases[index]?.name}" is refused it`, async () => isRefused(), 60_000)
        void running
      })
    })
  }
})
