/** Fills in what a structural schema says about absent fields, as the API does when it reads a custom object. */
import { isJsonArray, isJsonObject } from '../json.ts'
import type { Json, JsonObject } from '../meta.ts'
import type { JsonSchema } from '../schema.ts'
import { mapFields, mapItems } from './prune.ts'

/** Gives a value its defaults; the same value when there is nothing to do. */
export type Defaulter = (value: Json) => Json

/**
 * Compiles the defaults of a schema. A null that the schema does not allow is replaced by the default, or dropped when
 * there is none.
 */
export function compileDefaults(schema: JsonSchema): Defaulter {
  const { additionalProperties, items } = schema
  const properties = new Map(Object.entries(schema.properties ?? {}).map(([name, part]) => [name, compilePart(part)]))
  const defaults = [...properties].filter(([, part]) => part.fallback !== undefined)
  const additional = typeof additionalProperties === 'object' ? compilePart(additionalProperties) : undefined
  const item = items ? compilePart(items) : leaveAlone
  const fillField = (name: string, value: Json): Json | undefined => {
    const part = properties.get(name) ?? additional
    if (!part) return value
    if (value !== null || part.nullable) return part.fill(value)
    return part.fallback === undefined ? undefined : part.fill(part.fallback)
  }
  return value => {
    if (isJsonArray(value)) {
      return mapItems(value, child => item.fill(child === null && !item.nullable ? (item.fallback ?? null) : child))
    }
    return isJsonObject(value) ? mapFields(withDefaults(value, defaults), fillField) : value
  }
}

interface Part {
  readonly fallback: Json | undefined
  readonly nullable: boolean
  readonly fill: Defaulter
}

const leaveAlone: Part = { fallback: undefined, nullable: true, fill: value => value }

function compilePart(schema: JsonSchema): Part {
  return { fallback: schema.default, nullable: schema.nullable ?? false, fill: compileDefaults(schema) }
}

function withDefaults(object: JsonObject, defaults: readonly (readonly [string, Part])[]): JsonObject {
  const missing = defaults.filter(([name]) => !Object.hasOwn(object, name))
  if (missing.length === 0) return object
  return { ...object, ...Object.fromEntries(missing.map(([name, part]) => [name, part.fallback as Json])) }
}
