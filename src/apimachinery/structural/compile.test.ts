import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import type { FieldError } from '../field-error.ts'
import type { Json } from '../meta.ts'
import type { JsonSchema } from '../schema.ts'
import { compileSchema } from './compile.ts'

/** What kube-apiserver 1.37.2 made of a value: pruned and defaulted, the unknown fields, and its complaints. */
interface Recorded {
  readonly schema: JsonSchema
  readonly old?: Json
  readonly value: Json
  readonly want: { readonly value: Json; readonly unknown: readonly string[]; readonly errors: readonly FieldError[] }
}

const recorded: readonly Recorded[] = readFileSync(path.join(import.meta.dirname, 'testdata/recorded.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as Recorded)

describe('a structural schema does what kube-apiserver was seen to do', () => {
  for (const [i, { schema, old, value, want }] of recorded.entries()) {
    it(`${i + 1}: ${title(schema)} with ${old ? `${JSON.stringify(old)} -> ` : ''}${JSON.stringify(value)}`, () => {
      const compiled = compileSchema(schema)
      const stored = compiled.applyDefaults(compiled.prune(value))
      const errors = sorted(compiled.validate(stored, old))
      assert.deepEqual(
        { value: stored, unknown: compiled.unknownFields(value), errors },
        { ...want, errors: sorted(want.errors) },
      )
    })
  }
})

describe('a structural schema', () => {
  const schema: JsonSchema = {
    type: 'object',
    properties: { spec: { type: 'object', properties: { a: { type: 'string', default: 'x' } } } },
  }

  it('leaves its argument alone and returns it unchanged where there is nothing to do', () => {
    const compiled = compileSchema(schema)
    const complete = Object.freeze({ spec: Object.freeze({ a: 'y' }) })
    assert.equal(compiled.prune(complete), complete)
    assert.equal(compiled.applyDefaults(complete), complete)
    const partial = Object.freeze({ spec: Object.freeze({ b: 1 }) })
    assert.deepEqual(compiled.applyDefaults(compiled.prune(partial)), { spec: { a: 'x' } })
  })

  it('knows a field by the name of a method of objects only where the schema does', () => {
    const compiled = compileSchema(schema)
    assert.deepEqual(compiled.unknownFields({ spec: { constructor: 1, toString: 'x' } }), [
      'spec.constructor',
      'spec.toString',
    ])
  })

  it('says nothing of what was wrong before, the very value or an equal one, but counts it among alternatives', () => {
    const item: JsonSchema = { type: 'object', required: ['name'], properties: { name: { type: 'string' } } }
    const spec: JsonSchema = {
      type: 'object',
      properties: { item, text: { type: 'string' }, either: { type: 'object', properties: { item } } },
      oneOf: [
        { required: ['either'], properties: { either: { required: ['item'] } } },
        { properties: { item: { required: ['name', 'other'] } } },
      ],
    }
    const compiled = compileSchema({ type: 'object', properties: { spec } })
    const old = { spec: { item: {}, text: 'a' } }
    const same = compiled.validate({ spec: { item: old.spec.item, text: 'b' } }, old)
    const equal = compiled.validate({ spec: { item: {}, text: 'b' } }, old)
    assert.deepEqual(same, equal)
    assert.deepEqual(compiled.validate({ spec: old.spec }, old), [])
    assert.ok(compiled.validate({ spec: old.spec }).length > 0)
  })

  it('pruning twice is pruning once, and so is defaulting', () => {
    fc.assert(
      fc.property(fc.constantFrom(...recorded), fc.jsonValue(), ({ schema }, junk) => {
        const compiled = compileSchema(schema)
        // fast-check types its JSON mutable.
        const value = { spec: { a: junk as Json, extra: junk as Json } }
        const pruned = compiled.prune(value)
        assert.deepEqual(compiled.prune(pruned), pruned)
        assert.deepEqual(compiled.unknownFields(pruned), [])
        const defaulted = compiled.applyDefaults(pruned)
        assert.deepEqual(compiled.applyDefaults(defaulted), defaulted)
      }),
      { numRuns: 300, seed: 1 },
    )
  })

  it('accepts what ajv accepts, for keywords that both read alike', () => {
    const ajv = new Ajv({ strict: false })
    const same = recorded.filter(
      ({ schema }) => !/x-kubernetes|nullable|format|"pattern":"(\[|\(\?i)/.test(JSON.stringify(schema)),
    )
    assert.ok(same.length > 60)
    const checks = same.map(({ schema }) => ({
      accepts: ajv.compile(openApiToDraft7(schema)),
      compiled: compileSchema(schema),
    }))
    fc.assert(
      fc.property(fc.constantFrom(...checks), fc.jsonValue({ maxDepth: 2 }), ({ accepts, compiled }, junk) => {
        const value = { spec: { a: junk as Json, b: 'x' } }
        // Beyond an int64 the two differ on what an integer is.
        fc.pre(!/\d{16}|e\+/.test(JSON.stringify(value)))
        assert.equal(compiled.validate(value).length === 0, accepts(value), JSON.stringify([compiled.schema, value]))
      }),
      { numRuns: 2000, seed: 2 },
    )
  })
})

/** Draft 7 has numbers where OpenAPI v3 has booleans. */
function openApiToDraft7(schema: JsonSchema): object {
  return JSON.parse(
    JSON.stringify(schema).replaceAll(
      /"minimum":([\d.]+),"maximum":([\d.]+),"exclusiveMinimum":true,"exclusiveMaximum":true/g,
      '"exclusiveMinimum":$1,"exclusiveMaximum":$2',
    ),
  ) as object
}

function title(schema: JsonSchema): string {
  const spec = schema.properties?.['spec']
  const only = spec?.properties && Object.keys(spec.properties).length === 1 ? spec.properties['a'] : undefined
  return JSON.stringify(only ?? spec ?? schema)
}

function sorted(errors: readonly FieldError[]): FieldError[] {
  const key = (error: FieldError) => `${error.field} ${error.type} ${error.message}`
  return [...errors].sort((a, b) => (key(a) < key(b) ? -1 : 1))
}
