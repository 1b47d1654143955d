/** Parts of a look that are not made again while everything that they depend on is as it was. */
import type { ClusterView, TrackedRead } from '../../runtime/cluster-view.ts'

/** Remembers parts of looks, by Canary. */
export interface Recall {
  /**
   * What `read` gives, or what it gave before: where the inputs are the very same (texts: equal), and so is all that it
   * read in the view. It must depend on nothing else, the time least of all. What it throws is not remembered.
   */
  of<V>(canary: string, part: RecalledPart<V>, inputs: readonly unknown[], read: () => V): V
  forget(canary: string): void
}

/** A part of a look. Its name tells it from other parts of the same Canary; its type is that of its values. */
export interface RecalledPart<V> {
  readonly name: string
  /** Never there: it ties the name to a type. */
  readonly value?: V
}

interface Remembered {
  readonly inputs: readonly unknown[]
  readonly reads: readonly TrackedRead[]
  readonly value: unknown
}

/** Remembers nothing yet. */
export function newRecall(view: ClusterView): Recall {
  const canaries = new Map<string, Map<string, Remembered>>()
  return {
    of<V>(canary: string, part: RecalledPart<V>, inputs: readonly unknown[], read: () => V): V {
      const parts = canaries.get(canary) ?? new Map<string, Remembered>()
      const before = parts.get(part.name)
      if (before && areSame(before.inputs, inputs) && before.reads.every(each => isAsRead(view, each))) {
        return before.value as V // Put under this part's name.
      }
      const { value, reads } = view.tracked(read)
      canaries.set(canary, parts.set(part.name, { inputs, reads: [...reads.values()], value }))
      return value
    },
    forget: canary => void canaries.delete(canary),
  }
}

/** Reads again, so that a look that recalls depends on the same objects as the one that read them. */
function isAsRead(view: ClusterView, read: TrackedRead): boolean {
  if (!read) return false
  const { type, ref, found } = read
  if (!Array.isArray(found)) return view.get(type, ref) === found
  return areSame(view.group(type, ref), found)
}

function areSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i])
}
