/** Drops what a structural schema does not know, as the API does before it stores a custom object. */

import { isJsonArray, isJsonObject } from '../json.ts'
import type { Json, JsonObject } from '../meta.ts'
import type { JsonSchema } from '../schema.ts'
import { additionalSchema, propertySchema } from './values.ts'

const metaFields: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata'])

/**
 * The value without the fields that the schema does not specify. `apiVersion`, `kind` and `metadata` of the root and of
 * embedded resources stay. Returns the same value when there is nothing to drop. The paths of dropped fields are added
 * to `unknown`, as `spec.list[0].field`, in no particular order.
 */
export function prune<T extends Json>(schema: JsonSchema, value: T, unknown: string[] = []): T {
  const root = schema['x-kubernetes-embedded-resource'] ? schema : { ...schema, 'x-kubernetes-embedded-resource': true }
  // Pruning removes fields of objects only, so a value keeps its type.
  return pruneValue(root, value, '', unknown) as T
}

/** The paths of the fields that the schema does not specify, sorted; for `fieldValidation=Strict` and `Warn`. */
export function unknownFields(schema: JsonSchema, value: Json): string[] {
  const unknown: string[] = []
  prune(schema, value, unknown)
  return unknown.sort()
}

function pruneValue(
  schema: JsonSchema | undefined,
  value: Json,
  path: string,
  unknown: string[],
  preserve = schema?.['x-kubernetes-preserve-unknown-fields'] === true,
): Json {
  if (isJsonArray(value)) {
    // What an array preserves, its items preserve as well; without a schema of theirs, all of it.
    if (preserve && !schema?.items) return value
    return mapItems(value, (item, i) => {
      const itemPreserves = preserve || schema?.items?.['x-kubernetes-preserve-unknown-fields'] === true
      return pruneValue(schema?.items, item, `${path}[${i}]`, unknown, itemPreserves)
    })
  }
  return isJsonObject(value) ? pruneObject(schema, value, path, unknown, preserve) : value
}

function pruneObject(
  schema: JsonSchema | undefined,
  object: JsonObject,
  path: string,
  unknown: string[],
  preserve: boolean,
): JsonObject {
  const embedded = schema?.['x-kubernetes-embedded-resource'] === true
  return mapFields(object, (key, value) => {
    if (embedded && metaFields.has(key)) return value
    const known = schema && (propertySchema(schema, key) ?? additionalSchema(schema))
    const fieldPath = path === '' ? key : `${path}.${key}`
    if (known || schema?.additionalProperties !== undefined) return pruneValue(known, value, fieldPath, unknown)
    if (preserve) return value
    if (path !== '' || !metaFields.has(key)) unknown.push(fieldPath)
    return undefined
  })
}

/** The object with each field replaced, or dropped where `change` gives undefined; the same object if nothing changed. */
export function mapFields(object: JsonObject, change: (key: string, value: Json) => Json | undefined): JsonObject {
  let changed: [string, Json][] | undefined
  const keys = Object.keys(object)
  for (let i = 0; i < keys.length; i += 1) {
    const key = keys[i] as string
    const value = object[key] as Json
    const replaced = change(key, value)
    if (replaced !== value && !changed) changed = keys.slice(0, i).map(k => [k, object[k] as Json])
    if (changed && replaced !== undefined) changed.push([key, replaced])
  }
  return changed ? Object.fromEntries(changed) : object
}

/** The list with each item replaced; the same list if nothing changed. */
export function mapItems(list: readonly Json[], change: (item: Json, index: number) => Json): readonly Json[] {
  let changed: Json[] | undefined
  for (let i = 0; i < list.length; i += 1) {
    const item = list[i] as Json
    const replaced = change(item, i)
    if (replaced !== item && !changed) changed = list.slice(0, i)
    changed?.push(replaced)
  }
  return changed ?? list
}
