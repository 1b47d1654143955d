import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JsonObject } from '../../apimachinery/meta.ts'
import { mergedValues, type ReadValues, ValuesError, valuesDigest } from './values.ts'

describe('the values of a release', () => {
  const cases: readonly { name: string; entries: readonly ReadValues[]; inline: JsonObject; want: JsonObject }[] = [
    {
      name: 'are merged deep, later ones over earlier ones, inline ones over all; lists are replaced',
      entries: [{ text: 'a: {b: 1, c: 1}\nl: [1, 2]' }, { text: 'a: {c: 2}' }],
      inline: { a: { d: 3 }, l: [9] },
      want: { a: { b: 1, c: 2, d: 3 }, l: [9] },
    },
    {
      name: 'keep null, by which a chart loses its own value',
      entries: [{ text: 'a: {b: 1}' }],
      inline: { a: { b: null } },
      want: { a: { b: null } },
    },
    {
      name: 'take single values at paths, by the grammar of helm',
      entries: [
        { text: '3', targetPath: 'a.n' },
        { text: 'true', targetPath: 'a.flag' },
        { text: '"3"', targetPath: 'a.text' },
        { text: 'x', targetPath: 'list[1].name' },
        { text: 'y', targetPath: 'dotted\\.key' },
        { text: '{1,b}', targetPath: 'set' },
      ],
      inline: {},
      want: {
        a: { n: 3, flag: true, text: '3' },
        list: [null, { name: 'x' }],
        'dotted.key': 'y',
        set: [1, 'b'],
      },
    },
    {
      name: 'take literal texts as they are',
      entries: [{ text: '{1,2}\n', targetPath: 'raw', literal: true }],
      inline: {},
      want: { raw: '{1,2}\n' },
    },
    {
      name: 'let inline ones win over paths',
      entries: [{ text: '1', targetPath: 'a' }],
      inline: { a: 2 },
      want: { a: 2 },
    },
  ]
  for (const c of cases) it(c.name, () => assert.deepEqual(mergedValues(c.entries, c.inline), c.want))

  it('must be a mapping', () => {
    assert.throws(() => mergedValues([{ text: '- a' }], {}), ValuesError)
    assert.throws(() => mergedValues([{ text: 'a: [' }], {}), ValuesError)
  })

  it('have a digest that does not depend on the order of keys; that of nothing where there are none', () => {
    assert.equal(valuesDigest({ a: 1, b: { c: 2, d: 3 } }), valuesDigest({ b: { d: 3, c: 2 }, a: 1 }))
    assert.equal(valuesDigest({}), 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  })
})
