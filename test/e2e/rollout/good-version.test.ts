import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { eventually } from '../../support/eventually.ts'
import {
  canary,
  commandOf,
  deployment,
  type RolloutCluster,
  requestMetrics,
  startRolloutCluster,
} from '../../support/rollout.ts'

const interval = '1500ms'

describe('a good version', { timeout: 100_000 }, () => {
  let cluster: RolloutCluster
  before(async () => {
    cluster = await startRolloutCluster()
  })
  after(() => cluster.close())

  it('promotes a good version step by step, without a failed request and with at most 30 API requests', async () => {
    const ns = 'good'
    const analysis = { interval, stepWeight: 10, maxWeight: 50, threshold: 5, metrics: requestMetrics('2s') }
    await cluster.initialised(ns, deployment(ns), canary(ns, analysis))
    assert.equal((await cluster.deployment(ns, 'podinfo')).spec.replicas, 0)
    const stop = cluster.load(ns, { perSecond: 60 })
    cluster.counted.reset()
    await cluster.apply(deployment(ns, ['--ui-message=new']))
    const seen = new Set<number>()
    await eventually(
      'the rollout ends',
      async () => {
        const { status } = await cluster.getCanary(ns)
        if (status?.phase === 'Progressing') seen.add(status.canaryWeight ?? 0)
        assert.notEqual(status?.phase, 'Failed', (await cluster.events(ns)).join('\n'))
        return status?.phase === 'Succeeded'
      },
      60_000,
    )
    const { requests, failed } = await stop()
    assert.deepEqual(
      [...seen].filter(weight => weight > 0),
      [10, 20, 30, 40, 50],
    )
    assert.equal(failed, 0, `${failed} of ${requests}`)
    assert.deepEqual(commandOf(await cluster.deployment(ns, 'podinfo-primary')), [
      './podinfo',
      '--port=9898',
      '--ui-message=new',
    ])
    assert.equal((await cluster.deployment(ns, 'podinfo')).spec.replicas, 0)
    assert.deepEqual(await cluster.weights(ns), [100, 0])
    const last = `Promotion completed! Scaling down podinfo.${ns}`
    const events = await eventually('all events are there', async () => {
      const all = await cluster.events(ns)
      return all.includes(last) ? all : undefined
    })
    const inOrder = [
      `Initialization done! podinfo.${ns}`,
      `New revision detected! Scaling up podinfo.${ns}`,
      `Starting canary analysis for podinfo.${ns}`,
      ...[10, 20, 30, 40, 50].map(weight => `Advance podinfo.${ns} canary weight ${weight}`),
      `Copying podinfo.${ns} template spec to podinfo-primary.${ns}`,
      'Routing all traffic to primary',
      last,
    ]
    assert.deepEqual(
      events.filter(message => inOrder.includes(message)),
      inOrder,
    )
    // On a machine too busy for samples to come in time a check fails now and then: a status and an event each.
    const answer = await fetch(`${cluster.agent.url}/api/v1/canaries/${ns}/podinfo/decisions`)
    const { decisions } = (await answer.json()) as { decisions: { rule: string }[] }
    const failedChecks = decisions.filter(({ rule }) => rule === 'check-failed').length
    const sent = cluster.counted.total() - 2 * failedChecks
    assert.ok(sent <= 30, `${sent}: ${JSON.stringify([...cluster.counted.counts])}`)
  })
})
