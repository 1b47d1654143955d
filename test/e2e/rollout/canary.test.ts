import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Deployment } from '../../../src/api/core/apps-v1.ts'
import { ConfigMap } from '../../../src/api/core/core-v1.ts'
import { VirtualService } from '../../../src/api/istio/networking.ts'
import { eventually } from '../../support/eventually.ts'
import { canary, deployment, namespaceOf, type RolloutCluster, startRolloutCluster } from '../../support/rollout.ts'

const interval = '1500ms'
const success = { name: 'request-success-rate', interval: '2s', thresholdRange: { min: 99 } }
const duration = { name: 'request-duration', interval: '2s', thresholdRange: { max: 300 } }

describe('a canary rollout with real traffic', { timeout: 170_000, concurrency: 2 }, () => {
  let cluster: RolloutCluster
  before(async () => {
    cluster = await startRolloutCluster()
  })
  after(() => cluster.close())

  async function initialised(ns: string, manifest = canary(ns, { interval, metrics: [success, duration] })) {
    await cluster.apply(namespaceOf(ns), deployment(ns), manifest)
    await cluster.phase(ns, 'Initialized')
  }
  const replicas = async (ns: string, name: string) =>
    (await cluster.client.fetch(Deployment, { namespace: ns, name })).spec.replicas
  const commandOf = async (ns: string, name: string) =>
    (await cluster.client.fetch(Deployment, { namespace: ns, name })).spec.template.spec?.containers[0]?.command
  const weights = async (ns: string) => {
    const { spec } = await cluster.client.fetch(VirtualService, { namespace: ns, name: 'podinfo' })
    return spec.http?.[0]?.route?.map(route => route.weight)
  }

  it('rolls back a version that answers with errors', async () => {
    const ns = 'errors'
    await initialised(ns)
    const stop = cluster.load(ns)
    await cluster.apply(deployment(ns, ['--fault=errors=100%']))
    const { status } = await cluster.phase(ns, 'Failed')
    await stop()
    assert.equal(status?.canaryWeight, 0)
    assert.deepEqual(await weights(ns), [100, 0])
    assert.equal(await replicas(ns, 'podinfo'), 0)
    assert.deepEqual(await commandOf(ns, 'podinfo-primary'), ['./podinfo', '--port=9898'])
    await cluster.said(ns, `Rolling back podinfo.${ns} failed checks threshold reached 2`)
  })

  it('rolls back a version that is slow', async () => {
    const ns = 'slow'
    await initialised(ns)
    const stop = cluster.load(ns)
    await cluster.apply(deployment(ns, ['--fault=delay=500ms-700ms']))
    await cluster.phase(ns, 'Failed')
    await stop()
    const events = await cluster.events(ns)
    assert.ok(
      events.some(message => message.startsWith(`Halt podinfo.${ns} advancement request duration`)),
      events.join('\n'),
    )
  })

  it('rolls back a version that crashes, and says so', async () => {
    const ns = 'crash'
    await initialised(ns, canary(ns, { interval, metrics: [success] }, { progressDeadlineSeconds: 3 }))
    await cluster.apply(deployment(ns, ['--no-such-flag']))
    await cluster.phase(ns, 'Failed', 40_000)
    assert.equal(await replicas(ns, 'podinfo'), 0)
  })

  it('rolls back without traffic, and says that there is none', async () => {
    const ns = 'quiet'
    await initialised(ns)
    await cluster.apply(deployment(ns, ['--ui-message=new']))
    await cluster.phase(ns, 'Failed')
    const events = await cluster.events(ns)
    const said = events.find(message => message.startsWith('Halt advancement no values found for istio metric'))
    assert.match(said ?? '', /probably podinfo.quiet is not receiving traffic/)
  })

  it('rolls out a change of a ConfigMap alone', async () => {
    const ns = 'config'
    const config = (color: string): ConfigMap => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'look', namespace: ns },
      data: { PODINFO_UI_COLOR: color },
    })
    const target = deployment(ns, [], 1, { envFrom: [{ configMapRef: { name: 'look' } }] })
    await cluster.apply(namespaceOf(ns), config('#111111'), target, canary(ns, { interval, metrics: [success] }))
    await cluster.phase(ns, 'Initialized')
    const stop = cluster.load(ns)
    await cluster.apply(config('#222222'))
    await cluster.phase(ns, 'Succeeded')
    await stop()
    const copy = await cluster.client.fetch(ConfigMap, { namespace: ns, name: 'look-primary' })
    assert.deepEqual(copy.data, { PODINFO_UI_COLOR: '#222222' })
    const primary = await cluster.client.fetch(Deployment, { namespace: ns, name: 'podinfo-primary' })
    assert.deepEqual(primary.spec.template.spec?.containers[0]?.envFrom, [{ configMapRef: { name: 'look-primary' } }])
  })

  it('begins again when another version comes during the analysis', async () => {
    const ns = 'change'
    await initialised(ns)
    const stop = cluster.load(ns)
    await cluster.apply(deployment(ns, ['--ui-message=second']))
    await eventually(
      'the canary has traffic',
      async () => ((await cluster.getCanary(ns)).status?.canaryWeight ?? 0) > 0,
    )
    await cluster.apply(deployment(ns, ['--ui-message=third']))
    await cluster.phase(ns, 'Succeeded', 40_000)
    await stop()
    assert.deepEqual(await commandOf(ns, 'podinfo-primary'), ['./podinfo', '--port=9898', '--ui-message=third'])
    await cluster.said(ns, `New revision detected! Restarting analysis for podinfo.${ns}`)
  })

  it('hurts nobody else where one Canary is malformed, and says what is wrong with it', async () => {
    const ns = 'malformed'
    await cluster.apply(namespaceOf(ns), deployment(ns), canary(ns, { interval, stepWeights: [50, 20] }))
    const refused = await eventually('it is refused', async () =>
      (await cluster.getCanary(ns)).status?.conditions?.find(condition => condition.type === 'Accepted'),
    )
    assert.equal(refused.reason, 'InvalidSpec')
    assert.match(refused.message ?? '', /stepWeights\[1\]/)
    await cluster.apply(canary(ns, { interval, stepWeights: [20, 50] }))
    const { status } = await cluster.phase(ns, 'Initialized')
    assert.deepEqual(
      status?.conditions?.map(condition => condition.type),
      ['Promoted'],
    )
  })

  it('explains over HTTP what it did and waits for', async () => {
    const ns = 'explained'
    await initialised(ns)
    const answer = await fetch(`${cluster.agent.url}/api/v1/canaries/${ns}/podinfo/decisions`)
    const { phase, decisions } = (await answer.json()) as {
      phase: string
      decisions: { rule: string; waitsFor?: string }[]
    }
    assert.equal(phase, 'Initialized')
    assert.ok(decisions.some(({ rule }) => rule === 'initialised'))
    assert.equal(decisions.at(-1)?.waitsFor, 'a new revision of the target')
  })
})
