import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { KubernetesObject } from '../apimachinery/meta.ts'
import { newHeap } from './heap.ts'
import { newInterner } from './intern.ts'
import { readLines } from './lines.ts'
import { newLruMap } from './lru-map.ts'
import { newObjectStore } from './object-store.ts'

const objectOf = (namespace: string | undefined, name: string, app = ''): KubernetesObject => ({
  metadata: { name, ...(namespace ? { namespace } : {}), labels: { app } },
})

describe('an object store', () => {
  it('finds objects by namespace and name, with or without a namespace', () => {
    const store = newObjectStore()
    for (const [namespace, name] of [
      ['a', 'x'],
      ['b', 'x'],
      [undefined, 'x'],
    ] as const)
      store.put(objectOf(namespace, name))
    assert.equal(store.size, 3)
    assert.equal(store.get('a/x')?.metadata?.namespace, 'a')
    assert.equal(store.get({ namespace: 'b', name: 'x' })?.metadata?.namespace, 'b')
    assert.equal(store.get('x')?.metadata?.namespace, undefined)
    assert.equal(store.list('a').length, 1)
    assert.equal(store.list('none').length, 0)
    store.remove({ namespace: 'a', name: 'x' })
    assert.deepEqual(
      [store.size, store.get('a/x'), store.remove({ namespace: 'a', name: 'x' })],
      [2, undefined, undefined],
    )
  })

  it('has in its indexes what a search would find, after any writes', () => {
    const write = fc.record({
      name: fc.constantFrom('a', 'b', 'c', 'd'),
      app: fc.constantFrom('x', 'y', ''),
      remove: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(write, { maxLength: 40 }), fc.nat(40), (writes, indexAt) => {
        const store = newObjectStore()
        const byApp = (object: KubernetesObject) =>
          object.metadata?.labels?.['app'] ? [object.metadata.labels['app']] : []
        for (const [i, { name, app, remove }] of writes.entries()) {
          if (i === indexAt) store.addIndex('app', byApp)
          if (remove) store.remove({ namespace: 'n', name })
          else store.put(objectOf('n', name, app))
        }
        store.addIndex('app', byApp)
        for (const app of ['x', 'y', '']) {
          const found = store.byIndex('app', app).map(object => object.metadata?.name)
          const want = app ? store.list().filter(object => object.metadata?.labels?.['app'] === app) : []
          assert.deepEqual(found.sort(), want.map(object => object.metadata?.name).sort())
        }
        assert.equal(store.size, store.list().length)
      }),
      { seed: 1 },
    )
  })

  it('refuses two indexes of one name', () => {
    const store = newObjectStore()
    store.addIndex('a', () => [])
    assert.throws(() => store.addIndex('a', () => []), /index "a" exists already/)
  })
})

it('a heap gives its items in order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), numbers => {
      const heap = newHeap<number>((a, b) => a < b)
      for (const number of numbers) heap.push(number)
      const popped: number[] = []
      for (let item = heap.pop(); item !== undefined; item = heap.pop()) popped.push(item)
      assert.deepEqual(
        popped,
        numbers.toSorted((a, b) => a - b),
      )
      assert.equal(heap.size, 0)
    }),
    { seed: 1 },
  )
})

it('an LRU map forgets what was not used for longest', () => {
  const map = newLruMap<string, number>(2)
  map.set('a', 1)
  map.set('b', 2)
  map.get('a')
  map.set('c', 3)
  assert.deepEqual([map.get('a'), map.get('b'), map.get('c'), map.size], [1, undefined, 3, 2])
})

it('an LRU map of weighed entries forgets until the rest weighs little enough, and keeps the newest', () => {
  const map = newLruMap<string, number>(10)
  map.set('a', 1, 4)
  map.set('b', 2, 4)
  map.set('a', 1, 2)
  map.set('c', 3, 4)
  assert.deepEqual([map.get('a'), map.get('b'), map.get('c')], [1, 2, 3])
  map.set('d', 4, 5)
  assert.deepEqual([map.get('a'), map.get('b'), map.get('c'), map.get('d')], [undefined, undefined, 3, 4])
  map.set('e', 5, 100)
  assert.deepEqual([map.get('d'), map.get('e'), map.size], [undefined, 5, 1])
  map.delete('e')
  map.set('f', 6, 6)
  map.set('g', 7, 4)
  assert.deepEqual([map.get('f'), map.get('g')], [6, 7])
})

it('interning changes no value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      const copy = structuredClone(value)
      newInterner().internIn(copy)
      assert.deepEqual(copy, value)
    }),
    { seed: 1 },
  )
})

it('interning remembers what objects share, and no times', () => {
  const interner = newInterner()
  for (let i = 0; i < 60; i++) {
    interner.internIn({ image: 'web:1', at: new Date(i).toISOString(), since: `2026-01-01T00:00:${10 + (i % 50)}Z` })
  }
  assert.equal(interner.size, 1)
})

it('lines are those of the whole text, however it is cut', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'ä', '€', '\n', '\n', '{') })
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.integer({ min: 1, max: 5 })), async (whole, cuts) => {
      const bytes = Buffer.from(whole)
      async function* chunks() {
        let at = 0
        for (const cut of cuts) {
          yield bytes.subarray(at, at + cut)
          at += cut
        }
        yield bytes.subarray(at)
      }
      const lines: string[] = []
      for await (const line of readLines(chunks(), 1_000)) lines.push(line)
      assert.deepEqual(
        lines,
        whole.split('\n').filter(line => line !== ''),
      )
    }),
    { seed: 1 },
  )
})
