import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fieldSelectorToText, matchesFields, parseFieldSelector } from './fields.ts'

const texts: readonly [text: string, want: string][] = [
  ['', ''],
  ['metadata.name=a', 'metadata.name=a'],
  ['b==1,a!=2', 'a!=2,b=1'],
  ['a=1,,b=2', 'a=1,b=2'],
  ['a=x\\,y\\=z\\\\', 'a=x\\,y\\=z\\\\'],
]

const errors: readonly [text: string, message: string][] = [
  ['a', "invalid selector: 'a'; can't understand 'a'"],
  ['a=b\\c', 'invalid field selector: invalid escape sequence: \\c'],
  ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
]

describe('field selectors', () => {
  for (const [text, want] of texts) {
    it(`reads and prints ${JSON.stringify(text)}`, () =>
      assert.equal(fieldSelectorToText(parseFieldSelector(text)), want))
  }
  for (const [text, message] of errors) {
    it(`refuses ${JSON.stringify(text)} in the API's words`, () =>
      assert.throws(() => parseFieldSelector(text), { name: 'FieldSelectorError', message }))
  }
  it('compares values, absent ones as empty', () => {
    const fields: Record<string, string> = { 'metadata.name': 'web' }
    const matches = (text: string) => matchesFields(parseFieldSelector(text), field => fields[field])
    assert.deepEqual(
      ['metadata.name=web', 'metadata.name!=web', 'x=', 'x=1', 'metadata.name=web,x!=1', ''].map(matches),
      [true, false, true, false, true, true],
    )
  })
})
