import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { ApiObject } from '../api-object.ts'
import { expired } from '../status-error.ts'
import type { Change } from './event-window.ts'
import { openJournal } from './journal.ts'
import { ObjectStore } from './store.ts'

const object = (name: string, value = 0): ApiObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  value,
})
const tooOld = () => expired('too old')

describe('an object store', () => {
  it('numbers all writes in one sequence and gives each object its number', () => {
    const store = new ObjectStore()
    const [a, b] = [store.table('/a'), store.table('/b')]
    const first = store.put(a, 'x', object('x'))
    const second = store.put(b, 'x', object('x'))
    assert.deepEqual([first.revision, second.revision, store.revision], [1, 2, 2])
    assert.equal(second.object.metadata.resourceVersion, '2')
    assert.equal(store.remove(a, first).object.metadata.resourceVersion, '3')
    assert.equal(a.get('x'), undefined)
  })

  it('lists a namespace in the order of names', () => {
    const store = new ObjectStore()
    const table = store.table('/a')
    for (const key of ['b/2', 'a-b/1', 'a/3', 'a/1', 'b/1']) store.put(table, key, object(key))
    assert.deepEqual(
      table.list('a').map(({ key }) => key),
      ['a/1', 'a/3'],
    )
    assert.deepEqual(
      table.list('').map(({ key }) => key),
      ['a-b/1', 'a/1', 'a/3', 'b/1', 'b/2'],
    )
  })

  it('rebuilds every past state that its window reaches', () => {
    const write = fc.record({ key: fc.constantFrom('n/a', 'n/b', 'n/c', 'm/a'), removes: fc.boolean() })
    fc.assert(
      fc.property(fc.array(write, { maxLength: 40 }), writes => {
        const store = new ObjectStore({ window: { maxEvents: 10, maxBytes: 1_000_000 } })
        const table = store.table('/a')
        const states = new Map<number, readonly string[]>([[0, []]])
        for (const { key, removes } of writes) {
          const current = table.get(key)
          if (removes && current) store.remove(table, current)
          else store.put(table, key, object(key, store.revision))
          states.set(
            store.revision,
            table.list('n').map(entry => entry.json),
          )
        }
        for (const [revision, state] of states) {
          const read = () => table.listAt('n', revision, store.revision, tooOld).map(entry => entry.json)
          if (revision < store.revision - 10) assert.throws(read, { reason: 'Expired' })
          else assert.deepEqual(read(), state)
        }
      }),
    )
  })

  it('answers 410 past its window and 504 ahead of the last write', () => {
    const store = new ObjectStore({ window: { maxEvents: 2, maxBytes: 1_000_000 } })
    const table = store.table('/a')
    for (let i = 0; i < 5; i++) store.put(table, 'x', object('x', i))
    assert.deepEqual(
      table.window.after(3)?.map(({ entry }) => entry.revision),
      [4, 5],
    )
    assert.equal(table.window.after(2), undefined)
    assert.throws(() => table.listAt('', 2, store.revision, tooOld), { reason: 'Expired' })
    assert.throws(() => table.listAt('', 9, store.revision, tooOld), { reason: 'Timeout' })
  })

  it('forgets changes when the states before them take too much room', () => {
    const store = new ObjectStore({ window: { maxEvents: 1000, maxBytes: 500 } })
    const table = store.table('/a')
    for (let i = 0; i < 20; i++) assert.ok(store.put(table, 'x', object('x'.repeat(100), i)).json)
    assert.ok((table.window.after(store.revision - 1)?.length ?? 0) === 1)
    assert.equal(table.window.after(1), undefined)
  })

  it('gives back as it was what it keeps as text only', () => {
    const store = new ObjectStore()
    const table = store.table('/a')
    for (let i = 0; i < 10_000; i++) {
      store.put(table, `n/x${i}`, { ...object(`x${i}`, i), metadata: { name: `x${i}`, labels: { i: `${i}` } } })
    }
    for (const i of [0, 1, 9_999]) {
      const entry = table.get(`n/x${i}`)
      assert.deepEqual([entry?.name, entry?.labels, entry?.object['value']], [`x${i}`, { i: `${i}` }, i])
      assert.equal(entry?.object, entry?.object)
      assert.deepEqual(JSON.parse(entry?.json ?? ''), entry?.object)
    }
  })

  it('tells listeners of what was there before each change', () => {
    const store = new ObjectStore()
    const table = store.table('/a')
    const seen: string[] = []
    const stop = table.listen(({ type, entry, previous }: Change) => {
      seen.push(`${type} ${entry.revision} after ${previous?.revision}`)
    })
    const entry = store.put(table, 'x', object('x'))
    store.remove(table, store.put(table, 'x', { ...entry.object, value: 2 }))
    stop()
    store.put(table, 'x', object('x'))
    assert.deepEqual(seen, ['ADDED 1 after undefined', 'MODIFIED 2 after 1', 'DELETED 3 after 2'])
  })
})

describe('a durable store', () => {
  const withFolder = async (use: (folder: string) => Promise<void>) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'serin-store-'))
    try {
      await use(folder)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  it('finds again what was settled, at the same revision', () =>
    withFolder(async folder => {
      const store = new ObjectStore({ journal: await openJournal(folder) })
      const table = store.table('/a')
      const gone = store.put(table, 'n/gone', object('gone'))
      store.put(table, 'n/kept', object('kept', 7))
      store.remove(table, gone)
      await store.settled()
      store.close()
      const again = new ObjectStore({ journal: await openJournal(folder) })
      assert.equal(again.revision, 3)
      assert.deepEqual(
        again
          .table('/a')
          .list('')
          .map(({ object }) => object['value']),
        [7],
      )
      // Changes from before are not remembered.
      assert.equal(again.table('/a').window.after(2), undefined)
      again.close()
    }))

  it('tells nobody of a write before it is on disk', () =>
    withFolder(async folder => {
      const store = new ObjectStore({ journal: await openJournal(folder) })
      const table = store.table('/a')
      const seen: number[] = []
      table.listen(({ entry }) => seen.push(entry.revision))
      store.put(table, 'x', object('x'))
      store.put(table, 'y', object('y'))
      assert.deepEqual(seen, [])
      await store.settled()
      assert.deepEqual(seen, [1, 2])
      assert.equal(store.settled(), undefined)
      store.close()
    }))

  it('refuses a folder that another server uses', () =>
    withFolder(async folder => {
      const journal = await openJournal(folder)
      await assert.rejects(openJournal(folder), /is another server using it/)
      journal.close()
    }))
})
