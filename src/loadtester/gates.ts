/** Gates that people open and close by hand; a rollout's confirm and rollback hooks ask for them. */

// Enough for every canary of a large fleet; beyond it the oldest gate is forgotten, which closes it.
const maxGates = 10_000

/** Gates by canary, in memory only, as upstream. A gate that was never set is closed. */
export class Gates {
  readonly #open = new Map<string, boolean>()

  /** Whether the gate is open. Asking sets it to closed if it was never set, so that it shows up in the list. */
  check(key: string): boolean {
    const open = this.#open.get(key)
    if (open === undefined) this.set(key, false)
    return open ?? false
  }

  /** Opens or closes the gate. */
  set(key: string, open: boolean): void {
    if (!this.#open.has(key) && this.#open.size >= maxGates) {
      const [oldest] = this.#open.keys()
      if (oldest !== undefined) this.#open.delete(oldest)
    }
    this.#open.set(key, open)
  }
}
