import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { applyJsonPatch } from './json-patch.ts'
import type { Json } from './meta.ts'

const unfit = 'the server rejected our request due to an error in our request'
const cases: readonly { name: string; patch: Json; want: Json }[] = [
  { name: 'unescapes ~1 before ~0', patch: [{ op: 'add', path: '/~01', value: 1 }], want: { a: [1, 2], '~1': 1 } },
  { name: 'replaces the whole', patch: [{ op: 'replace', path: '', value: { b: 1 } }], want: { b: 1 } },
  { name: 'tests the whole', patch: [{ op: 'test', path: '', value: { a: [1, 2] } }], want: { a: [1, 2] } },
  { name: 'takes null for no operations', patch: null, want: { a: [1, 2] } },
  {
    name: 'leaves a property named like a method alone',
    patch: [{ op: 'copy', from: '/toString', path: '/b' }],
    want: { a: [1, 2], b: null },
  },
]
const refusals: readonly { name: string; patch: Json; code: number; message: string }[] = [
  { name: 'a root that is no object', patch: [{ op: 'replace', path: '', value: [] }], code: 422, message: unfit },
  { name: 'removing the whole', patch: [{ op: 'remove', path: '' }], code: 422, message: unfit },
  { name: 'an index with letters', patch: [{ op: 'remove', path: '/a/1x' }], code: 422, message: unfit },
  { name: 'an index before the first', patch: [{ op: 'remove', path: '/a/-3' }], code: 422, message: unfit },
  {
    name: 'copies that grow without bound',
    patch: Array.from({ length: 24 }, () => ({ op: 'copy', from: '/a', path: '/a/-' })),
    code: 422,
    message: unfit,
  },
  {
    name: 'an operation that is no object',
    patch: ['x'],
    code: 400,
    message: 'error decoding patch: json: cannot unmarshal string into Go value of type handlers.jsonPatchOp',
  },
  {
    name: 'a path that is no text',
    patch: [{ op: 'add', path: 1 }],
    code: 400,
    message: 'error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.path of type string',
  },
  {
    name: 'more operations than allowed',
    patch: Array.from({ length: 10_001 }, () => ({ op: 'add', path: '/b', value: 1 })),
    code: 413,
    message: 'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
  },
]

describe('a JSON patch', () => {
  for (const { name, patch, want } of cases) {
    it(name, () => assert.deepEqual(applyJsonPatch({ a: [1, 2] }, patch), { kind: 'ok', object: want }))
  }

  for (const { name, patch, code, message } of refusals) {
    it(`is refused: ${name}`, () => {
      const result = applyJsonPatch({ a: [1, 2] }, patch)
      assert.ok(result.kind === 'refused')
      assert.deepEqual([result.refusal.code, result.refusal.message], [code, message])
    })
  }

  it('never changes the object it is applied to, and never throws', () => {
    const operation = fc.record({
      op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'nope'),
      path: fc.constantFrom('', '/a', '/a/0', '/a/-', '/a/b/c', '/x', 'x'),
      from: fc.constantFrom('', '/a', '/a/0', '/y'),
      value: fc.jsonValue({ maxDepth: 2 }),
    })
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 5 }), patch => {
        const object = { a: [1, { b: 2 }] }
        applyJsonPatch(object, patch as Json)
        assert.deepEqual(object, { a: [1, { b: 2 }] })
      }),
      {
        numRuns: 1000,
        // The root may have become something that no path leads through.
        examples: [
          [
            [
              { op: 'replace', path: '', from: '', value: null },
              { op: 'add', path: '/a/0', from: '', value: null },
            ],
          ],
        ],
      },
    )
  })
})
