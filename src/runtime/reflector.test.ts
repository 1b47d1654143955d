import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { ConfigMap } from '../api/core/core-v1.ts'
import type { Client, ListOptions, WatchEvent, WatchOptions } from './client.ts'
import { silentLogger } from './log.ts'
import { newReflector } from './reflector.ts'

type Events = AsyncIterable<WatchEvent<ConfigMap>>

/** A reflector on a fake clock, over watches that a test feeds by hand. */
function start(t: TestContext) {
  const clock = new FakeClock()
  const watches: { readonly options: WatchOptions; push(event: WatchEvent<ConfigMap>): void; end(): void }[] = []
  const client = {
    list: async (_type: unknown, _options: ListOptions) => ({ items: [], resourceVersion: '1' }),
    watch(_type: unknown, options: WatchOptions): Events {
      let next = Promise.withResolvers<WatchEvent<ConfigMap> | undefined>()
      watches.push({
        options,
        push(event) {
          next.resolve(event)
        },
        end: () => next.resolve(undefined),
      })
      options.signal?.addEventListener('abort', () => next.reject(options.signal?.reason))
      next.promise.catch(() => {})
      return (async function* () {
        for (let event = await next.promise; event; event = await next.promise) {
          next = Promise.withResolvers()
          next.promise.catch(() => {})
          yield event
        }
      })()
    },
  }
  const stop = new AbortController()
  const ended = newReflector<ConfigMap>({
    client: client as unknown as Pick<Client, 'list' | 'watch'>, // Generic methods, of which one type is used here.
    clock,
    random: () => 0,
    log: silentLogger,
    type: ConfigMap,
    selection: {},
    sink: { beginList: () => {}, endList: () => {}, put: () => {}, remove: () => {} },
    initialSync: 'list',
    onProblem: () => {},
  }).run(stop.signal)
  t.after(async () => {
    stop.abort()
    await ended
    assert.equal(clock.pending, 0)
  })
  const bookmark = (version: string) =>
    watches.at(-1)?.push({ type: 'BOOKMARK', object: { metadata: { resourceVersion: version } } })
  return { clock, watches, bookmark }
}

describe('a quiet watch', () => {
  it('is left alone as long as the server lets it be', async t => {
    const { clock, watches } = start(t)
    await clock.advance(0)
    assert.equal(watches[0]?.options.timeoutSeconds, 300)
    await clock.advance(329_000)
    assert.equal(watches.length, 1)
  })

  it('is opened anew when the server should have ended it', async t => {
    const { clock, watches } = start(t)
    await clock.advance(0)
    await clock.advance(331_000)
    await clock.advance(1_000)
    assert.equal(watches.length, 2)
  })

  it('is opened anew when bookmarks stop coming, from where the last one was', async t => {
    const { clock, watches, bookmark } = start(t)
    await clock.advance(0)
    for (const version of ['5', '6', '7']) {
      await clock.advance(60_000)
      bookmark(version)
      await clock.advance(0)
    }
    await clock.advance(149_000)
    assert.equal(watches.length, 1)
    await clock.advance(1_000)
    await clock.advance(1_000)
    assert.deepEqual(
      watches.map(watch => watch.options.resourceVersion),
      ['1', '7'],
    )
  })
})

it('watches that end at once are opened at longer and longer intervals', async t => {
  const { clock, watches } = start(t)
  const times: number[] = []
  for (let i = 0; i < 40; i++) {
    await clock.advance(0)
    if (watches.length > times.length) {
      times.push(clock.monotonicMs())
      watches.at(-1)?.end()
      await clock.advance(0)
    }
    await clock.advance(200)
  }
  const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0))
  assert.deepEqual(gaps, [200, 400, 800, 1_600, 3_200])
})
