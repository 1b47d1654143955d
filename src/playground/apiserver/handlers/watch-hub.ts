/** What the watches of one server share: lines that many of them send are encoded once, and writes go out together. */
import type { Clock } from '../../../runtime/clock.ts'
import type { Entry } from '../store/entry.ts'

/** Writes what it holds back. */
export interface Flushable {
  flush(): void
}

/** See {@link WatchHub.schedule}. */
export class WatchHub {
  readonly #clock: Clock
  readonly #batchMs: number
  readonly #waiting = new Set<Flushable>()
  #isScheduled = false
  #lastFlushMs = Number.NEGATIVE_INFINITY
  #encodedOf: Entry | undefined
  readonly #encoded = new Map<string, Buffer>()

  /**
   * While changes come quickly, watches hear of them every `batchMs` milliseconds instead of one by one: with a hundred
   * watches the connections cost more than the changes. A change after a pause goes out at once. 0 turns this off.
   */
  constructor(clock: Clock, batchMs: number) {
    this.#clock = clock
    this.#batchMs = batchMs
  }

  /** Has a stream write what it holds, soon and together with the others. */
  schedule(stream: Flushable): void {
    this.#waiting.add(stream)
    if (this.#isScheduled) return
    this.#isScheduled = true
    const waitMs = this.#lastFlushMs + this.#batchMs - this.#clock.monotonicMs()
    if (this.#batchMs > 0 && waitMs > 0) this.#clock.setTimer(() => this.#flush(), waitMs)
    else setImmediate(() => this.#flush())
  }

  /** The chunk of a line about a state. Watches of the same `form` get the same bytes. */
  chunkOf(entry: Entry, form: string, line: () => string): Buffer {
    if (this.#encodedOf !== entry) {
      this.#encoded.clear()
      this.#encodedOf = entry
    }
    let chunk = this.#encoded.get(form)
    if (!chunk) {
      chunk = chunkOf(line())
      this.#encoded.set(form, chunk)
    }
    return chunk
  }

  #flush(): void {
    this.#isScheduled = false
    this.#lastFlushMs = this.#clock.monotonicMs()
    const streams = [...this.#waiting]
    this.#waiting.clear()
    for (const stream of streams) stream.flush()
  }
}

const lineEnd = '\r\n'

/** A text as one chunk of a chunked body (RFC 9112 7.1). */
export function chunkOf(text: string): Buffer {
  const sizeBytes = Buffer.byteLength(text)
  const head = `${sizeBytes.toString(16)}\r\n`
  const chunk = Buffer.allocUnsafe(head.length + sizeBytes + lineEnd.length)
  chunk.write(head, 'latin1')
  chunk.write(text, head.length)
  chunk.write(lineEnd, head.length + sizeBytes, 'latin1')
  return chunk
}
