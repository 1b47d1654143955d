import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ConfigMap } from '../../../src/api/core/core-v1.ts'
import { eventually } from '../../support/eventually.ts'
import {
  canary,
  commandOf,
  deployment,
  namespaceOf,
  type RolloutCluster,
  requestMetrics,
  startRolloutCluster,
} from '../../support/rollout.ts'
import { lookOf, readsLook } from '../../support/rollout-targets.ts'

const interval = '1500ms'
const metrics = requestMetrics('2s')
const [success] = metrics

describe('a canary rollout with real traffic', { timeout: 170_000, concurrency: 2 }, () => {
  let cluster: RolloutCluster
  before(async () => {
    cluster = await startRolloutCluster()
  })
  after(() => cluster.close())

  const initialised = (ns: string, manifest = canary(ns, { interval, metrics })) =>
    cluster.initialised(ns, deployment(ns), manifest)
  const replicas = async (ns: string, name: string) => (await cluster.deployment(ns, name)).spec.replicas

  it('rolls back a version that answers with errors', async () => {
    const ns = 'errors'
    await initialised(ns)
    const stop = cluster.load(ns)
    await cluster.apply(deployment(ns, ['--fault=errors=100%']))
    const { status } = await cluster.phase(ns, 'Failed')
    await stop()
    assert.equal(status?.canaryWeight, 0)
    assert.deepEqual(await cluster.weights(ns), [100, 0])
    assert.equal(await replicas(ns, 'podinfo'), 0)
    assert.deepEqual(commandOf(await cluster.deployment(ns, 'podinfo-primary')), ['./podinfo', '--port=9898'])
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
    const config = (color: string) => lookOf(ns, { PODINFO_UI_COLOR: color })
    const target = deployment(ns, [], 1, readsLook)
    await cluster.initialised(ns, config('#111111'), target, canary(ns, { interval, metrics: [success] }))
    const stop = cluster.load(ns)
    await cluster.apply(config('#222222'))
    await cluster.phase(ns, 'Succeeded')
    await stop()
    const copy = await cluster.client.fetch(ConfigMap, { namespace: ns, name: 'look-primary' })
    assert.deepEqual(copy.data, { PODINFO_UI_COLOR: '#222222' })
    const primary = await cluster.deployment(ns, 'podinfo-primary')
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
    assert.deepEqual(commandOf(await cluster.deployment(ns, 'podinfo-primary')), [
      './podinfo',
      '--port=9898',
      '--ui-message=third',
    ])
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
