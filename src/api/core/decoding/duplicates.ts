/** Finds fields that stand twice in an object of JSON text, which JSON.parse takes without a word. */

import { isJsonArray } from '../../../apimachinery/json.ts'
import type { Json } from '../../../apimachinery/meta.ts'

/** The fields of JSON text, as strict decoding reports them. */
export interface FieldScan {
  /** Paths such as `spec.replicas` or `spec.ports[0].name` of fields that stand more than once, in their order. */
  readonly duplicates: readonly string[]
  /** For every path that stands in `wanted`: where in the text it stands first. */
  readonly positions: ReadonlyMap<string, number>
}

interface Frame {
  readonly path: string
  /** The keys so far, or the index of the item in a list. */
  readonly keys: Set<string> | undefined
  index: number
  key: string
}

/** Whether no field of the text stands twice, which `value`, what JSON.parse made of it, shows by the number of its fields. */
export function hasNoDuplicates(text: string, value: Json): boolean {
  return countNames(text) === countFields(value)
}

function countFields(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0
  const items: readonly Json[] = isJsonArray(value) ? value : Object.values(value)
  let count = isJsonArray(value) ? 0 : items.length
  for (const item of items) count += countFields(item)
  return count
}

/** The strings of the text that a colon follows. */
function countNames(text: string): number {
  let count = 0
  for (let start = text.indexOf('"'); start >= 0; ) {
    let next = endOfString(text, start) + 1
    while (isSpace(text.charCodeAt(next))) next += 1
    if (text[next] === ':') count += 1
    start = text.indexOf('"', next)
  }
  return count
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end
}

/** Whether an odd number of backslashes stands before. */
function isEscaped(text: string, at: number): boolean {
  let before = at - 1
  while (text[before] === '\\') before -= 1
  return (at - before) % 2 === 0
}

// The white space of JSON: tab, line feed, carriage return, space.
function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}

/** Scans text that JSON.parse has accepted. Linear in its length. */
export function scanFields(text: string, wanted: ReadonlySet<string> = new Set()): FieldScan {
  const duplicates = new Set<string>()
  const positions = new Map<string, number>()
  const frames: Frame[] = []
  let expectsKey = false
  // Only strings and brackets matter; a string is a key where one is expected.
  for (const match of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],]/g)) {
    const token = match[0]
    const frame = frames.at(-1)
    if (token === '{' || token === '[') {
      frames.push({ path: frame ? pathIn(frame) : '', keys: token === '{' ? new Set() : undefined, index: 0, key: '' })
      expectsKey = token === '{'
    } else if (token === '}' || token === ']') {
      frames.pop()
      expectsKey = false
    } else if (token === ',') {
      if (frame && !frame.keys) frame.index += 1
      expectsKey = frame?.keys !== undefined
    } else if (expectsKey && frame?.keys) {
      frame.key = JSON.parse(token)
      expectsKey = false
      const repeated = frame.keys.has(frame.key)
      if (repeated) duplicates.add(pathIn(frame))
      frame.keys.add(frame.key)
      if (repeated || wanted.size > 0) note(positions, pathIn(frame), match.index, repeated, wanted)
    }
  }
  return { duplicates: [...duplicates], positions }
}

// A duplicate is reported where it stands the second time, an unknown field where it stands first.
function note(
  positions: Map<string, number>,
  path: string,
  at: number,
  repeated: boolean,
  wanted: ReadonlySet<string>,
): void {
  const key = repeated ? `2 ${path}` : path
  if ((repeated || wanted.has(path)) && !positions.has(key)) positions.set(key, at)
}

function pathIn(frame: Frame): string {
  if (!frame.keys) return `${frame.path}[${frame.index}]`
  return frame.path === '' ? frame.key : `${frame.path}.${frame.key}`
}
