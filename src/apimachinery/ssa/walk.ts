/** What all walks over a value and its type share. */
import { isJsonArray, isJsonObject } from '../json.ts'
import type { Json, JsonObject } from '../meta.ts'
import type { FieldType, ListType } from './field-type.ts'
import { keyElement, valueElement } from './path-element.ts'

/** By which part of its type a value goes. */
export type Shape = 'scalar' | 'list' | 'map'

/** The shape of a value; null and what does not fit its type take the first that the type has. */
export function shapeOf(type: FieldType, value: Json | undefined): Shape {
  if (isJsonObject(value) && type.map) return 'map'
  if (isJsonArray(value) && type.list) return 'list'
  if (value !== null && typeof value !== 'object' && value !== undefined && type.scalar) return 'scalar'
  if (type.map) return 'map'
  return type.scalar ? 'scalar' : 'list'
}

/** A list item's path element, or why it has none. */
export type ItemElement =
  | { readonly kind: 'element'; readonly element: string }
  | { readonly kind: 'invalid'; readonly message: string }

/** The element of an item of a list that is not atomic. */
export function elementOfItem(list: ListType, item: Json): ItemElement {
  return list.relationship === 'set' ? elementOfSetItem(item) : elementOfKeyedItem(list, item)
}

/** The list's items by their elements, in order; items without an element are left out. */
export function indexItems(list: ListType, items: readonly Json[]): Map<string, Json[]> {
  const index = new Map<string, Json[]>()
  for (const item of items) {
    const found = elementOfItem(list, item)
    if (found.kind === 'invalid') continue
    const same = index.get(found.element)
    if (same) same.push(item)
    else index.set(found.element, [item])
  }
  return index
}

function elementOfSetItem(item: Json): ItemElement {
  if (isJsonObject(item)) return invalid("associative list without keys has an element that's a map type")
  if (isJsonArray(item)) return invalid('not supported: associative list with lists as elements')
  if (item === null) return invalid("associative list without keys has an element that's an explicit null")
  return { kind: 'element', element: valueElement(item) }
}

function elementOfKeyedItem(list: ListType, item: Json): ItemElement {
  if (item === null) return invalid('associative list with keys may not have a null element')
  if (!isJsonObject(item)) return invalid('associative list with keys may not have non-map elements')
  const keys: [string, Json][] = []
  for (const name of list.keys) {
    const value = item[name] ?? list.items.map?.field(name)?.defaultValue
    if (value !== undefined) keys.push([name, value])
  }
  if (keys.length === 0) {
    const names = list.keys.map(name => JSON.stringify(name)).join(' ')
    return invalid(
      `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`,
    )
  }
  return { kind: 'element', element: keyElement(keys) }
}

function invalid(message: string): ItemElement {
  return { kind: 'invalid', message }
}

/** The property names of both objects, each once. */
export function namesOfBoth(a: JsonObject, b: JsonObject): string[] {
  const names = Object.keys(a)
  for (const name in b) if (!(name in a)) names.push(name)
  return names
}

/** The object with the zero values that it leaves out; see {@link MapType.zeroValues}. */
export function withZeroValues(zero: Readonly<Record<string, Json>>, object: JsonObject): JsonObject {
  for (const name in zero) if (object[name] === undefined) return { ...zero, ...object }
  return object
}
