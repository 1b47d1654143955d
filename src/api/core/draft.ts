/** Building and reading objects whose kind is known only as JSON. */
import { isJsonArray, isJsonObject } from '../../apimachinery/json.ts'
import type { Json, JsonObject } from '../../apimachinery/meta.ts'

/** An object that is being built: a copy of our own, so that changing it changes nobody's. */
export type Draft = { [key: string]: Json }

/** A copy that shares no object or list with `value`. */
export function draftOf(value: JsonObject): Draft {
  // The copy of an object is an object.
  return copy(value) as Draft
}

/** The object under `key` of a draft; undefined where there is none. */
export function child(draft: Draft | undefined, key: string): Draft | undefined {
  const value = draft?.[key]
  // What is inside a draft is the draft's own.
  return isJsonObject(value) ? (value as Draft) : undefined
}

/** The object at a path of keys. */
export function descend(draft: Draft | undefined, ...path: readonly string[]): Draft | undefined {
  return path.reduce(child, draft)
}

/** The object under `key`, made where there is none. */
export function ensure(draft: Draft, key: string): Draft {
  const found = child(draft, key)
  if (found) return found
  const made: Draft = {}
  draft[key] = made
  return made
}

/** The objects in the list under `key`; none where there is no list. */
export function each(draft: Draft | undefined, key: string): Draft[] {
  const value = draft?.[key]
  // What is inside a draft is the draft's own.
  return isJsonArray(value) ? value.filter(item => isJsonObject(item)).map(item => item as Draft) : []
}

/** Sets what is not there (or null). */
export function fill(draft: Draft, values: JsonObject): void {
  for (const key in values) {
    const value = values[key]
    if (value !== undefined && isAbsent(draft[key])) draft[key] = value
  }
}

/** Whether a value is absent or null. */
export function isAbsent(value: Json | undefined): value is null | undefined {
  return value === undefined || value === null
}

/** The object under `key`, or an empty one. */
export function objectAt(object: JsonObject | undefined, key: string): JsonObject {
  const value = object?.[key]
  return isJsonObject(value) ? value : {}
}

/** The objects of the list under `key`, in order. */
export function objectsAt(object: JsonObject | undefined, key: string): readonly JsonObject[] {
  const value = object?.[key]
  return isJsonArray(value) ? value.filter(item => isJsonObject(item)) : []
}

/** The strings of the list under `key`, in order. */
export function stringsAt(object: JsonObject | undefined, key: string): readonly string[] {
  const value = object?.[key]
  return isJsonArray(value) ? value.filter(item => typeof item === 'string') : []
}

/** The string under `key`; '' where there is none. */
export function stringAt(object: JsonObject | undefined, key: string): string {
  const value = object?.[key]
  return typeof value === 'string' ? value : ''
}

/** The number under `key`; undefined where there is none. */
export function numberAt(object: JsonObject | undefined, key: string): number | undefined {
  const value = object?.[key]
  return typeof value === 'number' ? value : undefined
}

/** The strings of the map under `key`, such as labels. */
export function stringMapAt(object: JsonObject | undefined, key: string): Readonly<Record<string, string>> {
  const map = objectAt(object, key)
  for (const name in map) if (typeof map[name] !== 'string') return onlyStrings(map)
  // Just checked.
  return map as Readonly<Record<string, string>>
}

/** Whether there is a value other than null under `key`. */
export function has(object: JsonObject | undefined, key: string): boolean {
  return !isAbsent(object?.[key])
}

function onlyStrings(map: JsonObject): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(map).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

function copy(value: Json): Json {
  if (isJsonArray(value)) return value.map(copy)
  if (!isJsonObject(value)) return value
  const made: Draft = {}
  for (const key in value) {
    const inner = value[key]
    if (inner !== undefined) made[key] = copy(inner)
  }
  return made
}
