import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { lowPriority, newWorkQueue, type QueueItem, type WorkQueue } from './workqueue.ts'

function queueOn(clock = new FakeClock()): WorkQueue {
  return newWorkQueue({ clock, random: () => 0, backoff: { initialMs: 10, maxMs: 1_000, jitter: 0 } })
}

async function takeAll(queue: WorkQueue): Promise<string[]> {
  const keys: string[] = []
  while (queue.depth > 0) {
    const item = await queue.next()
    keys.push(item?.key ?? '')
    item?.done()
  }
  return keys
}

/** What `next` gives right now; undefined when it would wait. */
async function takeNow(queue: WorkQueue): Promise<QueueItem | undefined> {
  return queue.depth > 0 ? queue.next() : undefined
}

describe('a work queue', () => {
  it('hands out a key once however often it was added', async () => {
    const queue = queueOn()
    for (const key of ['a', 'b', 'a', 'a']) queue.add(key)
    assert.deepEqual(await takeAll(queue), ['a', 'b'])
  })

  it('hands out a key that is being worked on once more, after the work', async () => {
    const queue = queueOn()
    queue.add('a')
    const first = await queue.next()
    queue.add('a')
    queue.add('a')
    assert.equal(await takeNow(queue), undefined)
    first?.done()
    const second = await takeNow(queue)
    assert.equal(second?.key, 'a')
    second?.done()
    assert.equal(await takeNow(queue), undefined)
  })

  it('hands out the urgent keys first, and equal ones in the order they came', async () => {
    const queue = queueOn()
    queue.add('low1', lowPriority)
    queue.add('usual1')
    queue.add('low2', lowPriority)
    queue.add('high', 10)
    queue.add('usual2')
    queue.add('low2', 5)
    assert.deepEqual(await takeAll(queue), ['high', 'low2', 'usual1', 'usual2', 'low1'])
  })

  it('gives a key to a worker that waits already', async () => {
    const queue = queueOn()
    const waiting = queue.next()
    queue.add('a')
    assert.equal((await waiting)?.key, 'a')
  })

  it('adds a delayed key at its earliest time and not again', async () => {
    const clock = new FakeClock()
    const queue = queueOn(clock)
    queue.addAfter('a', 500)
    queue.addAfter('a', 100)
    queue.addAfter('a', 900)
    await clock.advance(99)
    assert.equal(queue.depth, 0)
    await clock.advance(1)
    assert.deepEqual(await takeAll(queue), ['a'])
    await clock.advance(10_000)
    assert.equal(queue.depth, 0)
  })

  it('looks at a key again at the time that was said last', async () => {
    const clock = new FakeClock()
    const queue = queueOn(clock)
    queue.addAgainAfter('a', 100)
    queue.addAgainAfter('a', 500)
    await clock.advance(499)
    assert.equal(queue.depth, 0)
    await clock.advance(1)
    assert.deepEqual(await takeAll(queue), ['a'])
  })

  it('drops what was to be looked at again when a worker takes the key, but no wake that somebody else asked for', async () => {
    const clock = new FakeClock()
    const queue = queueOn(clock)
    queue.addAgainAfter('a', 300)
    queue.addRateLimited('b')
    queue.addAfter('b', 500)
    queue.add('a')
    queue.add('b')
    assert.deepEqual(await takeAll(queue), ['a', 'b'])
    await clock.advance(499)
    assert.equal(queue.depth, 0)
    await clock.advance(1)
    assert.deepEqual(await takeAll(queue), ['b'])
    await clock.advance(10_000)
    assert.equal(queue.depth, 0)
  })

  it('keeps what the worker says while it has the key', async () => {
    const clock = new FakeClock()
    const queue = queueOn(clock)
    queue.add('a')
    const item = await queue.next()
    queue.addAgainAfter('a', 100)
    item?.done()
    await clock.advance(100)
    assert.deepEqual(await takeAll(queue), ['a'])
  })

  it('looks again once at keys that came often, however many waits they have left behind', async () => {
    const clock = new FakeClock()
    const queue = queueOn(clock)
    for (let i = 0; i < 1_000; i++) {
      const key = `key${i % 3}`
      queue.add(key)
      await takeAll(queue)
      queue.addAgainAfter(key, 60_000)
    }
    await clock.advance(59_999)
    assert.equal(queue.depth, 0)
    await clock.advance(1)
    assert.deepEqual((await takeAll(queue)).sort(), ['key0', 'key1', 'key2'])
    await clock.advance(100_000)
    assert.equal(queue.depth, 0)
  })

  it('waits twice as long after each failure of a key, up to the limit, and forgets on success', async () => {
    const clock = new FakeClock()
    const queue = queueOn(clock)
    const waits: number[] = []
    const fail = async () => {
      const startMs = clock.monotonicMs()
      const waiting = queue.next()
      queue.addRateLimited('a')
      while (queue.failures('a') < 99 && clock.pending > 0) await clock.advance(10)
      waits.push(clock.monotonicMs() - startMs)
      ;(await waiting)?.done()
    }
    for (let i = 0; i < 9; i++) await fail()
    queue.forget('a')
    await fail()
    assert.deepEqual(waits, [10, 20, 40, 80, 160, 320, 640, 1_000, 1_000, 10])
  })

  it('spreads the retries of many keys', async () => {
    const clock = new FakeClock()
    const queue = newWorkQueue({ clock, random: () => 0, retriesPerSecond: 10, retryBurst: 5 })
    for (let i = 0; i < 25; i++) queue.addRateLimited(`key${i}`)
    await clock.advance(10)
    assert.equal(queue.depth, 5)
    await clock.advance(1_000)
    assert.equal(queue.depth, 15)
    await clock.advance(1_000)
    assert.equal(queue.depth, 25)
  })

  it('ends its workers on shutdown and waits for the work under way', async () => {
    const queue = queueOn()
    queue.add('a')
    queue.add('b')
    const item = await queue.next()
    let isIdle = false
    const idle = queue.shutDown().then(() => {
      isIdle = true
    })
    queue.add('c')
    assert.equal(await queue.next(), undefined)
    assert.equal(isIdle, false)
    item?.done()
    await idle
    assert.equal(queue.depth, 0)
  })

  it('works off what is ready when shutdown asks for it', async () => {
    const clock = new FakeClock()
    const queue = queueOn(clock)
    for (const key of ['a', 'b']) queue.add(key)
    queue.addAfter('later', 100)
    const idle = queue.shutDown({ finishReady: true })
    queue.add('c')
    const keys: string[] = []
    for (let item = await queue.next(); item; item = await queue.next()) {
      keys.push(item.key)
      item.done()
    }
    await idle
    assert.deepEqual(keys, ['a', 'b'])
    assert.equal(clock.pending, 0)
  })

  it('says that a key was done twice', async () => {
    const queue = queueOn()
    queue.add('a')
    const item = await queue.next()
    item?.done()
    assert.throws(() => item?.done(), /a was done twice/)
  })

  it('reports depth, waiting and working time', async () => {
    const clock = new FakeClock()
    const told: string[] = []
    const queue = newWorkQueue({
      clock,
      random: () => 0,
      metrics: {
        added: () => told.push('added'),
        retried: () => told.push('retried'),
        depth: () => {},
        taken: ms => told.push(`taken after ${ms}`),
        finished: ms => told.push(`finished after ${ms}`),
      },
    })
    queue.add('a')
    await clock.advance(30)
    const item = await queue.next()
    await clock.advance(70)
    item?.done()
    assert.deepEqual(told, ['added', 'taken after 30', 'finished after 70'])
  })
})

type Step =
  | { readonly do: 'add' | 'addAfter' | 'addAgainAfter' | 'addRateLimited'; readonly key: string; readonly n: number }
  | { readonly do: 'take' }
  | { readonly do: 'finish'; readonly n: number }
  | { readonly do: 'advance'; readonly n: number }

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constantFrom('add', 'addAfter', 'addAgainAfter', 'addRateLimited'),
      key,
      n: fc.integer({ min: -2, max: 50 }),
    }),
    fc.record({ do: fc.constant('take') }),
    fc.record({ do: fc.constant('finish'), n: fc.nat(4) }),
    fc.record({ do: fc.constant('advance'), n: fc.integer({ min: 1, max: 100 }) }),
  ) as fc.Arbitrary<Step>,
  { maxLength: 120 },
)

describe('a work queue under any sequence of calls', () => {
  it('never hands a key to two workers, loses none, and hands out the most urgent first', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async sequence => {
        const clock = new FakeClock()
        const queue = queueOn(clock)
        const held: QueueItem[] = []
        /** Keys that must still be handed out after all that has been done. */
        const owed = new Set<string>()
        /** The model of what is ready: priority by key. */
        const ready = new Map<string, number>()
        const take = async () => {
          const item = await takeNow(queue)
          if (!item) return
          assert.ok(!held.some(other => other.key === item.key), `${item.key} was handed out twice`)
          // Keys that came ready by time are not in the model, so it knows a lower bound of the most urgent.
          const mostUrgent = Math.max(...ready.values())
          assert.ok(item.priority >= mostUrgent, `${item.key} of ${item.priority} came before one of ${mostUrgent}`)
          ready.delete(item.key)
          owed.delete(item.key)
          held.push(item)
        }
        for (const step of sequence) {
          if (step.do === 'take') await take()
          else if (step.do === 'finish') held.splice(step.n % Math.max(1, held.length), 1)[0]?.done()
          else if (step.do === 'advance') await clock.advance(step.n)
          else {
            owed.add(step.key)
            if (step.do === 'add') {
              if (!held.some(item => item.key === step.key)) {
                ready.set(step.key, Math.max(step.n, ready.get(step.key) ?? Number.NEGATIVE_INFINITY))
              }
              queue.add(step.key, step.n)
            } else if (step.do === 'addAfter') queue.addAfter(step.key, step.n)
            else if (step.do === 'addAgainAfter') queue.addAgainAfter(step.key, step.n)
            else queue.addRateLimited(step.key)
          }
        }
        for (const item of held.splice(0)) item.done()
        await clock.advance(100_000)
        while (queue.depth > 0) {
          await take()
          for (const item of held.splice(0)) item.done()
        }
        assert.deepEqual([...owed], [])
        await queue.shutDown()
        assert.equal(clock.pending, 0)
      }),
      { seed: 20261123, numRuns: 300 },
    )
  })
})
