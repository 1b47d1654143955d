/** A map of bounded size or weight that forgets what was not used for longest. */
export interface LruMap<K, V> {
  readonly size: number
  get(key: K): V | undefined
  /** `weight` is 1 unless it is given. The newest stays, whatever its weight. */
  set(key: K, value: V, weight?: number): void
  delete(key: K): void
}

/** An empty map for entries that together weigh at most `maxWeight`: for at most so many, where none is given a weight. */
export function newLruMap<K, V>(maxWeight: number): LruMap<K, V> {
  // A Map keeps the order of insertion; what is used is inserted again.
  const entries = new Map<K, { readonly value: V; readonly weight: number }>()
  let total = 0
  const remove = (key: K) => {
    total -= entries.get(key)?.weight ?? 0
    entries.delete(key)
  }
  return {
    get size() {
      return entries.size
    },
    get(key) {
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      entries.delete(key)
      entries.set(key, entry)
      return entry.value
    },
    set(key, value, weight = 1) {
      remove(key)
      entries.set(key, { value, weight })
      total += weight
      while (total > maxWeight && entries.size > 1) remove(entries.keys().next().value as K) // It has at least one.
    },
    delete: remove,
  }
}
