/** Which Canaries looked at which objects, so that a change wakes those whom it concerns, and nobody else. */
import type { TrackedReads } from '../../runtime/cluster-view.ts'

/** Remembers what was looked at. */
export interface Dependents {
  /** What the Canary's last look read; it replaces what the look before did. */
  replace(canary: string, look: TrackedReads): void
  /** Canaries to wake for a change of that key that reads at `moment` have seen: those that looked at it before. */
  changed(key: string, moment: number): Iterable<string>
  /**
   * Runs work on a Canary, which {@link changed} does not name meanwhile, and calls `missed` at its end where something
   * changed after the last look.
   */
  during<R>(canary: string, work: () => Promise<R>, missed: () => void): Promise<R>
  forget(canary: string): void
}

/** Nobody looked at anything. */
export function newDependents(): Dependents {
  const readers = newReaders()
  const lookOf = new Map<string, TrackedReads>()
  /** Canaries that are worked on, with the last moment at which something of theirs changed. */
  const atWork = new Map<string, number>()
  const readsOf = (canary: string) => lookOf.get(canary)?.reads.keys() ?? []
  const hasSeen = (canary: string, moment: number) => (lookOf.get(canary)?.moment ?? 0) >= moment
  return {
    replace(canary, look) {
      const before = lookOf.get(canary)?.reads
      for (const key of readsOf(canary)) if (!look.reads.has(key)) readers.remove(key, canary)
      for (const key of look.reads.keys()) if (!before?.has(key)) readers.add(key, canary)
      lookOf.set(canary, look)
    },
    changed(key, moment) {
      const idle: string[] = []
      for (const canary of readers.of(key)) {
        const changedAt = atWork.get(canary)
        if (changedAt !== undefined) atWork.set(canary, Math.max(changedAt, moment))
        else if (!hasSeen(canary, moment)) idle.push(canary)
      }
      return idle
    },
    async during(canary, work, missed) {
      atWork.set(canary, 0)
      try {
        return await work()
      } finally {
        const changedAt = atWork.get(canary) ?? 0
        atWork.delete(canary)
        if (!hasSeen(canary, changedAt)) missed()
      }
    },
    forget(canary) {
      for (const key of readsOf(canary)) readers.remove(key, canary)
      lookOf.delete(canary)
    },
  }
}

/** Canaries by what they read. Most objects have one reader, for whom a set of its own would be the most of it. */
function newReaders() {
  const readers = new Map<string, string | Set<string>>()
  return {
    of(key: string): Iterable<string> {
      const found = readers.get(key)
      return typeof found === 'string' ? [found] : (found ?? [])
    },
    add(key: string, canary: string) {
      const found = readers.get(key)
      if (found === undefined) readers.set(key, canary)
      else if (typeof found !== 'string') found.add(canary)
      else if (found !== canary) readers.set(key, new Set([found, canary]))
    },
    remove(key: string, canary: string) {
      const found = readers.get(key)
      if (found === canary) readers.delete(key)
      if (typeof found !== 'object') return
      found.delete(canary)
      if (found.size === 0) readers.delete(key)
    },
  }
}
