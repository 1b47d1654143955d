/** The last changes of one resource: what watches catch up from and past states are rebuilt from. */
import type { Entry } from './entry.ts'

/** One change. `entry` is the state after it (for a deletion: the last state under the deletion's revision). */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly entry: Entry
  /** The state before it; absent for ADDED. */
  readonly previous?: Entry
}

/** How much a window holds. The oldest changes go first. */
export interface WindowLimits {
  readonly maxEvents: number
  /** Of the JSON texts of the states before each change, which nothing but the window keeps alive. */
  readonly maxBytes: number
}

/** A bounded queue of changes in the order of their revisions. */
export class EventWindow {
  readonly #limits: WindowLimits
  #changes: Change[] = []
  /** Index of the oldest change; those before it are gone and get cut off from time to time. */
  #start = 0
  #bytes = 0
  /** Every change after this revision is in the window. */
  #completeSince: number

  constructor(limits: WindowLimits, completeSince: number) {
    this.#limits = limits
    this.#completeSince = completeSince
  }

  /** Changes of later revisions than this are all remembered; of earlier ones not. */
  get completeSince(): number {
    return this.#completeSince
  }

  add(change: Change): void {
    this.#changes.push(change)
    this.#bytes += sizeOf(change)
    while (this.#changes.length - this.#start > this.#limits.maxEvents || this.#bytes > this.#limits.maxBytes) {
      this.#dropOldest()
    }
  }

  /** The changes after `revision`, oldest first, or undefined when some of them are no longer remembered. */
  after(revision: number): readonly Change[] | undefined {
    if (revision < this.#completeSince) return undefined
    return this.#changes.slice(this.#indexAfter(revision))
  }

  #dropOldest(): void {
    const oldest = this.#changes[this.#start]
    if (!oldest) return
    this.#bytes -= sizeOf(oldest)
    this.#completeSince = oldest.entry.revision
    this.#start += 1
    if (this.#start > 1024 && this.#start * 2 > this.#changes.length) {
      this.#changes = this.#changes.slice(this.#start)
      this.#start = 0
    }
  }

  #indexAfter(revision: number): number {
    let low = this.#start
    let high = this.#changes.length
    while (low < high) {
      const middle = (low + high) >> 1
      // The middle of two indexes of the array is an index of it.
      if (this.#changes[middle]!.entry.revision <= revision) low = middle + 1
      else high = middle
    }
    return low
  }
}

// The size of an object that was never encoded is not known; this is a typical one.
const assumedSizeBytes = 1024

function sizeOf(change: Change): number {
  return change.previous ? (change.previous.encodedLength ?? assumedSizeBytes) : 0
}
