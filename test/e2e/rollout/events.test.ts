import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Deployment } from '../../../src/api/core/apps-v1.ts'
import { Event } from '../../../src/api/core/core-v1.ts'
import { type AlertProvider, Canary } from '../../../src/api/flagger/v1beta1.ts'
import type { ResourceType } from '../../../src/apimachinery/meta.ts'
import { startAgent } from '../../../src/manager/agent.ts'
import type { Agent } from '../../../src/manager/agent-options.ts'
import type { Client } from '../../../src/runtime/client.ts'
import { systemClock } from '../../../src/runtime/clock.ts'
import { newClient } from '../../../src/runtime/http-client.ts'
import { newRolloutContext, type RolloutContext } from '../../conformance/rollout/case.ts'
import { newNamespace, type RolloutHost, startRolloutHost } from '../../conformance/rollout/host.ts'
import type { Fault, ProxiedRequest } from '../../support/api-proxy.ts'
import { eventually } from '../../support/eventually.ts'
import { quickAgent } from '../../support/quick-agent.ts'
import { canary, deployment } from '../../support/rollout.ts'
import { type ScriptedServer, startScriptedServer } from '../../support/scripted-server.ts'

const interval = '500ms'
const withinMs = 60_000
const newArgs = ['--ui-message=new']
const refused: Fault = { kind: 'refuse', code: 500, reason: 'InternalError' }

/** A client with a fault of the program itself: it makes no workload in that namespace. */
function faulty(client: Client, namespace: string): Client {
  return new Proxy(client, {
    get(target, property: keyof Client) {
      const member = target[property]
      if (property !== 'create' || typeof member !== 'function') return member
      return (...args: Parameters<Client['create']>) => {
        const [type, object] = args
        if (type === (Deployment as ResourceType) && object.metadata?.namespace === namespace) {
          throw new TypeError('a fault of the engine')
        }
        return client.create(...args)
      }
    },
  })
}

describe('what a rollout tells, and what it does not stumble over', { timeout: 170_000 }, () => {
  let host: RolloutHost
  let agent: Agent
  let receiver: ScriptedServer
  const faults = new Set<(request: ProxiedRequest) => Fault | undefined>()
  before(async () => {
    receiver = await startScriptedServer((_, response) => void response.writeHead(200).end())
    host = await startRolloutHost({
      env: {},
      fault: request => [...faults].map(fault => fault(request)).find(found => found !== undefined),
      async serve({ kubeconfig, metricsServer }) {
        const client = newClient({ kubeconfig, clock: systemClock })
        agent = await startAgent({ ...quickAgent, client: faulty(client, 'broken'), metricsServer })
        return { close: () => agent.close().then(() => client.close()) }
      },
    })
  })
  after(async () => {
    await host.close()
    await receiver.close()
  })

  async function begun(ns: string): Promise<RolloutContext> {
    await newNamespace(host, ns)
    return newRolloutContext(host, ns, withinMs)
  }
  const eventsOf = async (ns: string) =>
    (await host.client.list(Event, { namespace: ns })).items.filter(
      ({ involvedObject }) => involvedObject.kind === 'Canary',
    )
  /** Fails the first requests that `isMeant`. */
  const failFirst = (count: number, isMeant: (request: ProxiedRequest) => boolean) => {
    let left = count
    const fault = (request: ProxiedRequest) => (isMeant(request) && left-- > 0 ? refused : undefined)
    faults.add(fault)
    return () => void faults.delete(fault)
  }

  it('events have the type, reason and source of Flagger’s, and go to event hooks with their phase', async () => {
    const { ns, apply, phase } = await begun('told')
    const webhooks = [{ name: 'all', type: 'event', url: `${receiver.url}/told`, metadata: { team: 'web' } }] as const
    const metrics = [{ name: 'mine', templateRef: { name: 'none' }, thresholdRange: { max: 1 } }] as const
    await apply(deployment(ns), canary(ns, { interval, threshold: 1, webhooks, metrics }))
    await phase('Initialized')
    await apply(deployment(ns, newArgs, 0))
    await phase('Failed')
    const missing = 'metrictemplate.flagger.app "none" not found'
    const want: readonly (readonly [string, string, string])[] = [
      ['Normal', 'Initialization done! podinfo.told', 'Initialized'],
      ['Warning', `Error checking metric providers: metric template none.told error: ${missing}`, 'Initialized'],
      ['Normal', 'New revision detected! Scaling up podinfo.told', 'Progressing'],
      ['Normal', 'Starting canary analysis for podinfo.told', 'Progressing'],
      ['Normal', 'Advance podinfo.told canary weight 50', 'Progressing'],
      ['Warning', `Metric template none.told error: ${missing}`, 'Progressing'],
      ['Warning', 'Rolling back podinfo.told failed checks threshold reached 1', 'Failed'],
      ['Warning', 'Canary failed! Scaling down podinfo.told', 'Failed'],
    ]
    const told = () =>
      receiver.seen
        .filter(({ url }) => url === '/told')
        .map(({ body }) => {
          const { name, namespace, phase: at, metadata } = JSON.parse(body)
          assert.deepEqual([name, namespace, metadata.team], ['podinfo', ns, 'web'])
          assert.match(metadata.timestamp, /^\d{13}$/)
          return [metadata.eventType, metadata.eventMessage, at]
        })
    await eventually('all are told', () => told().length >= want.length, withinMs)
    assert.deepEqual(told().toSorted(), want.toSorted())
    await eventually('all are published', async () => (await eventsOf(ns)).length >= want.length, withinMs)
    const published = (await eventsOf(ns)).map(({ type, reason, message, source, involvedObject }) => {
      assert.deepEqual(
        [reason, source?.component, involvedObject.apiVersion, involvedObject.name],
        ['Synced', 'flagger', 'flagger.app/v1beta1', 'podinfo'],
      )
      return [type, message]
    })
    assert.deepEqual(published.toSorted(), want.map(([type, message]) => [type, message]).toSorted())
  })

  it('alerts without a severity tell everything, those for warnings errors too, and those for errors nothing else', async () => {
    const { ns, apply, phase } = await begun('alerts')
    const provider = (name: string): AlertProvider => ({
      apiVersion: 'flagger.app/v1beta1',
      kind: 'AlertProvider',
      metadata: { name, namespace: ns },
      spec: { type: 'slack', address: `${receiver.url}/alerts/${name}` },
    })
    const alerts = [
      { name: 'all', providerRef: { name: 'all' } },
      { name: 'warn', severity: 'warn', providerRef: { name: 'warn' } },
      { name: 'error', severity: 'error', providerRef: { name: 'error' } },
    ] as const
    const webhooks = [{ name: 'approval', type: 'confirm-rollout', url: `${host.gates.server.url}/alerts` }] as const
    await apply(provider('all'), provider('warn'), provider('error'))
    await apply(deployment(ns), canary(ns, { interval, threshold: 1, alerts, webhooks }))
    await phase('Initialized')
    host.prometheus.script(ns, { successRate: 10 })
    await apply(deployment(ns, newArgs, 0))
    await phase('Waiting')
    host.gates.open('/alerts')
    await phase('Failed')
    const sent = (name: string) =>
      receiver.seen
        .filter(({ url }) => url === `/alerts/${name}`)
        .map(({ body }) => JSON.parse(body).attachments[0].text as string)
    const error = ['Failed checks threshold reached 1']
    const warn = ['Canary is waiting for approval.', ...error]
    const all = [
      'New Deployment detected, initialization completed.',
      'Canary is waiting for approval.',
      'New revision detected, progressing canary analysis.',
      ...error,
    ]
    const sentToAll = () => [...sent('all'), ...sent('warn'), ...sent('error')]
    const count = all.length + warn.length + error.length
    await eventually('each has its own', () => sentToAll().length >= count, withinMs)
    assert.deepEqual([sent('all'), sent('warn'), sent('error')], [all, warn, error])
  })

  it('a new Canary whose first status writes fail begins all the same, and says each thing once', async () => {
    const { ns, apply, phase, said } = await begun('refused')
    const stop = failFirst(3, ({ path, method }) => method !== 'GET' && path.includes(`/${ns}/canaries/podinfo/status`))
    await apply(deployment(ns), canary(ns, { interval }))
    await said(/^failed after retries: updating canary podinfo\.refused status failed: /)
    await phase('Initialized')
    stop()
    await said('Initialization done! podinfo.refused')
    const done = (await eventsOf(ns)).filter(({ message }) => message?.startsWith('Initialization done!'))
    assert.deepEqual(
      done.map(({ count }) => count),
      [1],
    )
  })

  it('a step that fails says so in Flagger’s words, and is told when it has succeeded', async () => {
    const { ns, apply, phase, said } = await begun('steps')
    const isFor = (name: string) => (request: ProxiedRequest) =>
      ['PUT', 'PATCH'].includes(request.method) && request.path.endsWith(`/${ns}/deployments/${name}`)
    const makesPrimary = (request: ProxiedRequest) =>
      request.method === 'POST' && request.path.endsWith(`/${ns}/deployments`)
    const stops = [failFirst(1, makesPrimary), failFirst(1, isFor('podinfo')), failFirst(1, isFor('podinfo-primary'))]
    await apply(deployment(ns), canary(ns, { interval }))
    await said(/^createPrimaryDeployment failed: creating deployment podinfo-primary\.steps failed: /)
    await said(/^scaling down canary Deployment podinfo\.steps failed: /)
    await phase('Initialized')
    await apply(deployment(ns, newArgs, 0))
    await said(/^updating deployment podinfo-primary\.steps template spec failed: /)
    await phase('Succeeded')
    for (const stop of stops) stop()
    const copying = (await eventsOf(ns)).filter(({ message }) => message?.startsWith('Copying'))
    assert.equal(copying.length, 1)
  })

  it('a fault of the engine itself in one Canary holds up no other', async () => {
    const broken = await begun('broken')
    const sound = await begun('sound')
    await broken.apply(deployment(broken.ns), canary(broken.ns, { interval }))
    await broken.said('a fault of the engine')
    await sound.apply(deployment(sound.ns), canary(sound.ns, { interval }))
    await sound.phase('Initialized')
    await sound.apply(deployment(sound.ns, newArgs, 0))
    await sound.phase('Succeeded')
  })

  it('a Canary that is deleted while nobody hears of it is forgotten', async () => {
    const { ns, apply, phase } = await begun('unheard')
    await apply(deployment(ns), canary(ns, { interval: '1s', threshold: 100 }))
    await phase('Initialized')
    host.prometheus.script(ns, { successRate: 10 })
    await apply(deployment(ns, newArgs, 0))
    await eventually('it is measured', () => host.prometheus.queries(ns).length > 0, withinMs)
    const series = async () => (await (await fetch(`${agent.url}/metrics`)).text()).includes(`namespace="${ns}"`)
    assert.ok(await series())
    const deaf = (request: ProxiedRequest) => (request.path.endsWith('/canaries') ? refused : undefined)
    faults.add(deaf)
    host.dropWatches()
    await host.client.delete(Canary, { namespace: ns, name: 'podinfo' })
    assert.ok(await series(), 'the engine does not know yet')
    faults.delete(deaf)
    await eventually('it is forgotten', async () => !(await series()), withinMs)
  })
})
