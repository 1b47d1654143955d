/** Equality of JSON values by content; the order of keys does not count, a key with `undefined` is absent. */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => deepEqual(item, b[i]))
  }
  const left = a as Readonly<Record<string, unknown>>
  const right = b as Readonly<Record<string, unknown>>
  const keys = presentKeys(left)
  return (
    keys.length === presentKeys(right).length &&
    keys.every(key => Object.hasOwn(right, key) && deepEqual(left[key], right[key]))
  )
}

function presentKeys(object: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(object).filter(key => object[key] !== undefined)
}
