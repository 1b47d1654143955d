/** Parts of a look that are not made again while everything that they depend on is as it was. */
import type { KubernetesObject } from '../../apimachinery/meta.ts'
import type { ClusterView, TrackedRead } from '../../runtime/cluster-view.ts'
import { isSameButStatus } from '../../runtime/same-spec.ts'

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
  /**
   * Whether it depends on no status: of an object, on nothing but who it is, its spec, its labels and its annotations.
   * Default false.
   */
  readonly ignoresStatus?: boolean
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
      const again = before && areSame(before.inputs, inputs) && readAgain(view, before.reads, part)
      if (before && again) {
        // Objects that were replaced since are not kept alive.
        if (again !== before.reads) parts.set(part.name, { ...before, reads: again })
        return before.value as V // Put under this part's name.
      }
      const { value, reads } = view.tracked(read)
      canaries.set(canary, parts.set(part.name, { inputs, reads: [...reads.values()], value }))
      return value
    },
    forget: canary => void canaries.delete(canary),
  }
}

/**
 * Reads again, so that a look that recalls depends on the same objects as the one that read them. Undefined where a
 * difference counts; the very same list where there is none at all.
 */
function readAgain(
  view: ClusterView,
  reads: readonly TrackedRead[],
  { ignoresStatus = false }: RecalledPart<unknown>,
): readonly TrackedRead[] | undefined {
  let again: TrackedRead[] | undefined
  for (let i = 0; i < reads.length; i++) {
    const read = reads[i]
    if (!read) return undefined
    const { type, ref, found } = read
    if (isGroup(found)) {
      if (!areSame(view.group(type, ref), found)) return undefined
      continue
    }
    const now = view.get(type, ref)
    if (now === found) continue
    if (!ignoresStatus || !now || !found || !isSameButStatus(now, found)) return undefined
    again ??= [...reads]
    again[i] = { type, ref, found: now }
  }
  return again ?? reads
}

type Found = NonNullable<TrackedRead>['found']

// Array.isArray does not narrow readonly arrays.
function isGroup(found: Found): found is readonly KubernetesObject[] {
  return Array.isArray(found)
}

function areSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i])
}

/** Inputs are compared by identity, which parts of a status do not keep. */
export function textOf(value: object | undefined): string {
  return value ? JSON.stringify(value) : ''
}
