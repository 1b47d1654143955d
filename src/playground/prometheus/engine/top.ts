/** Aggregations that choose elements instead of combining them. */
import type { Group, Sample, Vector } from './values.ts'

/** The k largest (or smallest) elements of each group, best first; NaN is worse than any number. */
export function topmost(groups: readonly Group[], k: number, largest: boolean): Vector {
  if (k < 1) return []
  const sign = largest ? -1 : 1
  return groups.flatMap(({ samples }) => samples.toSorted((a, b) => compareNanLast(a, b, sign)).slice(0, k))
}

/** Any k elements of each group: the first ones. */
export function limited(groups: readonly Group[], k: number): Vector {
  return k < 1 ? [] : groups.flatMap(({ samples }) => samples.slice(0, k))
}

/** Ascending for sign 1, descending for -1; NaN comes last either way. */
export function compareNanLast(a: Sample, b: Sample, sign: 1 | -1): number {
  if (Number.isNaN(a.value)) return Number.isNaN(b.value) ? 0 : 1
  if (Number.isNaN(b.value)) return -1
  return sign * (a.value - b.value) || 0
}
