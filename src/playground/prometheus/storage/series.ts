/** One series in memory. */
import type { Labels } from '../labels.ts'
import { Chunk } from './chunk.ts'
import { Span } from './span.ts'
import type { Window } from './window.ts'

/** What became of a sample. */
export type Appended = 'stored' | 'duplicate' | 'out of order'

/** A sample value, or the marker that the series ended. */
export type SampleValue = number | 'stale'

/** A label set and its samples, oldest first. */
export class MemorySeries {
  readonly labels: Labels
  #chunks: Chunk[] = []
  #lastMs = Number.NEGATIVE_INFINITY

  constructor(labels: Labels) {
    this.labels = labels
  }

  /** The time of the newest sample; -Infinity when there is none. */
  get lastMs(): number {
    return this.#lastMs
  }

  /** Whether the newest sample is a stale marker. */
  get isStale(): boolean {
    const chunk = this.#chunks.at(-1)
    return chunk?.isStaleAt(chunk.size - 1) ?? false
  }

  get firstMs(): number {
    return this.#chunks[0]?.startMs ?? Number.POSITIVE_INFINITY
  }

  /** Stores a sample that is newer than all before. */
  append(atMs: number, value: SampleValue): Appended {
    if (atMs <= this.#lastMs) return atMs === this.#lastMs ? 'duplicate' : 'out of order'
    let chunk = this.#chunks.at(-1)
    if (!chunk?.accepts(atMs)) {
      chunk = new Chunk(atMs, value === 'stale' ? 0 : value)
      this.#chunks.push(chunk)
    }
    if (value === 'stale') chunk.appendStale(atMs)
    else chunk.append(atMs, value)
    this.#lastMs = atMs
    return 'stored'
  }

  /** Reads the samples in (afterMs, untilMs] into `window`, stale markers left out. */
  read(afterMs: number, untilMs: number, window: Window): void {
    window.length = 0
    this.#eachPart(afterMs, untilMs, (chunk, from, to) => chunk.copyTo(window, from, to))
  }

  /** What a rate needs of the samples in (afterMs, untilMs], stale markers left out. */
  span(afterMs: number, untilMs: number): Span {
    const span = new Span()
    this.#eachPart(afterMs, untilMs, (chunk, from, to) => chunk.addTo(span, from, to))
    return span
  }

  /** The newest sample in (afterMs, untilMs]; undefined when there is none or it is a stale marker. */
  latest(afterMs: number, untilMs: number): { readonly atMs: number; readonly value: number } | undefined {
    for (let c = this.#chunks.length - 1; c >= 0; c--) {
      const chunk = this.#chunks[c] as Chunk // c is below the length
      if (chunk.startMs > untilMs) continue
      const i = chunk.firstAfter(untilMs) - 1
      const atMs = chunk.timeAt(i)
      if (atMs <= afterMs || chunk.isStaleAt(i)) return undefined
      return { atMs, value: chunk.valueAt(i) }
    }
    return undefined
  }

  /** Whether there is any sample in [fromMs, untilMs]. */
  overlaps(fromMs: number, untilMs: number): boolean {
    return this.#chunks.some(chunk => chunk.endMs >= fromMs && chunk.startMs <= untilMs)
  }

  /** Drops the chunks that end before `beforeMs`; returns how many samples went. */
  dropBefore(beforeMs: number): number {
    let dropped = 0
    while (this.#chunks[0] && this.#chunks[0].endMs < beforeMs) dropped += this.#chunks.shift()?.size ?? 0
    return dropped
  }

  get isEmpty(): boolean {
    return this.#chunks.length === 0
  }

  /** Visits the chunks with samples in (afterMs, untilMs], and which of their samples these are. */
  #eachPart(afterMs: number, untilMs: number, visit: (chunk: Chunk, from: number, to: number) => void): void {
    for (let c = this.#firstChunkEndingAfter(afterMs); c < this.#chunks.length; c++) {
      const chunk = this.#chunks[c] as Chunk // c is below the length
      if (chunk.startMs > untilMs) break
      const from = chunk.startMs > afterMs ? 0 : chunk.firstAfter(afterMs)
      const to = chunk.endMs <= untilMs ? chunk.size : chunk.firstAfter(untilMs)
      visit(chunk, from, to)
    }
  }

  /** The index of the first chunk that may hold a sample later than `atMs`. */
  #firstChunkEndingAfter(atMs: number): number {
    let [low, high] = [0, this.#chunks.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#chunks[middle] as Chunk).endMs > atMs) high = middle
      else low = middle + 1
    }
    return low
  }
}
