/** Latencies in little memory: log-linear buckets, each 1% wider than the last. */

const growth = Math.log(1.01)
// From 1 microsecond to about 100 s.
const bucketCount = 1_850

/** Counts durations; percentiles are right to 1%. */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(bucketCount)
  #count = 0
  #sumMs = 0
  #minMs = Number.POSITIVE_INFINITY
  #maxMs = 0

  /** Counts one duration, in milliseconds. */
  add(ms: number): void {
    const bucket = Math.min(bucketCount - 1, Math.max(0, Math.ceil(Math.log(Math.max(ms, 0.001) * 1000) / growth)))
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#count++
    this.#sumMs += ms
    this.#minMs = Math.min(this.#minMs, ms)
    this.#maxMs = Math.max(this.#maxMs, ms)
  }

  get count(): number {
    return this.#count
  }

  /** In milliseconds; 0 when nothing was counted. */
  get meanMs(): number {
    return this.#count === 0 ? 0 : this.#sumMs / this.#count
  }

  get minMs(): number {
    return this.#count === 0 ? 0 : this.#minMs
  }

  get maxMs(): number {
    return this.#maxMs
  }

  /** The duration that `quantile` (0-1) of all stay below, in milliseconds; 0 when nothing was counted. */
  quantileMs(quantile: number): number {
    if (this.#count === 0) return 0
    const rank = Math.max(1, Math.ceil(quantile * this.#count))
    let seen = 0
    for (const [bucket, count] of this.#counts.entries()) {
      seen += count
      if (seen >= rank) return Math.min(this.#maxMs, Math.exp(bucket * growth) / 1000)
    }
    return this.#maxMs
  }
}
