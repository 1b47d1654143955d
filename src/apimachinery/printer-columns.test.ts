import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findJsonPath, valueAt } from './jsonpath.ts'
import { parseJsonPath } from './jsonpath-parser.ts'
import type { PrinterColumn } from './kind.ts'
import type { Json } from './meta.ts'
import { compileColumn } from './printer-columns.ts'

const now = new Date('2026-01-01T00:05:20Z')

const object: Json = {
  metadata: { name: 'web', creationTimestamp: '2026-01-01T00:00:00Z', labels: { 'a.b/c': 'v' } },
  spec: { n: 5, f: 1.5, yes: true, text: 'str', nothing: null, list: [1, 2, 3], map: { '<': 'a&b', a: 1 }, empty: '' },
  status: {
    conditions: [
      { type: 'Ready', status: 'True', n: 3 },
      { type: 'Other', status: 'False', n: 5 },
    ],
  },
}

// What kube-apiserver 1.37 shows for the same object.
const cells: readonly [jsonPath: string, type: PrinterColumn['type'], want: Json][] = [
  ['.spec.text', 'string', 'str'],
  ['.spec.n', 'string', '5'],
  ['.spec.f', 'string', '1.5'],
  ['.spec.yes', 'string', 'true'],
  ['.spec.list', 'string', '[1,2,3]'],
  ['.spec.map', 'string', '{"\\u003c":"a\\u0026b","a":1}'],
  ['.spec.nothing', 'string', '<no value>'],
  ['.spec.missing', 'string', null],
  ['.spec.n', 'integer', 5],
  ['.spec.f', 'integer', 1],
  ['.spec.text', 'integer', null],
  ['.spec.n', 'number', 5],
  ['.spec.yes', 'boolean', true],
  ['.spec.text', 'boolean', null],
  ['.metadata.creationTimestamp', 'date', '5m20s'],
  ['.spec.text', 'date', '<invalid>'],
  ['.spec.empty', 'date', '<unknown>'],
  ['.status.conditions[?(@.type=="Ready")].status', 'string', 'True'],
  [".status.conditions[?( @.type == 'Other' )].status", 'string', 'False'],
  ['.status.conditions[?(@.n>3)].type', 'string', 'Other'],
  ['.status.conditions[?(@.n=="3")].type', 'string', null],
  ['.status.conditions[-1].type', 'string', 'Other'],
  ['.status.conditions[9].type', 'string', null],
  ['.spec.list[0,2]', 'string', '1'],
  ['.metadata.labels.a\\.b/c', 'string', 'v'],
  ['..type', 'string', 'Ready'],
  ['.spec.text[0]', 'string', null],
  ['[', 'string', null],
]

describe('printer columns', () => {
  for (const [jsonPath, type, want] of cells) {
    it(`${jsonPath} as ${type} shows ${JSON.stringify(want)}`, () =>
      assert.deepEqual(compileColumn({ name: 'X', type, jsonPath })(object, now), want))
  }
})

describe('JSONPath', () => {
  it('leads to all values', () => {
    const found = (path: string) => findJsonPath(parseJsonPath(path), object)
    assert.deepEqual(found('.status.conditions[*].n'), [3, 5])
    assert.deepEqual(found('.spec.list[1:]'), [2, 3])
    assert.deepEqual(found('.spec.list[::2]'), [1, 3])
    assert.deepEqual(found('.spec.list[-2:-1]'), [2])
    assert.deepEqual(found("['spec']['n']"), [5])
    assert.deepEqual(found('$.spec.missing.deeper'), [])
  })
  it('leads nowhere where the path is malformed', () => assert.equal(valueAt('.spec[x]', object), undefined))
  it('says what is wrong with a path', () => {
    assert.throws(() => parseJsonPath('.a[?(@.b'), { name: 'JsonPathError', message: 'unterminated filter' })
    assert.throws(() => parseJsonPath('.a[x]'), { name: 'JsonPathError', message: 'invalid array index x' })
  })
})
