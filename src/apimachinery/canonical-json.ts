/** One text per value, whatever the order of its keys, and short identities made from such texts. */
import { createHash } from 'node:crypto'
import { isJsonArray, isJsonObject } from './json.ts'
import type { Json } from './meta.ts'

/** JSON with sorted keys and no blanks. Two values have the same text if and only if they are equal. */
export function canonicalJson(value: Json): string {
  return JSON.stringify(sortedKeys(value))
}

/** The value with the keys of all objects sorted by code unit. */
export function sortedKeys(value: Json): Json {
  if (isJsonArray(value)) return value.map(sortedKeys)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sortedKeys(item)]),
  )
}

/** The SHA-256 of a text (UTF-8), as 64 hexadecimal digits. */
export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** A short identity of a value: the first `length` hexadecimal digits of its hash, at most 64. */
export function identityOf(value: Json, length = 10): string {
  return sha256Hex(canonicalJson(value)).slice(0, length)
}

/** The 32-bit FNV-1a hash of a text's UTF-8 bytes, as an unsigned integer. */
export function fnv32a(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

/** A number as the API spells it in generated names: no vowels or digits that could form a word. */
export function safeEncode(value: number): string {
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789'
  return [...String(value)].map(character => alphabet[character.charCodeAt(0) % alphabet.length]).join('')
}
