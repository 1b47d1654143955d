import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { DeadlineError, withDeadline } from './deadline.ts'

/** What a deadline tells, in each of the three ways. */
function followed(clock: FakeClock, outer?: AbortSignal) {
  const deadline = withDeadline(clock, 1_000, outer)
  const told: unknown[] = []
  deadline.onEnd(reason => told.push(reason))
  return { deadline, told }
}

describe('a deadline', () => {
  it('ends when its time is up, once', async () => {
    const clock = new FakeClock()
    const outer = new AbortController()
    const { deadline, told } = followed(clock, outer.signal)
    const { signal } = deadline
    await clock.advance(999)
    assert.deepEqual([signal.aborted, deadline.reason, told], [false, undefined, []])
    await clock.advance(1)
    outer.abort(new Error('too late'))
    assert.ok(deadline.reason instanceof DeadlineError)
    assert.match(deadline.reason.message, /1000 ms/)
    assert.deepEqual([signal.reason, told], [deadline.reason, [deadline.reason]])
  })

  it('ends with the reason of the outer signal', () => {
    const outer = new AbortController()
    const { deadline, told } = followed(new FakeClock(), outer.signal)
    const why = new Error('given up')
    outer.abort(why)
    assert.deepEqual([deadline.reason, deadline.signal.reason, told], [why, why, [why]])
  })

  it('has ended at once where the outer signal had', () => {
    const why = new Error('before')
    const { deadline, told } = followed(new FakeClock(), AbortSignal.abort(why))
    assert.deepEqual([deadline.reason, deadline.signal.reason, told], [why, why, [why]])
  })

  it('does not end any more when it is cleared', async () => {
    const clock = new FakeClock()
    const outer = new AbortController()
    const { deadline, told } = followed(clock, outer.signal)
    const { clear } = deadline
    clear()
    outer.abort(new Error('given up'))
    await clock.advance(2_000)
    assert.deepEqual([deadline.reason, deadline.signal.aborted, told], [undefined, false, []])
  })
})
