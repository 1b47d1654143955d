/** What the walkers of a schema need to know about JSON values. */
import type { Json } from '../meta.ts'
import type { JsonSchema } from '../schema.ts'

/** JSON types as the messages of the API name them. */
export type Kind = 'null' | 'boolean' | 'integer' | 'number' | 'string' | 'array' | 'object'

/** The kind of a value. Whole numbers that an int64 cannot hold are numbers. */
export function kindOf(value: Json): Kind {
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'boolean':
      return 'boolean'
    case 'number':
      return Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63 ? 'integer' : 'number'
    default:
      return value === null ? 'null' : Array.isArray(value) ? 'array' : 'object'
  }
}

/** The schema of a property by name, never one that JavaScript's objects bring along. */
export function propertySchema(schema: JsonSchema, name: string): JsonSchema | undefined {
  return schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined
}

/** The schema of the values of a map, if there is one. */
export function additionalSchema(schema: JsonSchema): JsonSchema | undefined {
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined
}
