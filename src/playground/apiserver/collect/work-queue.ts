/** Work that follows from changes: done soon, a little at a time, each item once however often it was asked for. */

// So many items are done before requests get their turn again.
const batchSize = 200

/** A queue of items of one kind. */
export class WorkQueue<T> {
  readonly #work: (item: T) => void
  readonly #onError: (error: unknown, item: T) => void
  readonly #waiting = new Set<T>()
  #scheduled = false

  constructor(work: (item: T) => void, onError: (error: unknown, item: T) => void) {
    this.#work = work
    this.#onError = onError
  }

  /** Adds an item, unless it is waiting already. */
  add(item: T): void {
    this.#waiting.add(item)
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.#run())
  }

  #run(): void {
    this.#scheduled = false
    let left = batchSize
    for (const item of this.#waiting) {
      if (left === 0) break
      left -= 1
      this.#waiting.delete(item)
      try {
        this.#work(item)
      } catch (error) {
        this.#onError(error, item)
      }
    }
    if (this.#waiting.size > 0 && !this.#scheduled) {
      this.#scheduled = true
      setImmediate(() => this.#run())
    }
  }
}
