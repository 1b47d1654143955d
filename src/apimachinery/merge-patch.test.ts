import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { applyMergePatch, mergeObjects } from './merge-patch.ts'
import type { JsonObject } from './meta.ts'

/** RFC 7386 appendix A, the cases between objects. */
const examples: readonly { object: JsonObject; patch: JsonObject; want: JsonObject }[] = [
  { object: { a: 'b' }, patch: { a: 'c' }, want: { a: 'c' } },
  { object: { a: 'b' }, patch: { b: 'c' }, want: { a: 'b', b: 'c' } },
  { object: { a: 'b' }, patch: { a: null }, want: {} },
  { object: { a: 'b', b: 'c' }, patch: { a: null }, want: { b: 'c' } },
  { object: { a: ['b'] }, patch: { a: 'c' }, want: { a: 'c' } },
  { object: { a: 'c' }, patch: { a: ['b'] }, want: { a: ['b'] } },
  { object: { a: { b: 'c' } }, patch: { a: { b: 'd', c: null } }, want: { a: { b: 'd' } } },
  { object: { a: [{ b: 'c' }] }, patch: { a: [1] }, want: { a: [1] } },
  { object: { e: null }, patch: { a: 1 }, want: { e: null, a: 1 } },
  { object: {}, patch: { a: { bb: { ccc: null } } }, want: { a: { bb: {} } } },
]

describe('a merge patch', () => {
  for (const { object, patch, want } of examples) {
    it(`${JSON.stringify(patch)} makes ${JSON.stringify(object)} to ${JSON.stringify(want)}`, () => {
      assert.deepEqual(mergeObjects(object, patch), want)
    })
  }

  it('that is null is refused', () => {
    assert.deepEqual(applyMergePatch({}, null), {
      kind: 'refused',
      refusal: { code: 400, reason: 'BadRequest', message: 'Invalid JSON Patch' },
    })
  })
})
