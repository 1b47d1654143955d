/** The lines that a container said, kept for `kubectl logs`. */

/** One line with the time it was said. */
export interface LogLine {
  readonly at: Date
  readonly text: string
}

// As much as a person scrolls; the real kubelet keeps 10 MiB a container.
const maxLines = 10_000
const maxLineLength = 16 * 1024

/** Which lines to read. */
export interface LogSelection {
  readonly follow: boolean
  /** Only the last so many of those that are there already. */
  readonly tailLines?: number
  readonly since?: Date
  readonly signal: AbortSignal
}

/** A bounded log that can be followed. */
export class ContainerLog {
  readonly #lines: LogLine[] = []
  readonly #followers = new Set<(line: LogLine | undefined) => void>()
  #closed = false

  /** Adds a line. */
  add(line: LogLine): void {
    const kept = line.text.length > maxLineLength ? { ...line, text: line.text.slice(0, maxLineLength) } : line
    this.#lines.push(kept)
    if (this.#lines.length > maxLines) this.#lines.splice(0, maxLines / 10)
    for (const tell of this.#followers) tell(kept)
  }

  /** Says that no line will come any more. */
  close(): void {
    this.#closed = true
    for (const tell of this.#followers) tell(undefined)
    this.#followers.clear()
  }

  /** The lines so far, and with `follow` those that come until the container ends or `signal` aborts. */
  async *read(options: LogSelection): AsyncGenerator<LogLine> {
    const { since, tailLines } = options
    const fresh = since ? this.#lines.filter(line => line.at >= since) : this.#lines
    const pending: (LogLine | undefined)[] =
      tailLines === undefined ? [...fresh] : tailLines === 0 ? [] : fresh.slice(-tailLines)
    if (!options.follow || this.#closed) pending.push(undefined)
    let wake: (() => void) | undefined
    const tell = (line: LogLine | undefined) => {
      pending.push(line)
      wake?.()
    }
    const stop = () => tell(undefined)
    this.#followers.add(tell)
    options.signal.addEventListener('abort', stop, { once: true })
    try {
      for (;;) {
        while (pending.length > 0) {
          const line = pending.shift()
          if (line === undefined) return
          yield line
        }
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
    } finally {
      this.#followers.delete(tell)
      options.signal.removeEventListener('abort', stop)
    }
  }
}
