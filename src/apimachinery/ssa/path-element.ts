/**
 * One step of a field's path as FieldsV1 writes it: `f:name` a field, `k:{"name":"web"}` the list item with these
 * keys, `v:"x"` the item of a set with this value, `i:0` the item at this index.
 */
import { goValue } from '../go-text.ts'
import { escapeLikeGo } from '../json.ts'
import type { Json, JsonObject } from '../meta.ts'

/** The field or map entry of this name. */
export function fieldElement(name: string): string {
  return `f:${name}`
}

/** The item of a keyed list, from its keys in the order of their names, so that equal keys make equal elements. */
export function keyElement(keys: readonly (readonly [name: string, value: Json])[]): string {
  let text = ''
  for (const [name, value] of keys) text += `${text === '' ? '' : ','}${toText(name)}:${toText(value)}`
  return `k:{${text}}`
}

/** The item of a set. */
export function valueElement(value: Json): string {
  return `v:${toText(value)}`
}

/** The name in a field's element; undefined for any other element. */
export function fieldNameOf(element: string): string | undefined {
  return element.startsWith('f:') ? element.slice(2) : undefined
}

/** Whether the text starts as an element does; {@link isPathElement} looks at the rest. */
export function isKnownKind(text: string): boolean {
  return /^[fkvi]:/.test(text)
}

/** Whether the text is an element at all. */
export function isPathElement(text: string): boolean {
  if (text.startsWith('f:')) return true
  if (text.startsWith('i:')) return /^-?\d+$/.test(text.slice(2))
  if (!text.startsWith('k:') && !text.startsWith('v:')) return false
  try {
    const value: unknown = JSON.parse(text.slice(2))
    return text.startsWith('v:') || (typeof value === 'object' && value !== null && !Array.isArray(value))
  } catch {
    return false
  }
}

/** A path as it stands in messages: `.spec.containers[name="web"].image`, `.metadata.finalizers[="a"]`. */
export function pathToText(path: readonly string[]): string {
  return path.map(elementToText).join('')
}

/** One element as it stands in messages. */
export function elementToText(element: string): string {
  const rest = element.slice(2)
  if (element.startsWith('f:')) return `.${rest}`
  if (element.startsWith('i:')) return `[${rest}]`
  if (element.startsWith('v:')) return `[=${goValue(JSON.parse(rest))}]`
  const keys = JSON.parse(rest) as JsonObject
  return `[${Object.keys(keys)
    .sort()
    .map(name => `${name}=${goValue(keys[name])}`)
    .join(',')}]`
}

function toText(value: Json): string {
  const text = JSON.stringify(value)
  return /[<>&\u2028\u2029]/.test(text) ? escapeLikeGo(text) : text
}
