/** The entries that are likely to be wanted as objects again soon. */
import type { Entry } from './entry.ts'

/** Keeps the objects of the last entries that were written; those that fall out of it are released. */
export class RecentEntries {
  readonly #ring: (Entry | undefined)[]
  #next = 0

  constructor(capacity: number) {
    this.#ring = new Array(capacity)
  }

  add(entry: Entry): void {
    this.#ring[this.#next]?.release()
    this.#ring[this.#next] = entry
    this.#next = (this.#next + 1) % this.#ring.length
  }
}
