import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { ApiError } from './client.ts'
import { type ControllerOptions, newController, type Source } from './controller.ts'
import { LeadershipLostError } from './leader-election.ts'
import { newLogger } from './log.ts'
import { newMetricRegistry } from './metrics.ts'
import { type Request, type Result, TerminalError } from './reconcile.ts'
import { lowPriority } from './workqueue.ts'

type Reconcile = (request: Request, signal: AbortSignal, clock: FakeClock) => Promise<Result>

function source(...keys: string[]): Source {
  return {
    start(enqueue) {
      for (const key of keys) enqueue(key)
      return () => {}
    },
    synced: () => Promise.resolve(),
  }
}

/** A controller that runs on a fake clock until the test ends. */
async function start(t: TestContext, reconcile: Reconcile, options: Partial<ControllerOptions> = {}) {
  const clock = new FakeClock()
  const logged: { level: string; msg: string; key?: string; error?: string }[] = []
  const log = newLogger({ clock, write: line => logged.push(JSON.parse(line)), level: 'info' })
  const metrics = newMetricRegistry()
  const controller = newController({
    reconciler: { name: 'test', reconcile: (request, signal) => reconcile(request, signal, clock) },
    sources: [source('a')],
    clock,
    random: () => 0,
    log,
    metrics,
    backoff: { initialMs: 100, maxMs: 1_000, jitter: 0 },
    ...options,
  })
  const stop = new AbortController()
  const ended = controller.run(stop.signal)
  t.after(async () => {
    stop.abort()
    await ended
  })
  await clock.advance(0)
  const errors = () => logged.filter(line => line.level === 'error').map(({ msg, key, error }) => ({ msg, key, error }))
  return { clock, controller, errors, metrics, stop, ended }
}

describe('a controller', () => {
  it('reconciles each key and looks again when told', async t => {
    const calls: string[] = []
    const { clock, metrics } = await start(
      t,
      async ({ key }, _signal, clock) => {
        calls.push(`${key} at ${clock.monotonicMs()}`)
        return key === 'a' ? { requeueAfterMs: 500 } : {}
      },
      { sources: [source('a', 'b')] },
    )
    await clock.advance(1_000)
    assert.deepEqual(calls, ['a at 0', 'b at 0', 'a at 500', 'a at 1000'])
    assert.match(metrics.text(), /controller_runtime_reconcile_total\{controller="test",result="requeue_after"\} 3/)
    assert.match(metrics.text(), /controller_runtime_reconcile_total\{controller="test",result="success"\} 1/)
    assert.match(metrics.text(), /workqueue_adds_total\{name="test"\} 4/)
  })

  it('does not look again for what an earlier reconcile waited for, once another has come', async t => {
    const times: number[] = []
    // The first finds that something is missing, the second that it has come.
    const waitsMs = [30_000, 600_000]
    const { clock, controller } = await start(t, async (_request, _signal, clock) => {
      times.push(clock.monotonicMs())
      return { requeueAfterMs: waitsMs[times.length - 1] ?? 600_000 }
    })
    await clock.advance(10_000)
    controller.enqueue('a')
    await clock.advance(0)
    await clock.advance(600_000)
    assert.deepEqual(times, [0, 10_000, 610_000])
  })

  it('looks at a key that changes while it is worked on, and when a change was to be gathered until later', async t => {
    const times: number[] = []
    const { clock, controller } = await start(t, async (_request, _signal, clock) => {
      times.push(clock.monotonicMs())
      if (times.length === 2) controller.enqueue('a')
      if (times.length === 3) controller.enqueue('a', { afterMs: 200 })
      return times.length === 4 ? {} : { requeueAfterMs: 1_000 }
    })
    await clock.advance(10_000)
    assert.deepEqual(times, [0, 1_000, 1_000, 1_200])
  })

  it('forgets the wait after a failure when a change brings success', async t => {
    const times: number[] = []
    const { clock, controller } = await start(t, async (_request, _signal, clock) => {
      times.push(clock.monotonicMs())
      if (times.length === 1) throw new Error('not yet')
      return {}
    })
    await clock.advance(50)
    controller.enqueue('a')
    await clock.advance(0)
    await clock.advance(10_000)
    assert.deepEqual(times, [0, 50])
  })

  it('tries again with longer and longer waits after errors, logging each once', async t => {
    const times: number[] = []
    const { clock, errors } = await start(t, async (_request, _signal, clock) => {
      times.push(clock.monotonicMs())
      if (times.length < 4) throw new Error(`attempt ${times.length}`)
      return {}
    })
    await clock.advance(10_000)
    assert.deepEqual(times, [0, 100, 300, 700])
    assert.deepEqual(
      errors(),
      [1, 2, 3].map(n => ({ msg: 'reconcile failed', key: 'a', error: `attempt ${n}` })),
    )
  })

  it('does not try again after a terminal error', async t => {
    let calls = 0
    const { clock, controller, errors, metrics } = await start(t, async () => {
      calls += 1
      throw new TerminalError('Invalid', 'spec.x is wrong')
    })
    await clock.advance(100_000)
    assert.equal(calls, 1)
    assert.deepEqual(errors(), [{ msg: 'reconcile failed for good', key: 'a', error: 'spec.x is wrong' }])
    assert.match(metrics.text(), /result="terminal_error"\} 1/)
    controller.enqueue('a')
    await clock.advance(0)
    assert.equal(calls, 2)
  })

  it('survives what is thrown without a promise, and what is no error', async t => {
    let calls = 0
    const { clock, errors } = await start(t, () => {
      calls += 1
      if (calls === 1) throw new RangeError('sync')
      if (calls === 2) return Promise.reject('text')
      return Promise.resolve({})
    })
    await clock.advance(1_000)
    assert.equal(calls, 3)
    assert.deepEqual(
      errors().map(line => line.error),
      ['sync', 'text'],
    )
  })

  it('takes a conflict for what it is: a reason to look again', async t => {
    let calls = 0
    const { clock, errors } = await start(t, async () => {
      calls += 1
      if (calls > 1) return {}
      throw new ApiError({
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        reason: 'Conflict',
        code: 409,
      })
    })
    await clock.advance(1_000)
    assert.equal(calls, 2)
    assert.deepEqual(errors(), [])
  })

  it('works on as many keys at a time as it may, and never twice on one', async t => {
    const open = new Map<string, () => void>()
    let most = 0
    const { clock, controller } = await start(
      t,
      ({ key }) => {
        assert.ok(!open.has(key))
        return new Promise(resolve => {
          open.set(key, () => {
            open.delete(key)
            resolve({})
          })
          most = Math.max(most, open.size)
        })
      },
      { sources: [source('a', 'b', 'c', 'd')], concurrency: 3 },
    )
    await clock.advance(0)
    controller.enqueue('a')
    await clock.advance(0)
    assert.deepEqual([...open.keys()], ['a', 'b', 'c'])
    while (open.size > 0) {
      for (const finish of [...open.values()]) finish()
      await clock.advance(0)
    }
    assert.equal(most, 3)
  })

  it('works on another key while one rests, and never on more than it may beside', async t => {
    const wake = Promise.withResolvers<void>()
    const finish = new Map<string, () => void>()
    const busy = (key: string) => new Promise<Result>(resolve => finish.set(key, () => resolve({})))
    const { clock, controller } = await start(
      t,
      async ({ key, resting }, signal, ownClock) => {
        if (key !== 'sleeper') return busy(key)
        await resting(() => ownClock.sleep(10, signal))
        await resting(() => wake.promise)
        return {}
      },
      { sources: [source('sleeper', 'a', 'b')] },
    )
    await clock.advance(100)
    assert.deepEqual([...finish.keys()], ['a'])
    wake.resolve()
    await clock.advance(0)
    controller.enqueue('c')
    await clock.advance(0)
    assert.deepEqual([...finish.keys()], ['a'])
    for (const key of ['a', 'b', 'c']) {
      finish.get(key)?.()
      await clock.advance(0)
    }
    assert.deepEqual([...finish.keys()], ['a', 'b', 'c'])
  })

  it('works on urgent keys first, whoever asks for them and whatever a reconcile waited for', async t => {
    const calls: string[] = []
    const { clock, controller } = await start(
      t,
      async ({ key }, signal, ownClock) => {
        const isFirst = calls.push(key) === 1
        await ownClock.sleep(100, signal)
        return isFirst ? { requeueAfterMs: 100 } : {}
      },
      { urgencyOf: key => (key.startsWith('urgent') ? 1 : 0), sources: [source('urgent1')] },
    )
    await clock.advance(150)
    for (const key of ['usual1', 'usual2', 'usual3', 'urgent2']) controller.enqueue(key)
    await clock.advance(1_000)
    assert.deepEqual(calls, ['urgent1', 'usual1', 'urgent2', 'urgent1', 'usual2', 'usual3'])
  })

  it('does not begin before its sources know everything', async t => {
    const synced = Promise.withResolvers<void>()
    let calls = 0
    const { clock } = await start(
      t,
      async () => {
        calls += 1
        return {}
      },
      { sources: [source('a'), { start: () => () => {}, synced: () => synced.promise }] },
    )
    assert.equal(calls, 0)
    synced.resolve()
    await clock.advance(0)
    assert.equal(calls, 1)
  })

  it('gathers the changes of a burst into one look, and looks again at what comes later', async t => {
    const times: number[] = []
    const { clock, controller } = await start(
      t,
      async (_request, _signal, clock) => {
        times.push(clock.monotonicMs())
        return {}
      },
      { sources: [] },
    )
    for (let change = 0; change < 5; change++) {
      controller.enqueue('a', { afterMs: 100 })
      await clock.advance(10)
    }
    await clock.advance(150)
    controller.enqueue('a', { afterMs: 100 })
    await clock.advance(1_000)
    assert.deepEqual(times, [100, 300])
  })

  it('does what has changed before what was there when it started', async t => {
    const calls: string[] = []
    const first: Source = {
      start(enqueue) {
        enqueue('old1', { priority: lowPriority })
        enqueue('old2', { priority: lowPriority })
        enqueue('changed')
        return () => {}
      },
      synced: () => Promise.resolve(),
    }
    const { clock } = await start(
      t,
      async ({ key }) => {
        calls.push(key)
        return {}
      },
      { sources: [first] },
    )
    await clock.advance(0)
    assert.deepEqual(calls, ['changed', 'old1', 'old2'])
  })

  it('tells a reconcile that takes too long to end', async t => {
    let reason: unknown
    const { clock, errors } = await start(
      t,
      (_request, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reason = signal.reason
            reject(signal.reason)
          })
        }),
      { reconcileTimeoutMs: 1_000 },
    )
    await clock.advance(1_000)
    assert.match(String(reason), /no end within 1000 ms/)
    assert.equal(errors().length, 1)
  })

  it('says which reconcile does not end although it was told to', async t => {
    const finish = Promise.withResolvers<Result>()
    const { clock, controller } = await start(t, () => finish.promise, { reconcileTimeoutMs: 1_000 })
    await clock.advance(60_000)
    assert.equal(controller.problem(), undefined)
    await clock.advance(2_000)
    assert.equal(controller.problem(), '1 reconciles do not end, first a')
    finish.resolve({})
    await clock.advance(0)
    assert.equal(controller.problem(), undefined)
  })

  const finishing = [
    { name: 'lets work that is under way finish in time', reason: new Error('closing'), atMs: 4_999, want: false },
    {
      name: 'ends work that is under way when that time is over',
      reason: new Error('closing'),
      atMs: 5_000,
      want: true,
    },
    { name: 'ends it at once where the Lease was lost', reason: new LeadershipLostError('lost'), atMs: 0, want: true },
  ]
  for (const { name, reason, atMs, want } of finishing) {
    it(`${name} on shutdown`, async t => {
      const finish = Promise.withResolvers<Result>()
      let seen: AbortSignal | undefined
      const { clock, stop, ended } = await start(
        t,
        (_, signal) => {
          seen = signal
          return finish.promise
        },
        { sources: [source('a')], finishMs: 5_000 },
      )
      await clock.advance(0)
      stop.abort(reason)
      await clock.advance(0)
      await clock.advance(atMs)
      const wasEnded = seen?.aborted
      finish.resolve({})
      await ended
      assert.equal(wasEnded, want)
    })
  }

  it('waits on shutdown for what is under way, and begins nothing more', async t => {
    const calls: string[] = []
    const finish = Promise.withResolvers<Result>()
    const { clock, stop, ended, errors } = await start(
      t,
      ({ key }) => {
        calls.push(key)
        return finish.promise
      },
      { sources: [source('a', 'b')] },
    )
    await clock.advance(0)
    let hasEnded = false
    void ended.then(() => {
      hasEnded = true
    })
    stop.abort()
    await clock.advance(0)
    assert.equal(hasEnded, false)
    finish.resolve({ requeueAfterMs: 1 })
    await ended
    assert.deepEqual(calls, ['a'])
    assert.deepEqual(errors(), [])
    assert.equal(clock.pending, 0)
  })
})
