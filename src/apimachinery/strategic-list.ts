/** How strategic merge patches merge and order lists. */
import { goPlain } from './go-verbs.ts'
import { isJsonArray, isJsonObject } from './json.ts'
import type { Json, JsonObject } from './meta.ts'
import { StrategicPatchError } from './strategic-patch-error.ts'

const directive = '$patch'

/** Both lists of scalars, each value once: those of the patch in its order, the others where they were. */
export function mergeScalars(current: readonly Json[], patch: readonly Json[]): Json[] {
  return orderItems([...new Set([...current, ...patch])], patch, current, undefined)
}

/** Both lists of maps, paired by the merge key; items with the directive `delete` go, `replace` drops the old list. */
export function mergeKeyedItems(
  current: readonly Json[],
  patch: readonly Json[],
  mergeKey: string,
  mergeItems: (current: JsonObject, patch: JsonObject) => JsonObject,
): Json[] {
  const changes = patch.map(asMap)
  const plain = changes.filter(item => !(directive in item))
  const special = changes.filter(item => directive in item)
  const removed = special.filter(isDeletion).map(item => keyOf(item, mergeKey))
  if (special.some(item => !isDeletion(item))) return plain
  const merged = current.map(asMap).filter(item => !removed.includes(item[mergeKey] ?? null))
  const before = [...merged]
  for (const change of plain) {
    const key = keyOf(change, mergeKey)
    const at = merged.findIndex(item => item[mergeKey] === key)
    const existing = merged[at]
    if (existing) merged[at] = mergeItems(existing, change)
    else merged.push(change)
  }
  return orderItems(merged, plain, before, mergeKey)
}

/**
 * Orders a merged list: items that `order` names follow it, the others keep the order of the live list, and the two
 * rows are joined so that an item stays before those that followed it in the live list.
 */
export function orderItems(
  items: readonly Json[],
  order: readonly Json[],
  live: readonly Json[],
  mergeKey: string | undefined,
): Json[] {
  const identity = (item: Json) => (mergeKey === undefined ? item : keyOf(asMap(item), mergeKey))
  const wanted = order.map(identity)
  const places = live.map(identity)
  const named = items.filter(item => wanted.includes(identity(item)))
  const others = items.filter(item => !wanted.includes(identity(item)))
  named.sort((a, b) => wanted.indexOf(identity(a)) - wanted.indexOf(identity(b)))
  others.sort((a, b) => places.indexOf(identity(a)) - places.indexOf(identity(b)))

  const result: Json[] = []
  let next = 0
  for (const item of named) {
    const place = places.indexOf(identity(item))
    for (let other = others[next]; other !== undefined && place >= 0; other = others[++next]) {
      const otherPlace = places.indexOf(identity(other))
      if (otherPlace < 0 || otherPlace >= place) break
      result.push(other)
    }
    result.push(item)
  }
  return [...result, ...others.slice(next)]
}

/** A new value without what only directs the merge; undefined where the value itself is a directive. */
export function withoutDirectives(value: Json): Json | undefined {
  if (isJsonArray(value)) return value.map(withoutDirectives).filter(item => item !== undefined)
  if (!isJsonObject(value)) return value
  if (directive in value) return undefined
  const kept: Record<string, Json> = {}
  for (const [name, item] of Object.entries(value)) {
    const left = withoutDirectives(item)
    if (left !== undefined) kept[name] = left
  }
  return kept
}

function isDeletion(item: JsonObject): boolean {
  const kind = item[directive]
  if (kind === 'delete') return true
  if (kind === 'replace') return false
  if (kind === 'merge') throw new StrategicPatchError('broken', 'merging lists cannot yet be specified in the patch')
  throw new StrategicPatchError('broken', `unknown patch type: ${goPlain(kind ?? null)} in map: ${goPlain(item)}`)
}

function keyOf(item: JsonObject, mergeKey: string): Json {
  const key = item[mergeKey]
  if (key !== undefined) return key
  throw new StrategicPatchError('broken', `map: ${goPlain(item)} does not contain declared merge key: ${mergeKey}`)
}

function asMap(item: Json): JsonObject {
  if (isJsonObject(item)) return item
  if (isJsonArray(item)) throw new StrategicPatchError('unfit', 'lists of lists are not supported')
  throw new StrategicPatchError('broken', 'expected a map[string]interface {}, but received a scalar')
}
