/** Functions of how a series changed over a range: rate and its kin. */
import type { Dialect } from '../../dialect.ts'
import type { Span } from '../../storage/span.ts'
import type { Points } from '../../storage/window.ts'
import { KahanSum } from '../sums.ts'

/** What a function over a range knows beside the points. Times are in milliseconds. */
export interface RangeFacts {
  readonly startMs: number
  readonly endMs: number
  /** The evaluation time, without offset. */
  readonly atMs: number
  readonly scalars: readonly number[]
  readonly dialect: Dialect
}

/** The value for one series out of its points; undefined leaves it out. `points` has at least one entry. */
export type OverRange = (points: Points, facts: RangeFacts) => number | undefined

/** The value for one series out of what {@link Span} keeps; undefined leaves it out. */
export type OverSpan = (span: Span, facts: RangeFacts) => number | undefined

/** The functions that extrapolate, by name. All of them drop the metric's name. */
export const spanFunctions: ReadonlyMap<string, OverSpan> = new Map<string, OverSpan>([
  ['rate', (span, facts) => extrapolated(span, facts, true, true)],
  ['increase', (span, facts) => extrapolated(span, facts, true, false)],
  ['delta', (span, facts) => extrapolated(span, facts, false, false)],
])

/** The functions of neighbouring points and of all of them, by name. All of them drop the metric's name. */
export const rateFunctions: ReadonlyMap<string, OverRange> = new Map<string, OverRange>([
  ['irate', points => lastDifference(points, true)],
  ['idelta', points => lastDifference(points, false)],
  ['deriv', points => regression(points, timeAt(points, 0))?.slope],
  [
    'predict_linear',
    (points, { atMs, scalars }) => {
      const line = regression(points, atMs)
      return line && line.slope * (scalars[0] ?? Number.NaN) + line.intercept
    },
  ],
  ['resets', points => countPairs(points, (before, value) => value < before)],
  [
    'changes',
    points => countPairs(points, (before, value) => value !== before && !(Number.isNaN(value) && Number.isNaN(before))),
  ],
])

function timeAt(points: Points, index: number): number {
  return points.times[index] ?? Number.NaN
}

function valueAt(points: Points, index: number): number {
  return points.values[index] ?? Number.NaN
}

/**
 * The difference between the last and the first point, resets of a counter added, stretched to the whole range where
 * the points come close enough to its ends (documentation of `rate`; the 1.1 is Prometheus's).
 */
function extrapolated(span: Span, facts: RangeFacts, isCounter: boolean, perSecond: boolean): number | undefined {
  if (span.count < 2) return undefined
  const { first, firstMs, lastMs } = span
  const difference = span.last - first + (isCounter ? span.lost : 0)
  const sampled = (lastMs - firstMs) / 1000
  const average = sampled / (span.count - 1)
  const toStart = (firstMs - facts.startMs) / 1000
  const toEnd = (facts.endMs - lastMs) / 1000
  // A counter does not extend to before it was zero.
  const toZero = isCounter && difference > 0 && first >= 0 ? sampled * (first / difference) : Number.POSITIVE_INFINITY
  const stretch = (gap: number) => (gap >= average * 1.1 ? average / 2 : gap)
  const before = facts.dialect.zeroLimitLast ? Math.min(stretch(toStart), toZero) : stretch(Math.min(toStart, toZero))
  const factor = (sampled + before + stretch(toEnd)) / sampled
  return (difference * factor) / (perSecond ? (facts.endMs - facts.startMs) / 1000 : 1)
}

/** The difference of the last two points; with `perSecond` as a counter's rate. */
function lastDifference(points: Points, perSecond: boolean): number | undefined {
  if (points.length < 2) return undefined
  const last = points.length - 1
  const [before, value] = [valueAt(points, last - 1), valueAt(points, last)]
  const interval = timeAt(points, last) - timeAt(points, last - 1)
  if (!perSecond) return value - before
  return (value < before ? value : value - before) / (interval / 1000)
}

/** The least-squares line, its intercept at `originMs`. Undefined for fewer than two points. */
function regression(points: Points, originMs: number): { slope: number; intercept: number } | undefined {
  if (points.length < 2) return undefined
  const [sumX, sumY, sumXY, sumX2] = [new KahanSum(), new KahanSum(), new KahanSum(), new KahanSum()]
  const first = valueAt(points, 0)
  let constant = true
  for (let i = 0; i < points.length; i++) {
    const x = (timeAt(points, i) - originMs) / 1000
    const y = valueAt(points, i)
    if (y !== first) constant = i === 0 // NaN is no constant unless it is alone
    sumX.add(x)
    sumY.add(y)
    sumXY.add(x * y)
    sumX2.add(x * x)
  }
  if (constant) {
    if (!Number.isFinite(first) && !Number.isNaN(first)) return { slope: Number.NaN, intercept: Number.NaN }
    return { slope: 0, intercept: first }
  }
  const n = points.length
  const covariance = sumXY.value - (sumX.value * sumY.value) / n
  const spread = sumX2.value - (sumX.value * sumX.value) / n
  const slope = covariance / spread
  return { slope, intercept: sumY.value / n - (slope * sumX.value) / n }
}

function countPairs(points: Points, counts: (before: number, value: number) => boolean): number {
  let count = 0
  for (let i = 1; i < points.length; i++) if (counts(valueAt(points, i - 1), valueAt(points, i))) count++
  return count
}
