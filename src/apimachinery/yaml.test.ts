import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Json } from './meta.ts'
import { parseYaml, parseYamlDocuments, toYaml, YamlError } from './yaml.ts'

// What sigs.k8s.io/yaml 1.6.0, the library of kubectl, makes of the same text.
const scalars: readonly [text: string, want: Json][] = [
  ['a: yes', { a: true }],
  ['a: on', { a: true }],
  ['a: y', { a: true }],
  ['a: Off', { a: false }],
  ['a: oN', { a: 'oN' }],
  ['a: 0644', { a: 420 }],
  ['a: 0o17', { a: 15 }],
  ['a: -017', { a: -15 }],
  ['a: 089', { a: 89 }],
  ['a: 0x1F', { a: 31 }],
  ['a: 0b101', { a: 5 }],
  ['a: 1_000', { a: 1000 }],
  ['a: 1.50', { a: 1.5 }],
  ['a: .5', { a: 0.5 }],
  ['a: 1e3', { a: 1000 }],
  ['a: 1:20', { a: '1:20' }],
  ['a: 2026-01-01', { a: '2026-01-01' }],
  ['a: 2026-01-01T10:00:00Z', { a: '2026-01-01T10:00:00Z' }],
  ['a: ~', { a: null }],
  ['a:', { a: null }],
  ['a: "0644"', { a: '0644' }],
  ['a: v1.2.3', { a: 'v1.2.3' }],
  ['a: 1.2.3', { a: '1.2.3' }],
  ['on: 1', { true: 1 }],
  ['a: !!str 5', { a: '5' }],
  ['a: !!binary aGk=', { a: 'hi' }],
  ['{a: 1, a: 2}', { a: 2 }],
  ['x: &x {b: 1}\na: {<<: *x, c: 2}', { x: { b: 1 }, a: { b: 1, c: 2 } }],
  ['a: |\n  one\n  two\n', { a: 'one\ntwo\n' }],
  ['', null],
]

describe('YAML', () => {
  for (const [text, want] of scalars) {
    it(`reads ${JSON.stringify(text)} as kubectl does`, () => assert.deepEqual(parseYaml(text), want))
  }

  it('divides a stream into documents and leaves empty ones out', () => {
    assert.deepEqual(parseYamlDocuments('---\na: 1\n---\n# nothing\n---\nb: 2\n'), [{ a: 1 }, { b: 2 }])
  })

  it('says where the text is wrong, in one line', () => {
    assert.throws(
      () => parseYaml('a: [1, 2\nb: 3'),
      (error: unknown) => {
        assert(error instanceof YamlError)
        assert.match(error.message, /^[^\n]+ \(line 2, column 1\)$/)
        return true
      },
    )
  })

  const refused: readonly [name: string, text: string, message: RegExp][] = [
    ['two documents where one is expected', 'a: 1\n---\nb: 2', /expected one YAML document but found 2/],
    ['numbers that JSON lacks', 'a: .inf', /\.inf is not a number that JSON can carry/],
    ['an anchor that contains itself', 'a: &a [*a]', /contains itself|unidentified alias/],
    [
      'aliases that expand without bound',
      `a0: &a0 [x]\n${Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`).join('\n')}`,
      /excessive aliasing/,
    ],
  ]
  for (const [name, text, message] of refused) {
    it(`refuses ${name}`, () => assert.throws(() => parseYaml(text), { name: 'YamlError', message }))
  }

  it('prints what it reads back unchanged, whatever the strings look like', () => {
    const value = {
      words: ['yes', 'no', 'y', 'on', 'null', '~', 'true', '', ' a', 'a: b', '# c', '- d'],
      numbers: ['1', '0644', '0x1F', '1_000', '1e3', '.5', '.inf', '2026-01-01', '<<'],
      text: 'one\ntwo\n',
      real: [1, -2, 0.25, true, null, [], {}],
    }
    assert.deepEqual(parseYaml(toYaml(value)), value)
  })

  it('prints lists at the level of their key, and sorted keys on request', () => {
    assert.equal(toYaml({ b: [{ c: 1 }], a: 'x' }), 'b:\n- c: 1\na: x\n')
    assert.equal(toYaml({ b: [{ c: 1 }], a: 'x' }, { sortKeys: true }), 'a: x\nb:\n- c: 1\n')
  })

  it('keeps a key named __proto__ as data', () => {
    const value = parseYaml('__proto__: {a: 1}') as Record<string, Json>
    assert.deepEqual(Object.keys(value), ['__proto__'])
    assert.equal(({} as Record<string, Json>)['a'], undefined)
  })
})
