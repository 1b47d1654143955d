/** Fills in what a structural schema says about absent fields, as the API does when it reads a custom object. */

import { isJsonArray, isJsonObject } from '../json.ts'
import type { Json, JsonObject } from '../meta.ts'
import type { JsonSchema } from '../schema.ts'
import { mapFields, mapItems } from './prune.ts'
import { additionalSchema, propertySchema } from './values.ts'

/**
 * The value with its defaults. A null that the schema does not allow is replaced by the default, or dropped when there
 * is none. Returns the same value when there is nothing to do.
 */
export function applyDefaults<T extends Json>(schema: JsonSchema, value: T): T {
  // Defaults add and drop fields of objects only, so a value keeps its type.
  return fillIn(schema, dropNulls(schema, value)) as T
}

function dropNulls(schema: JsonSchema | undefined, value: Json): Json {
  if (isJsonArray(value)) return mapItems(value, item => dropNulls(schema?.items, item))
  if (!isJsonObject(value)) return value
  return mapFields(value, (key, field) => {
    const known = schema && (propertySchema(schema, key) ?? additionalSchema(schema))
    const mustGo = field === null && known !== undefined && !known.nullable && known.default === undefined
    return mustGo ? undefined : dropNulls(known, field)
  })
}

function fillIn(schema: JsonSchema | undefined, value: Json): Json {
  if (!schema) return value
  if (isJsonArray(value)) return mapItems(value, item => fillIn(schema.items, orDefault(schema.items, item)))
  return isJsonObject(value) ? fillInObject(schema, value) : value
}

function fillInObject(schema: JsonSchema, object: JsonObject): JsonObject {
  const missing: [string, Json][] = []
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    if (property.default !== undefined && !Object.hasOwn(object, key)) missing.push([key, property.default])
  }
  const complete = missing.length > 0 ? { ...object, ...Object.fromEntries(missing) } : object
  return mapFields(complete, (key, value) => {
    const known = propertySchema(schema, key) ?? additionalSchema(schema)
    return fillIn(known, orDefault(known, value))
  })
}

function orDefault(schema: JsonSchema | undefined, value: Json): Json {
  return value === null && schema && !schema.nullable ? (schema.default ?? null) : value
}
