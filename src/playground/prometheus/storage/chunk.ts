/** A block of samples of one series, in typed arrays. */

import type { Span } from './span.ts'
import type { Window } from './window.ts'

/** How many samples a chunk holds at most; two minutes of a scrape each second. */
export const chunkCapacity = 120

/**
 * The NaN that marks the end of a series (Prometheus's value.StaleNaN). A number of this language cannot be relied on
 * to keep a NaN's bits, so it is written and recognised through the chunk's bytes.
 */
const staleBits = 0x7ff0_0000_0000_0002n

/**
 * Samples in order of time. While every value is the same, as for most counters of an idle target, only the times are
 * stored. Times are kept as milliseconds since the first one, which bounds a chunk's span to 49 days.
 */
export class Chunk {
  readonly startMs: number
  /** How many samples it holds. */
  size = 0
  #offsets = new Uint32Array(8)
  #values: Float64Array | undefined
  readonly #constant: number
  #hasStale = false
  /** See {@link Span}; kept as samples come, so that a rate over a long range need not look at each of them. */
  #lost = 0
  #resets = 0

  constructor(startMs: number, value: number) {
    this.startMs = startMs
    this.#constant = value
  }

  get endMs(): number {
    return this.timeAt(this.size - 1)
  }

  get isFull(): boolean {
    return this.size === chunkCapacity
  }

  /** Whether a sample at this time still fits. */
  accepts(atMs: number): boolean {
    return !this.isFull && atMs - this.startMs < 2 ** 32
  }

  /** Appends a sample later than the last one. */
  append(atMs: number, value: number): void {
    this.#grow()
    const before = this.size > 0 ? this.valueAt(this.size - 1) : value
    if (value < before) {
      this.#resets++
      this.#lost += before
    }
    if (!this.#values && !Object.is(value, this.#constant)) this.#expand()
    if (this.#values) this.#values[this.size] = value
    this.#offsets[this.size++] = atMs - this.startMs
  }

  /** Appends the marker that the series ended. */
  appendStale(atMs: number): void {
    this.#grow()
    const values = this.#values ?? this.#expand()
    this.#hasStale = true
    new BigUint64Array(values.buffer)[this.size] = staleBits
    this.#offsets[this.size++] = atMs - this.startMs
  }

  timeAt(index: number): number {
    return this.startMs + (this.#offsets[index] ?? Number.NaN)
  }

  valueAt(index: number): number {
    return this.#values ? (this.#values[index] ?? Number.NaN) : this.#constant
  }

  isStaleAt(index: number): boolean {
    if (!this.#hasStale || !this.#values || !Number.isNaN(this.#values[index])) return false
    return new BigUint64Array(this.#values.buffer, index * 8, 1)[0] === staleBits
  }

  /** Adds the samples of [from, to) to `window`, stale markers left out. */
  copyTo(window: Window, from: number, to: number): void {
    if (this.#hasStale) {
      for (let i = from; i < to; i++) if (!this.isStaleAt(i)) window.push(this.timeAt(i), this.valueAt(i))
      return
    }
    const at = window.extend(to - from)
    if (this.#values) window.values.set(this.#values.subarray(from, to), at)
    else window.values.fill(this.#constant, at, at + to - from)
    const [times, offsets, startMs] = [window.times, this.#offsets, this.startMs]
    for (let i = from; i < to; i++) times[at + i - from] = startMs + (offsets[i] as number) // i is below the size
  }

  /** Adds the samples of [from, to) to `span`, stale markers left out. */
  addTo(span: Span, from: number, to: number): void {
    if (from >= to) return
    if (this.#hasStale) {
      for (let i = from; i < to; i++) if (!this.isStaleAt(i)) span.add(this.timeAt(i), this.valueAt(i))
      return
    }
    span.addRun({
      count: to - from,
      firstMs: this.timeAt(from),
      first: this.valueAt(from),
      lastMs: this.timeAt(to - 1),
      last: this.valueAt(to - 1),
      lost: to - from === this.size ? this.#lost : this.#lostWithin(from, to),
    })
  }

  #lostWithin(from: number, to: number): number {
    if (!this.#values || this.#resets === 0) return 0
    let lost = 0
    for (let i = from + 1; i < to; i++) {
      const before = this.valueAt(i - 1)
      if (this.valueAt(i) < before) lost += before
    }
    return lost
  }

  /** The index of the first sample later than `atMs`; `size` when there is none. */
  firstAfter(atMs: number): number {
    let [low, high] = [0, this.size]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.timeAt(middle) > atMs) high = middle
      else low = middle + 1
    }
    return low
  }

  #grow(): void {
    if (this.size < this.#offsets.length) return
    const capacity = Math.min(chunkCapacity, this.#offsets.length * 4)
    const offsets = new Uint32Array(capacity)
    offsets.set(this.#offsets)
    this.#offsets = offsets
    if (!this.#values) return
    // Copied as bytes: a copy by value need not keep the stale marker.
    const values = new Float64Array(capacity)
    new Uint8Array(values.buffer).set(new Uint8Array(this.#values.buffer))
    this.#values = values
  }

  #expand(): Float64Array {
    this.#values = new Float64Array(this.#offsets.length).fill(this.#constant, 0, this.size)
    return this.#values
  }
}
