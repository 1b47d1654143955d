import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { dialectV3 } from '../dialect.ts'
import { Labels } from '../labels.ts'
import { newMatcher } from '../matcher.ts'
import { MemorySeries, type SampleValue } from './series.ts'
import { spanOf } from './span.ts'
import { SeriesLimitError, Store } from './store.ts'
import { Window } from './window.ts'

const name = (value: string, rest: Record<string, string> = {}) => Labels.from({ __name__: value, ...rest })
const equals = (label: string, value: string) => newMatcher(label, '=', value, dialectV3)
const matching = (label: string, value: string) => newMatcher(label, '=~', value, dialectV3)

describe('MemorySeries', () => {
  it('gives back what a plain list of samples would', () => {
    const values: fc.Arbitrary<SampleValue> = fc.oneof(
      fc.constantFrom<SampleValue>(1, 1, 1, 'stale', Number.NaN, 0, -0),
      fc.double(),
    )
    const gaps = fc.tuple(fc.integer({ min: 1, max: 3000 }), values)
    const bounds = fc.tuple(fc.integer({ min: -10, max: 400_000 }), fc.integer({ min: -10, max: 400_000 }))
    const property = fc.property(fc.array(gaps, { maxLength: 400 }), bounds, (steps, [after, until]) => {
      const series = new MemorySeries(name('a'))
      const list: [number, SampleValue][] = []
      let atMs = 0
      for (const [gap, value] of steps) {
        atMs += gap
        assert.equal(series.append(atMs, value), 'stored')
        list.push([atMs, value])
      }
      const window = new Window()
      series.read(after, until, window)
      const wanted = list.filter(([at, value]) => at > after && at <= until && value !== 'stale')
      const given = Array.from({ length: window.length }, (_, i) => [window.times[i], window.values[i]])
      assert.deepEqual(given, wanted)
      const newest = list.filter(([at]) => at <= until).at(-1)
      const hasNewest = newest !== undefined && newest[0] > after && newest[1] !== 'stale'
      assert.deepEqual(series.latest(after, until), hasNewest ? { atMs: newest[0], value: newest[1] } : undefined)
    })
    fc.assert(property, { seed: 20260101, numRuns: 200 })
  })

  it('knows the span of any range as the samples themselves tell it', () => {
    const value = fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: -3, max: 3 }) },
      { weight: 1, arbitrary: fc.constant<SampleValue>('stale') },
    )
    const bounds = fc.tuple(fc.integer({ min: -1, max: 400 }), fc.integer({ min: -1, max: 400 }))
    const property = fc.property(fc.array(value, { maxLength: 400 }), bounds, (values, [after, until]) => {
      const series = new MemorySeries(name('a'))
      for (const [i, one] of values.entries()) assert.equal(series.append(i, one), 'stored')
      const window = new Window()
      series.read(after, until, window)
      assert.deepEqual(series.span(after, until), spanOf(window))
    })
    fc.assert(property, { seed: 20260101, numRuns: 300 })
  })

  it('refuses samples that do not come later', () => {
    const series = new MemorySeries(name('a'))
    series.append(1000, 1)
    assert.deepEqual(
      [series.append(1000, 1), series.append(999, 1), series.append(1001, 1)],
      ['duplicate', 'out of order', 'stored'],
    )
  })
})

describe('Store', () => {
  it('selects by equality, inequality and expression, sorted by labels', () => {
    const store = new Store()
    for (const labels of [name('b'), name('a', { x: '2' }), name('a', { x: '1' }), name('a')])
      store.append(labels, 1, 1)
    const select = (...matchers: Parameters<typeof store.select>[0]) =>
      store.select(matchers).map(series => series.labels.toString())
    assert.deepEqual(select(equals('__name__', 'a')), [
      '{__name__="a"}',
      '{__name__="a", x="1"}',
      '{__name__="a", x="2"}',
    ])
    assert.deepEqual(select(matching('__name__', 'a|b'), equals('x', '')), ['{__name__="a"}', '{__name__="b"}'])
    assert.deepEqual(select(matching('x', '[12]'), newMatcher('x', '!=', '1', dialectV3)), ['{__name__="a", x="2"}'])
    assert.deepEqual(select(equals('x', 'missing')), [])
  })

  it('drops what is older than the retention, and series without samples from the index', () => {
    const store = new Store({ retentionMs: 10_000 })
    store.append(name('old'), 0, 1)
    for (let atMs = 0; atMs <= 200_000; atMs += 100) store.append(name('new'), atMs, 1)
    store.prune(200_000)
    assert.equal(store.seriesCount, 1)
    assert.deepEqual(store.select([equals('__name__', 'old')]), [])
    // Whole chunks go, so up to one chunk more than the retention stays.
    assert.ok(store.sampleCount >= 100 && store.sampleCount <= 100 + 120, String(store.sampleCount))
  })

  it('drops the oldest samples beyond maxSamples and counts them', () => {
    const store = new Store({ maxSamples: 1000 })
    for (let atMs = 0; atMs < 3_000_000; atMs += 1000) store.append(name('a'), atMs, atMs)
    store.prune(3_000_000)
    assert.ok(store.sampleCount <= 1000)
    assert.equal(store.evictedSamples + store.sampleCount, 3000)
    const [series] = store.select([equals('__name__', 'a')])
    assert.deepEqual(series?.latest(0, 3_000_000), { atMs: 2_999_000, value: 2_999_000 })
  })

  it('refuses series beyond maxSeries by the name of the limit', () => {
    const store = new Store({ maxSeries: 1 })
    store.append(name('a'), 1, 1)
    assert.throws(() => store.append(name('b'), 1, 1), SeriesLimitError)
    assert.equal(store.append(name('a'), 2, 1), 'stored')
  })
})
