import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { backoffMs, newBackoff } from './backoff.ts'
import { newTokenBucket } from './rate-limit.ts'

describe('back-off', () => {
  it('doubles up to its limit and starts again after a success', () => {
    const backoff = newBackoff({ initialMs: 100, maxMs: 500 }, () => 0)
    const waits = [1, 2, 3, 4, 5].map(() => backoff.next())
    backoff.reset()
    assert.deepEqual([...waits, backoff.next()], [100, 200, 400, 500, 500, 100])
  })

  it('takes away a random share, never more than the jitter', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (failures, random) => {
          const wait = backoffMs(failures, { initialMs: 10, maxMs: 1_000, jitter: 0.3 }, () => random)
          const full = Math.min(1_000, 10 * 2 ** (failures - 1))
          assert.ok(wait <= full && wait >= full * 0.7)
        },
      ),
      { seed: 1 },
    )
  })
})

describe('a token bucket', () => {
  it('gives its burst at once, then so many a second', async () => {
    const clock = new FakeClock()
    const bucket = newTokenBucket({ clock, perSecond: 2, burst: 3 })
    const takeAll = () => {
      let taken = 0
      while (bucket.tryTake()) taken += 1
      return taken
    }
    assert.equal(takeAll(), 3)
    await clock.advance(1_000)
    assert.equal(takeAll(), 2)
    await clock.advance(3_600_000)
    assert.equal(takeAll(), 3)
  })

  it('lets those who reserve wait in turn', async () => {
    const clock = new FakeClock()
    const bucket = newTokenBucket({ clock, perSecond: 2, burst: 1 })
    assert.deepEqual(
      [1, 2, 3].map(() => bucket.reserveMs()),
      [0, 500, 1_000],
    )
    await clock.advance(500)
    assert.equal(bucket.reserveMs(), 1_000)
  })
})
