import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { Deployment } from '../../src/api/core/apps-v1.ts'
import { Namespace } from '../../src/api/core/core-v1.ts'
import { Canary, MetricTemplate } from '../../src/api/flagger/v1beta1.ts'
import type { JsonObject } from '../../src/apimachinery/meta.ts'
import { startAgent } from '../../src/manager/agent.ts'
import type { Agent } from '../../src/manager/agent-options.ts'
import { ApiError, type Client, isNotFound } from '../../src/runtime/client.ts'
import { startTestCluster, type TestCluster } from '../support/cluster.ts'
import { type CountedClient, counted } from '../support/counted-client.ts'
import { eventually } from '../support/eventually.ts'
import { quickAgent } from '../support/quick-agent.ts'
import { canary, deployment } from '../support/rollout.ts'
import { type ScriptedPrometheus, startScriptedPrometheus } from '../support/scripted-prometheus.ts'
import { simulatePods } from '../support/simulated-pods.ts'
import { canaryBases } from './bases.ts'
import { mutatedManifests } from './mutate.ts'

// The long run is `npm run test:fuzz`.
const numRuns = Number(process.env['SERIN_FUZZ_RUNS'] ?? 80)
const seed = Number(process.env['SERIN_FUZZ_SEED'] ?? 20_261_127)
const batchSize = 40
const patienceMs = 120_000
/** Requests that one Canary may cost from its coming to its going; one that works needs about 25. */
const maxRequests = 60

describe('an agent that is given Canaries that were changed at random', { timeout: 3_600_000 }, () => {
  let cluster: TestCluster
  let agent: Agent
  let requests: CountedClient
  let prometheus: ScriptedPrometheus
  let stopPods: () => Promise<void>

  before(async () => {
    cluster = await startTestCluster({ crds: true })
    prometheus = await startScriptedPrometheus()
    stopPods = await simulatePods(cluster.client, 20)
    for (const name of ['web', 'witness']) await cluster.client.create(Namespace, { metadata: { name } })
    await cluster.client.create(MetricTemplate, {
      apiVersion: 'flagger.app/v1beta1',
      kind: 'MetricTemplate',
      metadata: { name: 'errors', namespace: 'web' },
      spec: { provider: { type: 'prometheus', address: prometheus.url }, query: 'x{a="{{ target }}"}' },
    })
    requests = counted(cluster.newClient())
    agent = await startAgent({
      ...quickAgent,
      client: requests.client,
      metricsServer: prometheus.url,
      minIntervalMs: 200,
    })
  })
  after(async () => {
    await agent?.close()
    await stopPods?.()
    await prometheus?.close()
    await cluster?.close()
  })

  it('says of each what is wrong with it or begins it, and goes on with the others', async t => {
    const manifests = fc.sample(mutatedManifests(canaryBases), { numRuns, seed })
    let accepted = 0
    let refusedByEngine = 0
    for (let from = 0; from < manifests.length; from += batchSize) {
      const names = await createAll(cluster.client, manifests.slice(from, from + batchSize))
      accepted += names.length
      const before = requests.total()
      refusedByEngine += await untilLookedAt(cluster.client, agent, names)
      const perCanary = (requests.total() - before) / Math.max(1, names.length)
      assert.ok(perCanary <= maxRequests, `${perCanary} requests for each Canary`)
      await removeAll(cluster.client, names)
    }
    t.diagnostic(`${numRuns} manifests: the API took ${accepted}, of which the engine refused ${refusedByEngine}`)
    assert.ok(accepted > numRuns / 10 && accepted < numRuns)
    assert.ok(refusedByEngine > 0)
    const health = await fetch(`${agent.url}/healthz`)
    assert.equal(health.status, 200, await health.text())
    assert.equal((await fetch(`${agent.url}/readyz`)).status, 200)
  })

  it('still rolls out a Canary that is well', async () => {
    const ns = 'witness'
    await cluster.client.create(Deployment, deployment(ns, ['--ui-message=first'], 1))
    await cluster.client.create(Canary, canary(ns, { interval: '1s', metrics: [] }))
    const inPhase = (phase: string) =>
      eventually(
        `the witness is ${phase}`,
        async () => (await cluster.client.fetch(Canary, { namespace: ns, name: 'podinfo' })).status?.phase === phase,
        patienceMs,
      )
    await inPhase('Initialized')
    await cluster.client.apply(Deployment, deployment(ns, ['--ui-message=second'], 0), {
      fieldManager: 'kubectl',
      force: true,
    })
    await inPhase('Succeeded')
  })
})

/** Creates each with a target of its own; gives the names of those that the API took. */
async function createAll(client: Client, manifests: readonly JsonObject[]): Promise<readonly string[]> {
  const created = await Promise.all(
    manifests.map(async (manifest, at) => {
      const name = `fuzz-${at}`
      const object = { ...manifest, metadata: { name, namespace: 'web' } } as unknown as Canary // Whatever it is by now.
      try {
        const { spec } = await client.create(Canary, object)
        if ((spec as Canary['spec'] | undefined)?.targetRef.name === 'podinfo') await ownTarget(client, name)
        return [name]
      } catch (error) {
        assert.ok(error instanceof ApiError, String(error))
        // The API refuses what its schema does not allow, by name.
        assert.ok([400, 422].includes(error.code), error.message)
        assert.ok(error.message.length > 0)
        return []
      }
    }),
  )
  return created.flat()
}

async function ownTarget(client: Client, name: string): Promise<void> {
  const target = { ...deployment('web', [], 1), metadata: { name, namespace: 'web' } }
  await client.create(Deployment, target)
  await client.patch(Canary, { namespace: 'web', name }, { type: 'merge', body: { spec: { targetRef: { name } } } })
}

/** Waits until the agent has said something about each; gives how many it refused. */
async function untilLookedAt(client: Client, agent: Agent, names: readonly string[]): Promise<number> {
  let left: readonly string[] = names
  await eventually(
    'all are looked at',
    async () => {
      const answer = await fetch(`${agent.url}/api/v1/canaries`)
      const { canaries } = (await answer.json()) as { canaries: readonly { name: string; last?: object }[] }
      const known = new Set(canaries.filter(({ last }) => last).map(({ name }) => name))
      left = names.filter(name => !known.has(name))
      return left.length === 0
    },
    patienceMs,
  ).catch(error => {
    throw new Error(`nothing was said about ${left.join(', ')}`, { cause: error })
  })
  const { items } = await client.list(Canary, { namespace: 'web' })
  const refused = items.filter(({ status }) => status?.conditions?.some(({ type }) => type === 'Accepted'))
  for (const { status } of refused) {
    const condition = status?.conditions?.find(({ type }) => type === 'Accepted')
    assert.equal(condition?.status, 'False')
    assert.ok((condition?.message ?? '').length > 10, 'a refusal says why')
  }
  return refused.length
}

async function removeAll(client: Client, names: readonly string[]): Promise<void> {
  const gone = (error: unknown) => {
    if (!isNotFound(error)) throw error
  }
  for (const name of names) {
    await client.delete(Canary, { namespace: 'web', name }).catch(gone)
    await client.delete(Deployment, { namespace: 'web', name }).catch(gone)
  }
  await eventually(
    'all are gone',
    async () => (await client.list(Canary, { namespace: 'web' })).items.length === 0,
    patienceMs,
  )
}
