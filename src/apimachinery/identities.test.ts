import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { canonicalJson, fnv32a, identityOf, safeEncode, sha256Hex } from './canonical-json.ts'
import { goNumber, goQuote, goValue } from './go-text.ts'
import type { Json } from './meta.ts'
import { controllerOf, isOwnedBy, ownerReferenceTo, withOwnerReference } from './owner-references.ts'
import { fromTimestamp, humanDuration, toMicroTimestamp, toTimestamp } from './time.ts'

describe('canonical JSON', () => {
  it('does not depend on the order of keys', () => {
    assert.equal(canonicalJson({ b: [{ d: 1, c: 2 }], a: null }), '{"a":null,"b":[{"c":2,"d":1}]}')
  })
  it('reads back as the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), value => {
        // fast-check types its JSON mutable; -0 is 0 in JSON.
        const json = JSON.parse(JSON.stringify(value)) as Json
        assert.deepEqual(JSON.parse(canonicalJson(json)), json)
      }),
      { seed: 1 },
    )
  })
  it('hashes are those of the standards', () => {
    assert.equal(sha256Hex('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    assert.equal(fnv32a('foobar'), 0xbf9cf968)
    assert.equal(identityOf({ b: 1, a: 2 }), identityOf({ a: 2, b: 1 }))
    assert.equal(identityOf({ a: 1 }, 6).length, 6)
    assert.match(safeEncode(4294967295), /^[bcdfghjklmnpqrstvwxz2456789]{10}$/)
  })
})

describe('text as Go prints it', () => {
  const quoted: readonly [text: string, want: string][] = [
    ['a"b\\', '"a\\"b\\\\"'],
    ['\n\t\x00\x7f', '"\\n\\t\\x00\\x7f"'],
    ['é😀', '"é😀"'],
    ['\u200b', '"\\u200b"'],
    ['<&>', '"<&>"'],
  ]
  for (const [text, want] of quoted) it(`quotes ${JSON.stringify(text)}`, () => assert.equal(goQuote(text), want))

  const numbers: readonly [value: number, want: string][] = [
    [5, '5'],
    [-0.5, '-0.5'],
    [1e20, '100000000000000000000'],
    [1e21, '1e+21'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1.5e-7, '1.5e-07'],
  ]
  for (const [value, want] of numbers) it(`prints ${value} as ${want}`, () => assert.equal(goNumber(value), want))

  it('prints compound values as JSON with escapes', () => {
    assert.equal(goValue({ b: '<', a: [1, null] }), '{"a":[1,null],"b":"\\u003c"}')
    assert.equal(goValue(undefined), 'null')
    assert.equal(goValue(true), 'true')
  })
})

describe('owners', () => {
  const type = { group: 'apps', version: 'v1', kind: 'Deployment' }
  const owner = { metadata: { name: 'web', uid: 'u1' } }

  it('a controlling owner blocks deletion, a plain one does not', () => {
    assert.deepEqual(ownerReferenceTo(type, owner, { isController: true }), {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: 'web',
      uid: 'u1',
      controller: true,
      blockOwnerDeletion: true,
    })
    assert.deepEqual(ownerReferenceTo(type, owner), {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: 'web',
      uid: 'u1',
    })
  })
  it('are found, and stand once', () => {
    const first = ownerReferenceTo(type, owner)
    const again = ownerReferenceTo(type, owner, { isController: true })
    const references = withOwnerReference(withOwnerReference(undefined, first), again)
    assert.deepEqual(references, [again])
    assert.equal(controllerOf({ metadata: { ownerReferences: references } }), again)
    assert.equal(isOwnedBy({ metadata: { ownerReferences: references } }, 'u2'), false)
  })
  it('need a name and a uid', () => {
    assert.throws(() => ownerReferenceTo(type, { metadata: { name: 'web' } }), TypeError)
  })
})

describe('times', () => {
  it('stand in objects as RFC 3339 in UTC', () => {
    const time = new Date('2026-01-02T03:04:05.678Z')
    assert.equal(toTimestamp(time), '2026-01-02T03:04:05Z')
    assert.equal(toMicroTimestamp(time), '2026-01-02T03:04:05.678000Z')
    assert.equal(fromTimestamp('2026-01-02T03:04:05Z')?.getTime(), Date.UTC(2026, 0, 2, 3, 4, 5))
    assert.equal(fromTimestamp('soon'), undefined)
  })
  const ages: readonly [seconds: number, want: string][] = [
    [-5, '<invalid>'],
    [-1, '0s'],
    [119, '119s'],
    [120, '2m'],
    [321, '5m21s'],
    [3600, '60m'],
    [4 * 3600 + 60, '4h1m'],
    [47 * 3600, '47h'],
    [50 * 3600, '2d2h'],
    [9 * 86400, '9d'],
    [3 * 365 * 86400, '3y'],
    [9 * 365 * 86400 + 86400, '9y'],
  ]
  for (const [seconds, want] of ages) {
    it(`an age of ${seconds} s prints as ${want}`, () => assert.equal(humanDuration(seconds * 1000), want))
  }
})
