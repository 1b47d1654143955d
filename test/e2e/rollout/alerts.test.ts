import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Event } from '../../../src/api/core/core-v1.ts'
import type { AlertProvider } from '../../../src/api/flagger/v1beta1.ts'
import { startAgent } from '../../../src/manager/agent.ts'
import { systemClock } from '../../../src/runtime/clock.ts'
import { newClient } from '../../../src/runtime/http-client.ts'
import { newRolloutContext, type RolloutContext } from '../../conformance/rollout/case.ts'
import { newNamespace, type RolloutHost, startRolloutHost } from '../../conformance/rollout/host.ts'
import { eventually } from '../../support/eventually.ts'
import { quickAgent } from '../../support/quick-agent.ts'
import { canary, deployment } from '../../support/rollout.ts'
import { type ScriptedServer, startScriptedServer } from '../../support/scripted-server.ts'

const interval = '500ms'
const withinMs = 60_000

describe('alerts whose receiver does not take them', { timeout: 170_000 }, () => {
  let host: RolloutHost
  let receiver: ScriptedServer
  /** What the receiver answers next, by path; then it is well. */
  const answers: Record<string, [number, Readonly<Record<string, string>>][]> = {}
  before(async () => {
    receiver = await startScriptedServer(({ url }, response) => {
      const [code, headers] = answers[url]?.shift() ?? [200, {}]
      response.writeHead(code, headers).end()
    })
    host = await startRolloutHost({
      env: {},
      async serve({ kubeconfig, metricsServer }) {
        const client = newClient({ kubeconfig, clock: systemClock })
        const agent = await startAgent({ ...quickAgent, client, metricsServer })
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
  const provider = (namespace: string, name: string): AlertProvider => ({
    apiVersion: 'flagger.app/v1beta1',
    kind: 'AlertProvider',
    metadata: { name, namespace },
    spec: { type: 'slack', address: `${receiver.url}/${name}` },
  })
  const alertsTo = (...names: readonly string[]) =>
    names.map(name => ({ name, severity: 'info', providerRef: { name } }) as const)
  const sentTo = (name: string) =>
    receiver.seen
      .filter(({ url }) => url === `/${name}`)
      .map(({ body }) => JSON.parse(body).attachments[0].text as string)
  const initialised = 'New Deployment detected, initialization completed.'

  it('come again where it is busy, in order, and not where it refuses them, while the rollout goes on', async () => {
    const { ns, apply, phase } = await begun('busy')
    answers['/limited'] = [[429, { 'retry-after': '10' }]]
    answers['/closed'] = [[404, {}]]
    await apply(provider(ns, 'limited'), provider(ns, 'closed'))
    await apply(deployment(ns), canary(ns, { interval, alerts: alertsTo('limited', 'closed') }))
    await phase('Initialized')
    await eventually('the first is sent', () => sentTo('limited').length > 0, withinMs)
    await apply(deployment(ns, ['--ui-message=new'], 0))
    await phase('Progressing')
    assert.deepEqual(sentTo('limited'), [initialised], 'the receiver is left alone, and nothing waits for it')
    await phase('Succeeded')
    const rest = [
      'New revision detected, progressing canary analysis.',
      'Canary analysis completed successfully, promotion finished.',
    ]
    await eventually('all is told', () => sentTo('limited').length >= 4 && sentTo('closed').length >= 3, withinMs)
    assert.deepEqual(sentTo('limited'), [initialised, initialised, ...rest])
    assert.deepEqual(sentTo('closed'), [initialised, ...rest])
  })

  it('for a provider that is missing are told by an event, once until it is there', async () => {
    const { ns, apply, phase, said } = await begun('missing')
    const problem = (name: string) =>
      `Alert provider ${name}.missing error: alertprovider.flagger.app "${name}" not found`
    const countOf = async (name: string) =>
      (await host.client.list(Event, { namespace: ns })).items
        .filter(({ message }) => message === problem(name))
        .reduce((sum, { count = 1 }) => sum + count, 0)
    await apply(deployment(ns), canary(ns, { interval, alerts: alertsTo('late', 'never') }))
    await phase('Initialized')
    await said(problem('late'))
    await said(problem('never'))
    await apply(deployment(ns, ['--ui-message=new'], 0))
    await phase('Succeeded')
    await apply(provider(ns, 'late'))
    await apply(deployment(ns, ['--ui-message=newer'], 0))
    await phase('Progressing')
    await eventually('it is told', () => sentTo('late').length > 0, withinMs)
    await phase('Succeeded')
    assert.deepEqual([await countOf('late'), await countOf('never')], [1, 1])
  })
})
