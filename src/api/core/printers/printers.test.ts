import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { type Json, type JsonObject, parseApiVersion } from '../../../apimachinery/meta.ts'
import { builtinPrinter } from './printers.ts'

/** One row of a real kube-apiserver; tools/record/rows.ts writes these. */
interface RecordedRow {
  readonly name: string
  readonly now: string
  readonly object: JsonObject
  readonly cells: readonly Json[]
  readonly conditions: readonly JsonObject[]
}

const file = path.join(import.meta.dirname, '../testdata/rows.json')
// The file was written by tools/record in this form.
const rows = JSON.parse(readFileSync(file, 'utf8')) as readonly RecordedRow[]

describe('the rows that a real API server makes', () => {
  for (const { name, now, object, cells, conditions } of rows) {
    it(name, () => {
      const printer = printerOf(object)
      const got = printer.cells(object, new Date(now))
      assert.deepEqual(
        { cells: got.map(masked), conditions: printer.conditions(object) },
        { cells: cells.map(masked), conditions },
      )
      assert.equal(got.length, printer.columns.length)
    })
  }
})

describe('the printer of a Scale', () => {
  it('shows how many there should be and how many there are', () => {
    const printer = builtinPrinter({ group: 'autoscaling', version: 'v1', kind: 'Scale' })
    const metadata = { name: 'a', creationTimestamp: '2026-01-02T03:04:05Z' }
    const scale = { metadata, spec: { replicas: 3 }, status: { replicas: 2 } }
    assert.deepEqual(printer.cells(scale, new Date('2026-01-02T03:05:05Z')), ['a', 3, 2, '60s'])
    assert.deepEqual(
      printer.columns.map(column => `${column.name} ${column.type}`),
      ['Name string', 'Desired integer', 'Available integer', 'Age string'],
    )
  })
})

describe('the printer of a kind without columns of its own', () => {
  it('shows the name and when it was made', () => {
    const printer = builtinPrinter({ group: 'example.com', version: 'v1', kind: 'Unknown' })
    const metadata = { name: 'a', creationTimestamp: '2026-01-02T03:04:05Z' }
    assert.deepEqual(printer.cells({ metadata }, new Date(0)), ['a', '2026-01-02T03:04:05Z'])
    assert.deepEqual(
      printer.columns.map(column => column.name),
      ['Name', 'Created At'],
    )
  })
})

function printerOf(object: JsonObject) {
  return builtinPrinter({ ...parseApiVersion(String(object['apiVersion'])), kind: String(object['kind']) })
}

// The objects were a second old at most when they were recorded.
function masked(cell: Json): Json {
  return cell === '0s' || cell === '1s' ? 'YOUNG' : cell
}
