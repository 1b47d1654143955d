/** A map of bounded size that forgets what was not used for longest. */
export interface LruMap<K, V> {
  readonly size: number
  get(key: K): V | undefined
  set(key: K, value: V): void
  delete(key: K): void
}

/** An empty map for at most `maxEntries`. */
export function newLruMap<K, V>(maxEntries: number): LruMap<K, V> {
  // A Map keeps the order of insertion; what is used is inserted again.
  const entries = new Map<K, V>()
  return {
    get size() {
      return entries.size
    },
    get(key) {
      const value = entries.get(key)
      if (value === undefined) return undefined
      entries.delete(key)
      entries.set(key, value)
      return value
    },
    set(key, value) {
      entries.delete(key)
      entries.set(key, value)
      if (entries.size > maxEntries) entries.delete(entries.keys().next().value as K) // It has at least one.
    },
    delete: key => void entries.delete(key),
  }
}
