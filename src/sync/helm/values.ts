/** The values of a release: merged from objects and inline ones, with a digest. Pure. */
import { canonicalJson, sha256Hex, sortedKeys } from '../../apimachinery/canonical-json.ts'
import { isJsonArray, isJsonObject } from '../../apimachinery/json.ts'
import type { Json, JsonObject } from '../../apimachinery/meta.ts'
import { parseYaml, toYaml } from '../../apimachinery/yaml.ts'

/** One entry of `valuesFrom`, read. */
export interface ReadValues {
  readonly text: string
  /** Where the text goes as one value; absent: the text is YAML that is merged. */
  readonly targetPath?: string
  /** Takes the text as it is, without the grammar of `helm --set`. */
  readonly literal?: boolean
}

/** The values cannot be merged. */
export class ValuesError extends Error {
  override readonly name = 'ValuesError'
  readonly reason = 'ValuesError'
}

/** From low to high: entries in order, entries with a path over them, inline values. @throws ValuesError */
export function mergedValues(entries: readonly ReadValues[], inline: JsonObject): JsonObject {
  const merged = entries.reduce<JsonObject>((values, entry) => {
    if (entry.targetPath === undefined) return mergeValues(values, parseValues(entry.text))
    const value = entry.literal ? entry.text : typedValue(entry.text)
    return setAt(values, pathOf(entry.targetPath), value) as JsonObject // The root stays an object.
  }, {})
  return mergeValues(merged, inline)
}

/** Maps are merged, everything else is replaced; null is kept, as it makes helm drop the chart's own value. */
export function mergeValues(low: JsonObject, high: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...low }
  for (const [key, value] of Object.entries(high)) {
    const old = merged[key]
    merged[key] = isJsonObject(old) && isJsonObject(value) ? mergeValues(old, value) : value
  }
  return merged
}

/** `sha256:` of the values as YAML with sorted keys; empty values count as an empty text. */
export function valuesDigest(values: JsonObject): string {
  const isEmpty = canonicalJson(values) === '{}'
  return `sha256:${sha256Hex(isEmpty ? '' : toYaml(sortedKeys(values)))}`
}

function parseValues(text: string): JsonObject {
  let values: Json
  try {
    values = parseYaml(text)
  } catch (error) {
    throw new ValuesError(`unable to read values: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (values === null) return {}
  if (isJsonObject(values)) return values
  throw new ValuesError('unable to read values: they are no mapping')
}

function typedValue(text: string): Json {
  const quoted = /^(["'])([\s\S]*)\1$/.exec(text)
  if (quoted) return quoted[2] ?? ''
  if (text === 'true' || text === 'false') return text === 'true'
  if (text === 'null') return null
  if (/^(0|-?[1-9][0-9]{0,14})$/.test(text)) return Number(text)
  const list = /^\{([\s\S]*)\}$/.exec(text)
  return list ? (list[1] ?? '').split(',').map(item => typedValue(item.trim())) : text
}

/** `a.b\.c[0]` as `a`, `b.c`, 0. */
function pathOf(text: string): readonly (string | number)[] {
  const parts: (string | number)[] = []
  for (const [, name, index] of text.matchAll(/((?:\\.|[^.[\]\\])+)|\[(\d+)\]/g)) {
    parts.push(index === undefined ? (name ?? '').replace(/\\(.)/g, '$1') : Number(index))
  }
  return parts
}

const maxListIndex = 1_000

function setAt(value: Json | undefined, path: readonly (string | number)[], leaf: Json): Json {
  const [first, ...rest] = path
  if (first === undefined) return leaf
  if (typeof first === 'number') {
    if (first > maxListIndex) throw new ValuesError(`unable to set value: index ${first} is too large`)
    const list: Json[] = isJsonArray(value) ? [...value] : []
    while (list.length <= first) list.push(null)
    list[first] = setAt(list[first], rest, leaf)
    return list
  }
  const object = isJsonObject(value) ? value : {}
  return { ...object, [first]: setAt(object[first], rest, leaf) }
}
