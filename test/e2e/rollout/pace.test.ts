import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { canary, deployment, namespaceOf, startRolloutCluster } from '../../support/rollout.ts'

describe("at upstream's pace", { timeout: 90_000 }, () => {
  it('takes one step an interval, bootstrap and promotion included', async () => {
    const ns = 'ticking'
    const cluster = await startRolloutCluster({ pace: 'upstream' })
    try {
      await cluster.apply(namespaceOf(ns), deployment(ns), canary(ns, { interval: '1s', stepWeight: 50, metrics: [] }))
      await cluster.phase(ns, 'Initialized')
      const startMs = performance.now()
      await cluster.apply(deployment(ns, ['--ui-message=new'], 0))
      await cluster.phase(ns, 'Succeeded', 40_000)
      // Detection, weight, promotion, traffic back, end: four pauses of a second between them.
      assert.ok(performance.now() - startMs > 4_000)
      await cluster.said(ns, `Promotion completed! Scaling down podinfo.${ns}`)
    } finally {
      await cluster.close()
    }
  })
})
