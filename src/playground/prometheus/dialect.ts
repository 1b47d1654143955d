/** Where generations of Prometheus disagree about the language. */

/** The language of one generation. */
export interface Dialect {
  readonly generation: 'v2' | 'v3'
  /**
   * Whether ranges, lookback and subqueries leave out a sample that lies exactly at their start. Since 3.0 they do, so
   * that `[1m]` over a 15 s scrape holds 4 samples, never 5.
   */
  readonly leftOpen: boolean
  /** Whether `.` in a matcher's expression matches a line break: since 3.0. */
  readonly dotMatchesNewline: boolean
  /**
   * Whether a counter's extrapolation towards zero is limited after the half-interval rule (since 3.5) or before it.
   * Differs only where the first sample is far from the range's start.
   */
  readonly zeroLimitLast: boolean
  /** Whether histogram_quantile evens out differences below 1e-12 and reports forced monotonicity: since 2.46. */
  readonly tolerantBuckets: boolean
}

/** Prometheus 3: the default. */
export const dialectV3: Dialect = {
  generation: 'v3',
  leftOpen: true,
  dotMatchesNewline: true,
  zeroLimitLast: true,
  tolerantBuckets: true,
}

/** Prometheus 2.42, the generation that Debian carries. */
export const dialectV2: Dialect = {
  generation: 'v2',
  leftOpen: false,
  dotMatchesNewline: false,
  zeroLimitLast: false,
  tolerantBuckets: false,
}
