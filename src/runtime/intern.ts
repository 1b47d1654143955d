/** One copy of each string that many objects share: namespaces, label values, images, field names' values. */

/** Replaces equal strings by one copy. */
export interface Interner {
  /** How many strings it remembers. */
  readonly size: number
  /** Walks a value that was just parsed and that nobody else holds yet, in place. */
  internIn(value: unknown): void
}

/** Longer strings are seldom shared, and hashing them costs. */
const maxLength = 96
/** Bounds the table; a full one starts again, which costs copies and never correctness. */
const maxStrings = 20_000
/** Members of metadata that differ for every object. */
const unique = new Set(['name', 'uid', 'resourceVersion', 'creationTimestamp', 'generateName'])

/** An interner with an empty table; share one between informers. */
export function newInterner(): Interner {
  let table = new Map<string, string>()
  const intern = (text: string): string => {
    if (text.length > maxLength || isTime(text)) return text
    const known = table.get(text)
    if (known !== undefined) return known
    if (table.size >= maxStrings) table = new Map()
    table.set(text, text)
    return text
  }
  const walk = (node: unknown, inMetadata: boolean): void => {
    if (Array.isArray(node)) {
      for (let i = 0; i < node.length; i++) {
        const value: unknown = node[i]
        if (typeof value === 'string') node[i] = intern(value)
        else if (typeof value === 'object' && value !== null) walk(value, false)
      }
      return
    }
    const fields = node as Record<string, unknown> // A parsed JSON object: the callers pass no other.
    for (const key in fields) {
      const value = fields[key]
      if (typeof value === 'string') {
        if (!(inMetadata && unique.has(key))) fields[key] = intern(value)
      } else if (typeof value === 'object' && value !== null) {
        walk(value, key === 'metadata')
      }
    }
  }
  return {
    get size() {
      return table.size
    },
    internIn(value) {
      if (typeof value === 'object' && value !== null) walk(value, false)
    },
  }
}

/** Of 2026-01-01T01:00:00Z and the like, each is another: a table full of them would have to start again all the time. */
function isTime(text: string): boolean {
  return text.length >= 20 && text[4] === '-' && text[7] === '-' && text[10] === 'T' && text[13] === ':'
}
