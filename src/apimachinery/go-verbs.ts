/** JSON values as Go's fmt prints them once decoded; parts of the messages of patches and applies. */
import { goNumber, goQuote } from './go-text.ts'
import { isJsonArray, isJsonObject } from './json.ts'
import type { Json, JsonObject } from './meta.ts'

/** By the verb `%v`: `map[a:1 b:[x y]]`, `<nil>`. */
export function goPlain(value: Json): string {
  if (isJsonArray(value)) return `[${value.map(goPlain).join(' ')}]`
  if (isJsonObject(value)) return `map[${sortedEntries(value, (name, item) => `${name}:${goPlain(item)}`).join(' ')}]`
  if (typeof value === 'number') return goNumber(value)
  return value === null ? '<nil>' : String(value)
}

/** By the verb `%#v`: `map[string]interface {}{"a":1}`. */
export function goSyntax(value: Json): string {
  if (isJsonArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`
  if (isJsonObject(value)) {
    const entries = sortedEntries(value, (name, item) => `${goQuote(name)}:${goSyntax(item)}`)
    return `map[string]interface {}{${entries.join(', ')}}`
  }
  if (typeof value === 'string') return goQuote(value)
  return value === null ? 'interface {}(nil)' : goPlain(value)
}

/** The Go type that the decoder makes of a value: the verb `%T`. */
export function goType(value: Json): string {
  if (isJsonArray(value)) return '[]interface {}'
  if (isJsonObject(value)) return 'map[string]interface {}'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64'
  if (typeof value === 'boolean') return 'bool'
  return value === null ? '<nil>' : 'string'
}

/** What encoding/json calls a value in its errors: `array`, `object`, `string`, `number`, `bool`. */
export function goJsonKind(value: Json): string {
  if (isJsonArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}

function sortedEntries(value: JsonObject, print: (name: string, item: Json) => string): string[] {
  return Object.keys(value)
    .sort()
    .map(name => print(name, value[name] ?? null))
}
