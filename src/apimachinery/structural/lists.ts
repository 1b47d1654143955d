/** The promise of lists of type `set` and `map`: no item, or no combination of keys, stands twice. */
import { duplicate, type FieldError, invalid } from '../field-error.ts'
import { goJson } from '../go-text.ts'
import { isJsonArray, isJsonObject } from '../json.ts'
import type { Json } from '../meta.ts'
import type { JsonSchema } from '../schema.ts'

/** Finds the duplicates in a value at a path. */
export type ListCheck = (value: Json, path: string, errors: FieldError[]) => void

/** Compiles the check of all `set` and `map` lists of a schema; undefined when it has none. */
export function compileListCheck(schema: JsonSchema): ListCheck | undefined {
  const properties = new Map<string, ListCheck>()
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const check = compileListCheck(property)
    if (check) properties.set(name, check)
  }
  const additional =
    typeof schema.additionalProperties === 'object' ? compileListCheck(schema.additionalProperties) : undefined
  const items = schema.items && compileListCheck(schema.items)
  const own = ownCheck(schema)
  if (properties.size === 0 && !additional && !items && !own) return undefined
  return (value, path, errors) => {
    if (isJsonArray(value)) {
      own?.(value, path, errors)
      if (items) for (const [i, item] of value.entries()) items(item, `${path}[${i}]`, errors)
    } else if (isJsonObject(value)) {
      for (const [key, field] of Object.entries(value)) {
        if (additional) additional(field, `${path}[${key}]`, errors)
        properties.get(key)?.(field, path === '' ? key : `${path}.${key}`, errors)
      }
    }
  }
}

function ownCheck(
  schema: JsonSchema,
): ((list: readonly Json[], path: string, errors: FieldError[]) => void) | undefined {
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  switch (schema['x-kubernetes-list-type']) {
    case 'set':
      return (list, path, errors) => {
        for (const i of repeated(list)) errors.push(duplicate(`${path}[${i}]`, list[i]))
      }
    case 'map':
      return (list, path, errors) => {
        const wrong = list.findIndex(item => item !== null && !isJsonObject(item))
        if (wrong >= 0) {
          const detail = 'must be an object for an array of list-type map'
          errors.push(invalid(`${path}[${wrong}]`, list[wrong], detail))
          return
        }
        const identities = list.map(item => identity(keys, item))
        for (const i of repeated(identities)) errors.push(duplicate(`${path}[${i}]`, identities[i]))
      }
    default:
      return undefined
  }
}

function identity(keys: readonly string[], item: Json): Json {
  const present = isJsonObject(item)
    ? keys.filter(key => Object.hasOwn(item, key)).map(key => [key, item[key] as Json])
    : []
  return Object.fromEntries(present)
}

/** The index of the second appearance of each item that stands more than once. */
function repeated(list: readonly Json[]): number[] {
  if (list.length <= 1) return []
  const times = new Map<string, number>()
  return [...list.keys()].filter(i => {
    const text = goJson(list[i] as Json)
    const seen = (times.get(text) ?? 0) + 1
    times.set(text, seen)
    return seen === 2
  })
}
