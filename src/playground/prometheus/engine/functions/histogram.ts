/** Functions of classic histograms: series of cumulative buckets that differ in their label `le`. */

import type { Dialect } from '../../dialect.ts'
import { type Labels, metricName } from '../../labels.ts'
import { getOrCreate } from '../../maps.ts'
import { parseNumber } from '../../promql/text.ts'
import { perLabels } from '../grouping.ts'
import type { Vector } from '../values.ts'

/** One cumulative bucket. */
export interface Bucket {
  readonly upperBound: number
  readonly count: number
}

/** The buckets that belong together. */
export interface Histogram {
  /** Without `le`; the metric's name is still there. */
  readonly labels: Labels
  readonly buckets: Bucket[]
}

const le: ReadonlySet<string> = new Set(['le'])

/** Sorts a vector's elements into histograms; `onBadBucket` hears of a missing or malformed `le`. */
export function histogramGrouping(): (vector: Vector, onBadBucket: (le: string, name: string) => void) => Histogram[] {
  const parsed = perLabels(labels => ({ bound: parseBound(labels.get('le')), rest: labels.drop(le) }))
  return (vector, onBadBucket) => {
    const byKey = new Map<string, Histogram>()
    for (const { labels, value } of vector) {
      const { bound, rest } = parsed(labels)
      if (bound === undefined) {
        onBadBucket(labels.get('le'), labels.get(metricName))
        continue
      }
      const histogram = getOrCreate(byKey, rest.key, () => ({ labels: rest, buckets: [] }))
      histogram.buckets.push({ upperBound: bound, count: value })
    }
    return [...byKey.values()]
  }
}

function parseBound(text: string): number | undefined {
  return /^[+-]?(inf|infinity|nan|[\d._]+(e[+-]?\d+)?|0x[\da-f]+)$/i.test(text) ? parseNumber(text) : undefined
}

/** A quantile, and how the buckets had to be corrected for it. */
export interface BucketQuantile {
  readonly value: number
  /** Present when a bucket counted less than a smaller one: the bounds of such buckets and the largest gap. */
  readonly forced?: { readonly from: number; readonly to: number; readonly gap: number }
}

/**
 * The φ-quantile, with observations spread evenly inside each bucket, from 0 for the first one
 * (documentation of `histogram_quantile`). NaN without a +Inf bucket, with one bucket only, or without observations.
 */
export function bucketQuantile(phi: number, given: readonly Bucket[], dialect: Dialect): BucketQuantile {
  if (Number.isNaN(phi)) return { value: Number.NaN }
  if (phi < 0) return { value: Number.NEGATIVE_INFINITY }
  if (phi > 1) return { value: Number.POSITIVE_INFINITY }
  const merged = coalesced(given)
  if (!endsInInfinity(merged)) return { value: Number.NaN }
  const { buckets, forced } = monotonic(merged, dialect.tolerantBuckets ? smallDelta : 0)
  return { value: interpolated(phi, buckets), ...(forced && dialect.tolerantBuckets ? { forced } : {}) }
}

/** Relative differences up to this are taken for rounding errors (Prometheus's smallDeltaTolerance). */
const smallDelta = 1e-12

function interpolated(phi: number, buckets: readonly Bucket[]): number {
  const last = buckets.length - 1
  const total = buckets[last]?.count ?? 0
  if (buckets.length < 2 || total === 0) return Number.NaN
  const rank = phi * total
  // The search is over all buckets but the last; NaN counts never satisfy it.
  let [low, high] = [0, last]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((buckets[middle] as Bucket).count >= rank) high = middle
    else low = middle + 1
  }
  const bucket = buckets[low] as Bucket // low is at most last
  const below = buckets[low - 1]
  if (low === last) return below?.upperBound ?? Number.NaN
  if (!below && bucket.upperBound <= 0) return bucket.upperBound
  const start = below?.upperBound ?? 0
  const startCount = below?.count ?? 0
  return start + (bucket.upperBound - start) * ((rank - startCount) / (bucket.count - startCount))
}

/** The share of observations between two values. */
export function bucketFraction(lower: number, upper: number, given: readonly Bucket[]): number {
  const buckets = coalesced(given)
  const total = buckets.at(-1)?.count ?? 0
  if (!endsInInfinity(buckets) || total === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN
  return lower >= upper ? 0 : (rankOf(upper, buckets) - rankOf(lower, buckets)) / total
}

/** How many observations are at most `value`. */
function rankOf(value: number, buckets: readonly Bucket[]): number {
  let rank = 0
  // Without negative bounds all observations are taken to be positive.
  let lowerBound = (buckets[0]?.upperBound ?? 0) <= 0 ? Number.NEGATIVE_INFINITY : 0
  for (const { upperBound, count } of buckets) {
    if (lowerBound >= value) return rank
    if (upperBound > value) {
      if (lowerBound === Number.NEGATIVE_INFINITY) return count
      return rank + ((count - rank) * (value - lowerBound)) / (upperBound - lowerBound)
    }
    rank = count
    lowerBound = upperBound
  }
  return rank
}

/** Sorted by bound, buckets with equal bounds added together. */
function coalesced(given: readonly Bucket[]): Bucket[] {
  const merged: Bucket[] = []
  for (const bucket of given.toSorted((a, b) => a.upperBound - b.upperBound || 0)) {
    const before = merged.at(-1)
    if (before?.upperBound === bucket.upperBound) {
      merged[merged.length - 1] = { ...before, count: before.count + bucket.count }
    } else {
      merged.push(bucket)
    }
  }
  return merged
}

function endsInInfinity(buckets: readonly Bucket[]): boolean {
  return buckets.at(-1)?.upperBound === Number.POSITIVE_INFINITY
}

/** Buckets that never count less than a smaller one, whatever races between scrapes made of them. */
function monotonic(given: readonly Bucket[], tolerance: number) {
  let forced: BucketQuantile['forced']
  let highest = given[0]?.count ?? 0
  const buckets = given.map(bucket => {
    const { count, upperBound } = bucket
    if (almostEqual(highest, count, tolerance)) return { upperBound, count: highest }
    if (count < highest) {
      forced = {
        from: Math.min(forced?.from ?? upperBound, upperBound),
        to: Math.max(forced?.to ?? upperBound, upperBound),
        gap: Math.max(forced?.gap ?? 0, highest - count),
      }
      return { upperBound, count: highest }
    }
    highest = count
    return bucket
  })
  return { buckets, forced }
}

/** Equal within a relative difference; two NaN are equal. */
function almostEqual(a: number, b: number, tolerance: number): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true
  const sum = Math.abs(a) + Math.abs(b)
  const difference = Math.abs(a - b)
  if (a === 0 || b === 0 || sum < 2.2e-308) return difference < tolerance * 2.2e-308
  return difference / Math.min(sum, Number.MAX_VALUE) < tolerance
}
