import assert from 'node:assert/strict'
import { it } from 'node:test'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { withDeadline } from '../../runtime/deadline.ts'
import { scaledClock } from './scaled-clock.ts'

it('passes so many times faster than the clock below it', async () => {
  const base = new FakeClock()
  const clock = scaledClock(base, 10)
  const startMs = clock.now().getTime()
  let rang = 0
  clock.setTimer(() => {
    rang += 1
  }, 60_000)
  await base.advance(5_999)
  assert.equal(rang, 0)
  await base.advance(1)
  assert.equal(rang, 1)
  assert.equal(clock.now().getTime() - startMs, 60_000)
  assert.equal(clock.monotonicMs() - base.monotonicMs(), 54_000)
})

it('leaves deadlines to the clock below it, for requests take no less time', async () => {
  const base = new FakeClock()
  const { signal } = withDeadline(scaledClock(base, 10), 5_000)
  await base.advance(4_999)
  assert.equal(signal.aborted, false)
  await base.advance(1)
  assert.equal(signal.aborted, true)
})
