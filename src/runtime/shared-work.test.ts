import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { newSharedWork } from './shared-work.ts'

const never = new AbortController().signal
const turn = () => new Promise(resolve => setImmediate(resolve))

/** Work whose end is in the test's hands. */
function heldWork() {
  const shared = newSharedWork<number>()
  const rounds: { resolve: (value: number) => void; reject: (error: Error) => void; signal: AbortSignal }[] = []
  const work = (signal: AbortSignal) => {
    const { promise, resolve, reject } = Promise.withResolvers<number>()
    signal.addEventListener('abort', () => reject(signal.reason))
    rounds.push({ resolve, reject, signal })
    return promise
  }
  return { rounds, join: (key: string, signal = never) => shared.join(key, work, signal) }
}

describe('shared work', () => {
  it('is done once for those who ask before it begins', async () => {
    const { rounds, join } = heldWork()
    const results = [join('a'), join('a'), join('a')]
    await turn()
    assert.equal(rounds.length, 1)
    rounds[0]?.resolve(7)
    assert.deepEqual(await Promise.all(results), [7, 7, 7])
  })

  it('is done once more for all who ask while it is under way, as what they want may be newer', async () => {
    const { rounds, join } = heldWork()
    const first = join('a')
    await turn()
    const later = [join('a'), join('a')]
    await turn()
    assert.equal(rounds.length, 1)
    rounds[0]?.resolve(1)
    assert.equal(await first, 1)
    await turn()
    assert.equal(rounds.length, 2)
    rounds[1]?.resolve(2)
    assert.deepEqual(await Promise.all(later), [2, 2])
  })

  it('is not shared between keys', async () => {
    const { rounds, join } = heldWork()
    const results = [join('a'), join('b')]
    await turn()
    rounds[0]?.resolve(1)
    rounds[1]?.resolve(2)
    assert.deepEqual(await Promise.all(results), [1, 2])
  })

  it('fails for all, and the next who ask begin anew', async () => {
    const { rounds, join } = heldWork()
    const failing = [join('a'), join('a')]
    await turn()
    const later = join('a')
    rounds[0]?.reject(new Error('no'))
    for (const each of failing) await assert.rejects(each, /^Error: no$/)
    await turn()
    rounds[1]?.resolve(2)
    assert.equal(await later, 2)
    const again = join('a')
    await turn()
    rounds[2]?.resolve(3)
    assert.equal(await again, 3)
  })

  it('goes on while somebody waits, and ends with the last', async () => {
    const { rounds, join } = heldWork()
    const stops = [new AbortController(), new AbortController()]
    const [first, second] = stops.map(({ signal }) => join('a', signal))
    await turn()
    stops[0]?.abort(new Error('gone'))
    await assert.rejects(first ?? Promise.resolve(), /gone/)
    assert.equal(rounds[0]?.signal.aborted, false)
    stops[1]?.abort(new Error('gone, too'))
    await assert.rejects(second ?? Promise.resolve(), /gone, too/)
    assert.equal(rounds[0]?.signal.aborted, true)
  })

  it('does not begin where all who wanted it have gone', async () => {
    const { rounds, join } = heldWork()
    const first = join('a')
    await turn()
    const stop = new AbortController()
    const second = join('a', stop.signal)
    const left = assert.rejects(second, /gone/)
    stop.abort(new Error('gone'))
    rounds[0]?.resolve(1)
    await left
    assert.equal(await first, 1)
    assert.equal(rounds.length, 1)
  })
})
