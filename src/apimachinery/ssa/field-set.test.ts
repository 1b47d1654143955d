import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  difference,
  equalSets,
  type FieldPath,
  type FieldSet,
  fieldSetOf,
  hasPath,
  intersection,
  parseFieldsV1,
  pathsOf,
  recursiveDifference,
  setToText,
  sortSet,
  union,
} from './field-set.ts'

const elements = ['f:a', 'f:b', 'k:{"name":"x"}', 'v:"y"']
const anyPath = fc.array(fc.constantFrom(...elements), { minLength: 1, maxLength: 4 })
const anyPaths = fc.array(anyPath, { maxLength: 8 })
const key = (path: FieldPath) => path.join(' ')
const keys = (set: FieldSet) => new Set(pathsOf(set).map(key))

describe('a set of fields', () => {
  it('holds exactly the fields that were put in', () => {
    fc.assert(
      fc.property(anyPaths, paths => {
        const set = fieldSetOf(paths)
        assert.deepEqual(keys(set), new Set(paths.map(key)))
        for (const path of paths) assert.ok(hasPath(set, path))
        assert.ok(equalSets(sortSet(set), set))
      }),
    )
  })

  it('is united, subtracted and intersected like any set', () => {
    fc.assert(
      fc.property(anyPaths, anyPaths, (left, right) => {
        const a = fieldSetOf(left)
        const b = fieldSetOf(right)
        assert.deepEqual(keys(union(a, b)), keys(a).union(keys(b)))
        assert.deepEqual(keys(difference(a, b)), keys(a).difference(keys(b)))
        assert.deepEqual(keys(intersection(a, b)), keys(a).intersection(keys(b)))
        const below = pathsOf(a).filter(path => !path.some((_, i) => hasPath(b, path.slice(0, i + 1))))
        assert.deepEqual(keys(recursiveDifference(a, b)), new Set(below.map(key)))
      }),
    )
  })

  it('is the very set that it was where nothing changes', () => {
    fc.assert(
      fc.property(anyPaths, anyPaths, (left, right) => {
        const [a, b] = [fieldSetOf(left), fieldSetOf(right)]
        const both = union(a, b)
        assert.equal(union(both, a), both)
        assert.equal(union(both, b), both)
        for (const subtract of [difference, recursiveDifference]) {
          const rest = subtract(a, b)
          assert.equal(subtract(rest, b), rest)
        }
      }),
    )
  })

  it('is written as managedFields write it', () => {
    const set = fieldSetOf([
      ['f:metadata', 'f:labels'],
      ['f:metadata', 'f:labels', 'f:app'],
      ['f:spec', 'f:replicas'],
    ])
    assert.deepEqual(set, {
      'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
      'f:spec': { 'f:replicas': {} },
    })
  })

  it('is read from managedFields and printed as messages print it', () => {
    const set = parseFieldsV1({
      'f:spec': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:name': {} }, 'i:3': {}, 'v:"a"': {} },
    })
    assert.equal(
      setToText(set),
      [
        '.spec[3]',
        '.spec[containerPort=80,protocol="TCP"]',
        '.spec[="a"]',
        '.spec[containerPort=80,protocol="TCP"].name',
      ].join('\n'),
    )
  })

  it('leaves out elements of a kind that is not known', () => {
    const set = parseFieldsV1({ 'f:spec': { 'f:a': {}, 'x:b': { 'f:c': {} } }, 'x:y': {} })
    assert.deepEqual(set, { 'f:spec': { 'f:a': {} } })
  })

  for (const [name, fields] of [
    ['an index that is no number', { 'f:a': { 'i:one': {} } }],
    ['a key that is no JSON', { 'k:{name': {} }],
    ['a value below that is no object', { 'f:a': [] }],
  ] as const) {
    it(`is not read from ${name}`, () => assert.throws(() => parseFieldsV1(fields), /FieldsV1/))
  }
})
