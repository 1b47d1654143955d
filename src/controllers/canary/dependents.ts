/** Which Canaries looked at which objects, so that a change wakes those whom it concerns, and nobody else. */

/** Remembers what was looked at. */
export interface Dependents {
  /** What the Canary's last look read; it replaces what the look before did. */
  replace(canary: string, reads: ReadonlySet<string>): void
  /** Canaries whose last look read the object or type of that key. */
  of(key: string): Iterable<string>
  forget(canary: string): void
}

/** Nobody looked at anything. */
export function newDependents(): Dependents {
  const readers = new Map<string, Set<string>>()
  const readsOf = new Map<string, ReadonlySet<string>>()
  const unlink = (canary: string, key: string) => {
    const set = readers.get(key)
    set?.delete(canary)
    if (set?.size === 0) readers.delete(key)
  }
  return {
    replace(canary, reads) {
      for (const key of readsOf.get(canary) ?? []) if (!reads.has(key)) unlink(canary, key)
      for (const key of reads) {
        const set = readers.get(key) ?? new Set()
        readers.set(key, set.add(canary))
      }
      readsOf.set(canary, reads)
    },
    of: key => readers.get(key) ?? [],
    forget(canary) {
      for (const key of readsOf.get(canary) ?? []) unlink(canary, key)
      readsOf.delete(canary)
    },
  }
}
