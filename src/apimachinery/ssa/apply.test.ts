import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { JsonObject } from '../meta.ts'
import { applyConfiguration } from './apply.ts'
import { type FieldSet, pathsOf, setToText } from './field-set.ts'
import { FieldTypes } from './field-type.ts'
import { toFieldSet, withNamedFields } from './to-field-set.ts'
import { recordOf, trackUpdate, withoutRecord } from './track-update.ts'

const types = new FieldTypes(() => ({
  type: 'object',
  properties: { name: { type: 'string' }, uid: { type: 'string' } },
}))
const type = types.custom({
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        size: { type: 'integer' },
        entries: map(),
        whole: { ...map(), 'x-kubernetes-map-type': 'atomic' },
        list: { type: 'array', items: { type: 'string' } },
        set: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
        items: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: {
            type: 'object',
            properties: { name: { type: 'string' }, a: { type: 'integer' }, b: { type: 'integer' } },
          },
        },
      },
    },
  },
})
const context = { type, apiVersion: 'example.com/v1', kind: 'Widget', now: '2030-01-01T00:00:00Z' }

const word = fc.constantFrom('x', 'y', 'z')
const anyMap = fc.dictionary(word, word, { maxKeys: 3 })
const anySpec = fc.record(
  {
    size: fc.integer({ min: 1, max: 3 }),
    entries: anyMap,
    whole: anyMap,
    list: fc.array(word, { maxLength: 3 }),
    set: fc.uniqueArray(word, { maxLength: 3 }),
    items: fc.uniqueArray(fc.record({ name: word, a: fc.nat(2), b: fc.nat(2) }, { requiredKeys: ['name'] }), {
      maxLength: 3,
      selector: item => item.name,
    }),
  },
  { requiredKeys: [] },
)
const anyWrite = fc.record({ manager: fc.constantFrom('one', 'two', 'three'), spec: anySpec, isApply: fc.boolean() })

describe('server-side apply', () => {
  it('gives the object every field of the configuration', () => {
    fc.assert(
      fc.property(fc.array(anyWrite, { maxLength: 4 }), anySpec, (writes, spec) => {
        const live = writes.reduce<JsonObject | undefined>(write, undefined)
        const again = apply(apply(live, 'last', spec), 'last', spec)
        const config = widget(spec)
        assert.deepEqual(difference(type, config, again), [])
      }),
    )
  })

  it('changes nothing when it is repeated', () => {
    fc.assert(
      fc.property(fc.array(anyWrite, { maxLength: 4 }), anySpec, (writes, spec) => {
        const once = apply(writes.reduce<JsonObject | undefined>(write, undefined), 'last', spec)
        const result = applyConfiguration({ ...context, manager: 'last', live: once, config: widget(spec) })
        assert.ok(result.kind === 'ok')
        assert.equal(result.changed, false)
        assert.deepEqual(result.object, once)
      }),
    )
  })

  it('never leaves an owner of a field that is not there', () => {
    fc.assert(
      fc.property(fc.array(anyWrite, { minLength: 1, maxLength: 6 }), writes => {
        const object = writes.reduce<JsonObject | undefined>(write, undefined) ?? {}
        const there = new Set(texts(withNamedFields(type, toFieldSet(type, withoutRecord(object)))))
        for (const { manager, fieldsV1 } of recordOf(object) ?? []) {
          const owned = texts(fieldsV1 as unknown as FieldSet)
          // A map or list that became empty is gone from the object, but not from what its owner asked for.
          const missing = owned.filter(path => !there.has(path) && !isEmptyContainer(path))
          assert.deepEqual(missing, [], `${manager} in ${JSON.stringify(object)}`)
        }
      }),
    )
  })

  it('leaves nothing when every applier gives up all it had', () => {
    fc.assert(
      fc.property(fc.array(anyWrite, { maxLength: 6 }), writes => {
        let object = writes.map(each => ({ ...each, isApply: true })).reduce<JsonObject | undefined>(write, undefined)
        for (const manager of ['one', 'two', 'three']) object = apply(object, manager, undefined)
        assert.deepEqual(object, { apiVersion: context.apiVersion, kind: context.kind, metadata: { name: 'w' } })
      }),
    )
  })
})

function write(
  live: JsonObject | undefined,
  { manager, spec, isApply }: { manager: string; spec: JsonObject; isApply: boolean },
): JsonObject {
  if (isApply) return apply(live, manager, spec)
  const after = { ...widget(spec), metadata: { name: 'w', uid: 'u' } }
  const managedFields = trackUpdate({ ...context, manager, before: live, after })
  return managedFields ? { ...after, metadata: { ...after.metadata, managedFields: managedFields as never } } : after
}

function apply(live: JsonObject | undefined, manager: string, spec: JsonObject | undefined): JsonObject {
  const result = applyConfiguration({ ...context, manager, live, config: widget(spec), force: true })
  assert.ok(result.kind === 'ok', JSON.stringify(result))
  return result.object
}

function widget(spec: JsonObject | undefined): JsonObject {
  const named = { apiVersion: context.apiVersion, kind: context.kind, metadata: { name: 'w' } }
  return spec ? { ...named, spec } : named
}

/** The fields of the configuration that the object lacks. */
function difference(of: typeof type, config: JsonObject, object: JsonObject): string[] {
  const has = new Set(texts(withNamedFields(of, toFieldSet(of, object))))
  return texts(toFieldSet(of, config)).filter(path => !has.has(path) && !isEmptyContainer(path))
}

function texts(set: FieldSet): string[] {
  return pathsOf(set).length === 0 ? [] : setToText(set).split('\n')
}

function isEmptyContainer(path: string): boolean {
  return /^\.spec(\.(entries|set|items))?$/.test(path)
}

function map() {
  return { type: 'object', additionalProperties: { type: 'string' } } as const
}
