import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestCluster, type TestCluster } from '../../test/support/cluster.ts'
import { Lease } from '../api/core/coordination-v1.ts'
import { toMicroTimestamp } from '../apimachinery/time.ts'
import { systemClock } from '../runtime/clock.ts'
import { newInformerSet } from '../runtime/informer-set.ts'
import { silentLogger } from '../runtime/log.ts'
import { newFluxWatch } from './flux-watch.ts'

describe('a watch for Flux', () => {
  let cluster: TestCluster
  before(async () => {
    cluster = await startTestCluster()
  })
  after(() => cluster.close())

  it('sees a Lease run out although the clock moves on between two readings', async () => {
    const renewed = new Date('2026-01-01T00:00:00Z')
    await cluster.client.create(Lease, {
      metadata: { namespace: 'default', name: 'helm-controller-leader-election' },
      spec: { holderIdentity: 'flux', leaseDurationSeconds: 30, renewTime: toMicroTimestamp(renewed) },
    })
    // One millisecond before the end, at the end, one after it, ...
    let readingMs = renewed.getTime() + 2 * 30_000 - 1
    const clock = { ...systemClock, now: () => new Date(readingMs++) }
    const informers = newInformerSet({ ...cluster, clock: systemClock, log: silentLogger, random: Math.random })
    const flux = newFluxWatch({ informers, clock, log: silentLogger })
    const stop = new AbortController()
    const running = informers.run(stop.signal)
    try {
      const late = AbortSignal.timeout(5_000)
      await flux.until('helm-controller', false, late)
      assert.equal(late.aborted, false)
    } finally {
      stop.abort()
      await running
    }
  })
})
