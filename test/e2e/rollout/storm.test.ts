import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { AlertProvider } from '../../../src/api/flagger/v1beta1.ts'
import { startAgent } from '../../../src/manager/agent.ts'
import { type Clock, systemClock } from '../../../src/runtime/clock.ts'
import { newClient } from '../../../src/runtime/http-client.ts'
import { newRolloutContext, type RolloutContext } from '../../conformance/rollout/case.ts'
import { newNamespace, type RolloutHost, startRolloutHost } from '../../conformance/rollout/host.ts'
import type { Fault, ProxiedRequest } from '../../support/api-proxy.ts'
import { eventually } from '../../support/eventually.ts'
import { quickAgent } from '../../support/quick-agent.ts'
import { canary, deployment } from '../../support/rollout.ts'
import { type ScriptedServer, startScriptedServer } from '../../support/scripted-server.ts'

// What fails is tried again after up to 15 s.
const withinMs = 300_000
const interval = '500ms'
const newArgs = ['--ui-message=new']

/** Numbers from 0 up to but without 1, the same in every run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** One request in five meets one of these; reads meet no conflict. */
const faults: readonly Fault[] = [
  { kind: 'refuse', code: 409, reason: 'Conflict' },
  { kind: 'refuse', code: 429, reason: 'TooManyRequests' },
  { kind: 'refuse', code: 500, reason: 'InternalError' },
  { kind: 'break', when: 'before' },
  { kind: 'break', when: 'after' },
  { kind: 'hang', isCarriedOut: false },
  { kind: 'hang', isCarriedOut: true },
]

async function judged(host: RolloutHost, ns: string, run: (context: RolloutContext) => Promise<void>): Promise<void> {
  await newNamespace(host, ns)
  await run(newRolloutContext(host, ns, withinMs))
  assert.deepEqual(
    host.judge.faults.filter(fault => fault.startsWith(`${ns}:`)),
    [],
  )
}

async function rolledOut(context: RolloutContext, manifest: ReturnType<typeof canary>): Promise<void> {
  const { ns } = context
  await context.apply(deployment(ns), manifest)
  await context.phase('Initialized')
  await context.apply(deployment(ns, newArgs, 0))
}

describe('rollouts over an API that fails', { timeout: 900_000 }, () => {
  let host: RolloutHost
  let drops: NodeJS.Timeout
  const met = new Map<string, number>()
  before(async () => {
    const random = seeded(11)
    const fault = ({ method, isWatch }: ProxiedRequest) => {
      if (random() >= 0.2) return undefined
      const possible = method === 'GET' ? faults.slice(1) : faults
      const one = possible[Math.floor(random() * possible.length)]
      // A watch that never begins is the same as one that hears nothing; those are dropped below.
      if (isWatch && one?.kind === 'hang') return undefined
      if (one) met.set(one.kind, (met.get(one.kind) ?? 0) + 1)
      return one
    }
    host = await startRolloutHost({
      env: {},
      fault,
      serve: async ({ kubeconfig, metricsServer }) => {
        const client = newClient({ kubeconfig, clock: systemClock, requestTimeoutMs: 2_000 })
        const agent = await startAgent({ ...quickAgent, client, metricsServer })
        return { close: () => agent.close().then(() => client.close()) }
      },
    })
    drops = setInterval(() => host.dropWatches(), 1_000)
  })
  after(async () => {
    clearInterval(drops)
    await host.close()
    assert.deepEqual([...met.keys()].sort(), ['break', 'hang', 'refuse'])
  })

  describe('all end', { concurrency: 4 }, () => {
    it('a good version on the primary', () =>
      judged(host, 'good', async context => {
        await rolledOut(context, canary('good', { interval, stepWeights: [10, 30, 50], stepWeightPromotion: 25 }))
        await context.phase('Succeeded')
        const primary = await context.deployment('podinfo-primary')
        assert.equal(primary.spec.template.spec?.containers[0]?.command?.at(-1), newArgs[0])
        assert.deepEqual(await context.weights(), [100, 0])
      }))

    it('a bad version without traffic or pods', () =>
      judged(host, 'bad', async context => {
        await context.apply(deployment('bad'), canary('bad', { interval, stepWeight: 30, maxWeight: 60 }))
        await context.phase('Initialized')
        context.measure({ successRate: 10 })
        await context.apply(deployment('bad', newArgs, 0))
        await context.phase('Failed')
        assert.deepEqual(await context.weights(), [100, 0])
        assert.equal((await context.deployment('podinfo')).spec.replicas, 0)
      }))

    it('blue/green with all traffic back on the primary', () =>
      judged(host, 'bluegreen', async context => {
        await rolledOut(context, canary('bluegreen', { interval, iterations: 2, mirror: true }))
        await context.phase('Succeeded')
        assert.deepEqual(await context.weights(), [100, 0])
      }))

    it('a version that another one follows with the newer one', () =>
      judged(host, 'followed', async context => {
        await rolledOut(context, canary('followed', { interval: '1s', stepWeight: 10, maxWeight: 30 }))
        await eventually('it has traffic', () => host.judge.weights('followed').includes(10), withinMs)
        await context.apply(deployment('followed', ['--ui-message=newer'], 0))
        await context.phase('Succeeded')
        const primary = await context.deployment('podinfo-primary')
        assert.equal(primary.spec.template.spec?.containers[0]?.command?.at(-1), '--ui-message=newer')
      }))
  })
})

describe('rollouts whose surroundings fail', { timeout: 900_000 }, () => {
  let host: RolloutHost
  let silent: ScriptedServer
  let offsetMs = 0
  const jumping: Clock = { ...systemClock, now: () => new Date(systemClock.now().getTime() + offsetMs) }
  before(async () => {
    silent = await startScriptedServer(() => {})
    host = await startRolloutHost({
      env: {},
      serve: async ({ kubeconfig, metricsServer }) => {
        const client = newClient({ kubeconfig, clock: jumping })
        const agent = await startAgent({ ...quickAgent, client, clock: jumping, metricsServer })
        return { close: () => agent.close().then(() => client.close()) }
      },
    })
  })
  after(async () => {
    await silent.close()
    await host.close()
  })

  describe('one by one or together', { concurrency: 3 }, () => {
    it('hold while Prometheus is down for five intervals, and no check has failed then', () =>
      judged(host, 'blind', async context => {
        const { ns } = context
        await rolledOut(context, canary(ns, { interval, threshold: 1, stepWeight: 20, maxWeight: 40 }))
        await eventually('it has traffic', () => host.judge.weights(ns).includes(20), withinMs)
        context.measure({ state: 'down' })
        const before = host.prometheus.queries(ns).length
        await eventually('five were in vain', () => host.prometheus.queries(ns).length >= before + 5, withinMs)
        const { status } = await context.phase('Progressing')
        assert.equal(status?.failedChecks, 0)
        context.measure({})
        await context.phase('Succeeded')
      }))

    it('wait for no receiver of events and alerts that never answers', () =>
      judged(host, 'unheard', async context => {
        const { ns } = context
        const provider: AlertProvider = {
          apiVersion: 'flagger.app/v1beta1',
          kind: 'AlertProvider',
          metadata: { name: 'silent', namespace: ns },
          spec: { type: 'slack', channel: 'general', username: 'flagger', address: silent.url },
        }
        await context.apply(provider)
        const webhooks = [{ name: 'silent', type: 'event', url: `${silent.url}/event`, timeout: '5m' }] as const
        const alerts = [{ name: 'silent', providerRef: { name: 'silent' } }] as const
        await rolledOut(context, canary(ns, { interval, webhooks, alerts }))
        await context.phase('Succeeded')
        assert.ok(silent.seen.some(({ url }) => url === '/event'))
        assert.ok(silent.seen.some(({ url }) => url === '/'))
      }))

    it('end at once when the promoted version comes back while a hook does not answer', () =>
      judged(host, 'hanging', async context => {
        const { ns } = context
        const webhooks = [{ name: 'silent', type: 'rollout', url: `${silent.url}/check`, timeout: '5m' }] as const
        await rolledOut(context, canary(ns, { interval, webhooks }))
        await eventually('it is asked', () => silent.seen.some(({ url }) => url === '/check'), withinMs)
        await context.apply(deployment(ns, [], 0))
        await context.phase('Succeeded')
        assert.deepEqual(await context.weights(), [100, 0])
      }))
  })

  it('go on within an interval when the clock jumps an hour back, or forward', () =>
    judged(host, 'jumping', async context => {
      const { ns } = context
      await rolledOut(context, canary(ns, { interval: '1s', stepWeight: 10, maxWeight: 40 }))
      await eventually('it has traffic', () => host.judge.weights(ns).includes(10), withinMs)
      offsetMs = -3_600_000
      await eventually('it goes on', () => host.judge.weights(ns).includes(20), withinMs)
      offsetMs = 3_600_000
      await context.phase('Succeeded')
      assert.deepEqual(host.judge.weights(ns), [0, 10, 20, 30, 40, 0])
    }))
})
