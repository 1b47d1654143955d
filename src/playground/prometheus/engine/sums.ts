/** Sums that do not lose small terms. */

/** A running sum with Neumaier's correction, as Prometheus adds. */
export class KahanSum {
  #sum: number
  #correction: number

  constructor(start = 0, correction = 0) {
    this.#sum = start
    this.#correction = correction
  }

  add(term: number): void {
    const next = this.#sum + term
    if (!Number.isFinite(next)) this.#correction = 0
    else if (Math.abs(this.#sum) >= Math.abs(term)) this.#correction += this.#sum - next + term
    else this.#correction += term - next + this.#sum
    this.#sum = next
  }

  get value(): number {
    return this.#sum + this.#correction
  }

  /** The sum of the same terms, each multiplied by `factor`. */
  scaled(factor: number): KahanSum {
    return new KahanSum(this.#sum * factor, this.#correction * factor)
  }

  /** Whether adding `term` would leave the range of finite numbers. */
  overflowsWith(term: number): boolean {
    return !Number.isFinite(this.#sum + term)
  }
}

/** The arithmetic mean; moves to an incremental one where the sum would overflow. NaN without values. */
export function mean(values: Iterable<number>): number {
  let sum = new KahanSum()
  let count = 0
  let incremental = false
  for (const value of values) {
    count++
    if (!incremental && count > 1 && sum.overflowsWith(value)) {
      incremental = true
      sum = sum.scaled(1 / (count - 1))
    }
    if (incremental) sum = sum.scaled((count - 1) / count)
    sum.add(incremental ? value / count : value)
  }
  return incremental ? sum.value : sum.value / count
}

/** Variance by Welford's method with the values in order; NaN without values. */
export function variance(values: Iterable<number>): number {
  let count = 0
  const meanSum = new KahanSum()
  const squares = new KahanSum()
  for (const value of values) {
    count++
    const delta = value - meanSum.value
    meanSum.add(delta / count)
    squares.add(delta * (value - meanSum.value))
  }
  return squares.value / count
}

/** The φ-quantile with linear interpolation; NaN without values, ±Inf for φ outside of [0, 1]. */
export function quantileOf(phi: number, values: readonly number[]): number {
  if (values.length === 0 || Number.isNaN(phi)) return Number.NaN
  if (phi < 0) return Number.NEGATIVE_INFINITY
  if (phi > 1) return Number.POSITIVE_INFINITY
  const sorted = Float64Array.from(values).sort((a, b) => compareNanFirst(a, b))
  const rank = phi * (sorted.length - 1)
  const lower = Math.max(0, Math.floor(rank))
  const upper = Math.min(sorted.length - 1, lower + 1)
  const weight = rank - Math.floor(rank)
  return (sorted[lower] ?? Number.NaN) * (1 - weight) + (sorted[upper] ?? Number.NaN) * weight
}

/** Ascending order in which NaN is the smallest. */
export function compareNanFirst(a: number, b: number): number {
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : -1
  if (Number.isNaN(b)) return 1
  return a - b || 0
}
