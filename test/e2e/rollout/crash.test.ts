import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Deployment } from '../../../src/api/core/apps-v1.ts'
import { ConfigMap } from '../../../src/api/core/core-v1.ts'
import type { Canary } from '../../../src/api/flagger/v1beta1.ts'
import type { VirtualService } from '../../../src/api/istio/networking.ts'
import { newRolloutContext, type RolloutContext } from '../../conformance/rollout/case.ts'
import { newNamespace, type RolloutHost, startRolloutHost } from '../../conformance/rollout/host.ts'
import type { ProxiedRequest } from '../../support/api-proxy.ts'
import { type MortalAgent, startMortalAgent } from '../../support/mortal-agent.ts'
import { canary, deployment } from '../../support/rollout.ts'
import { autoscaler, autoscalerRef, lookOf, readsLook } from '../../support/rollout-targets.ts'

const interval = '500ms'
// Some forty processes start one after the other, each within half a second of CPU.
const withinMs = 400_000
const newArgs = ['--ui-message=new']

/** Names a write by what it did; undefined where it was no action: events tell what was done. */
function boundaryOf({ method, path }: ProxiedRequest, object: unknown): string | undefined {
  if (path.endsWith('/events')) return undefined
  // What the API answers to these paths are objects of these kinds.
  if (path.includes('/virtualservices')) {
    const { spec } = object as VirtualService
    const weights = spec.http?.flatMap(({ route = [] }) => route.map(({ weight }) => weight))
    return `${method} ${path} ${weights?.join('/')}`
  }
  if (path.endsWith('/status')) {
    const { status } = object as Canary
    return `${method} ${path} ${status?.phase} ${status?.canaryWeight} ${status?.failedChecks}`
  }
  const { replicas } = (object as Deployment).spec ?? {}
  return `${method} ${path} ${replicas ?? ''}`
}

/** A host whose agent is killed, and followed by another one, after each write that `killsAfter` chooses. */
async function startDeadlyHost(killsAfter: (request: ProxiedRequest, object: unknown) => boolean) {
  const folder = await mkdtemp(path.join(tmpdir(), 'serin-crash-'))
  let agent: MortalAgent | undefined
  const host = await startRolloutHost({
    env: {},
    serve: async ({ kubeconfig, metricsServer }) => {
      agent = startMortalAgent(kubeconfig, metricsServer, folder)
      return agent
    },
    async written(request, object) {
      if (killsAfter(request, object)) await agent?.kill()
    },
  })
  return {
    host,
    deaths: () => agent?.deaths ?? 0,
    async close() {
      await host.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

type DeadlyHost = Awaited<ReturnType<typeof startDeadlyHost>>

describe('an agent that is killed at each boundary between its actions', { timeout: 1_200_000 }, () => {
  let deadly: DeadlyHost
  let host: RolloutHost
  /** What an agent had just written when it died; none dies twice of the same. */
  const boundaries = new Set<string>()
  before(async () => {
    deadly = await startDeadlyHost((request, object) => {
      const boundary = boundaryOf(request, object)
      if (boundary === undefined || boundaries.has(boundary)) return false
      boundaries.add(boundary)
      return true
    })
    host = deadly.host
  })
  after(() => deadly?.close())

  async function judged(ns: string, run: (context: RolloutContext) => Promise<void>): Promise<void> {
    await newNamespace(host, ns)
    await run(newRolloutContext(host, ns, withinMs))
    assert.deepEqual(
      host.judge.faults.filter(fault => fault.startsWith(`${ns}:`)),
      [],
    )
  }

  it('is followed by others who bring a good version to its end', () =>
    judged('good', async context => {
      const { ns, client } = context
      const look = (color: string) => lookOf(ns, { color })
      const version = (args: readonly string[], replicas: number) => deployment(ns, args, replicas, readsLook)
      const analysis = { interval, stepWeights: [20, 60], stepWeightPromotion: 40 }
      await context.apply(look('red'), autoscaler(ns), version([], 2), canary(ns, analysis, { autoscalerRef }))
      await context.phase('Initialized')
      const bootstrapDeaths = deadly.deaths()
      assert.ok(bootstrapDeaths >= 8, `${bootstrapDeaths} of the bootstrap: ${[...boundaries]}`)
      await context.apply(look('green'), version(newArgs, 0))
      await context.phase('Succeeded')
      assert.ok(deadly.deaths() - bootstrapDeaths >= 10, `${deadly.deaths() - bootstrapDeaths}: ${[...boundaries]}`)
      // A step that was not written down is recognised, and none is taken back.
      assert.deepEqual(host.judge.weights(ns), [0, 20, 60, 20, 0])
      const primary = await context.deployment('podinfo-primary')
      assert.equal(primary.spec.template.spec?.containers[0]?.command?.at(-1), newArgs[0])
      assert.ok((primary.spec.replicas ?? 0) >= 2)
      assert.equal((await context.deployment('podinfo')).spec.replicas, 0)
      const copy = await client.fetch(ConfigMap, { namespace: ns, name: 'look-primary' })
      assert.deepEqual(copy.data, { color: 'green' })
      // A promotion that is repeated replaces no pods.
      assert.equal(primary.metadata?.annotations?.['deployment.kubernetes.io/revision'], '2')
    }))

  it('is followed by others who start the pods of the primary with a config that changed alone', () =>
    judged('config', async context => {
      const { ns } = context
      const look = (color: string) => lookOf(ns, { color })
      await context.apply(
        look('red'),
        deployment(ns, [], 1, readsLook),
        canary(ns, { interval, stepWeight: 50, maxWeight: 50 }),
      )
      await context.phase('Initialized')
      // An agent dies of the copy of the config, before the pods that read it are replaced.
      await context.apply(look('green'))
      await context.phase('Succeeded')
      const { metadata } = await context.deployment('podinfo-primary')
      assert.equal(metadata?.annotations?.['deployment.kubernetes.io/revision'], '2')
    }))

  it('is followed by others who take a bad version back', () =>
    judged('bad', async context => {
      const { ns } = context
      await context.apply(deployment(ns), canary(ns, { interval, stepWeight: 50, maxWeight: 50 }))
      await context.phase('Initialized')
      context.measure({ successRate: 50 })
      await context.apply(deployment(ns, newArgs, 0))
      const { status } = await context.phase('Failed')
      assert.equal(status?.canaryWeight, 0)
      assert.deepEqual([...new Set(host.judge.weights(ns))], [0, 50])
      assert.equal(host.judge.weights(ns).at(-1), 0)
      assert.equal((await context.deployment('podinfo')).spec.replicas, 0)
    }))
})

describe('agents that die after each write of routes', { timeout: 300_000 }, () => {
  let deadly: DeadlyHost
  let host: RolloutHost
  before(async () => {
    deadly = await startDeadlyHost(({ path }) => path.includes('/virtualservices'))
    host = deadly.host
  })
  after(() => deadly?.close())

  it('take a rollout to its end, each with the step that the one before had taken', async () => {
    const ns = 'steps'
    await newNamespace(host, ns)
    const context = newRolloutContext(host, ns, 120_000)
    // The interval is that of a rollout which waits for evidence; a step that begins again takes another one.
    const analysis = { interval: '2s', stepWeights: [10, 30, 50, 70] }
    await context.apply(deployment(ns), canary(ns, analysis))
    await context.phase('Initialized')
    const deaths = deadly.deaths()
    await context.apply(deployment(ns, newArgs, 0))
    await context.phase('Succeeded')
    assert.deepEqual(host.judge.weights(ns), [0, 10, 30, 50, 70, 0])
    assert.equal(deadly.deaths() - deaths, 5)
    assert.deepEqual(host.judge.faults, [])
  })
})
