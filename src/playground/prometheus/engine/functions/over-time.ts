/** Functions that summarise a range: the `*_over_time` family. */
import { PromqlExecutionError } from '../../promql/errors.ts'
import type { Points } from '../../storage/window.ts'
import { KahanSum, mean, quantileOf, variance } from '../sums.ts'
import type { OverRange } from './rates.ts'

/** By name. All but those of {@link keepsName} drop the metric's name. */
export const overTime: ReadonlyMap<string, OverRange> = new Map<string, OverRange>([
  ['avg_over_time', points => mean(valuesOf(points))],
  ['count_over_time', points => points.length],
  ['first_over_time', points => points.values[0]],
  ['last_over_time', points => points.values[points.length - 1]],
  ['max_over_time', points => points.values[indexOfBest(points, (value, best) => value > best)]],
  ['min_over_time', points => points.values[indexOfBest(points, (value, best) => value < best)]],
  ['present_over_time', () => 1],
  ['quantile_over_time', (points, { scalars }) => quantileOf(scalars[0] ?? Number.NaN, valuesOf(points))],
  ['mad_over_time', points => medianDeviation(valuesOf(points))],
  ['stddev_over_time', points => Math.sqrt(variance(valuesOf(points)))],
  ['stdvar_over_time', points => variance(valuesOf(points))],
  ['sum_over_time', points => sum(valuesOf(points))],
  ['ts_of_first_over_time', points => secondsAt(points, 0)],
  ['ts_of_last_over_time', points => secondsAt(points, points.length - 1)],
  [
    'ts_of_max_over_time',
    points =>
      secondsAt(
        points,
        indexOfBest(points, (value, best) => value >= best),
      ),
  ],
  [
    'ts_of_min_over_time',
    points =>
      secondsAt(
        points,
        indexOfBest(points, (value, best) => value <= best),
      ),
  ],
  ['double_exponential_smoothing', (points, { scalars }) => smoothed(valuesOf(points), scalars)],
])

/** Functions whose results are samples of the series itself. */
export const keepsName: ReadonlySet<string> = new Set(['first_over_time', 'last_over_time'])

function valuesOf(points: Points): number[] {
  return Array.from(points.values.slice(0, points.length))
}

function secondsAt(points: Points, index: number): number {
  return (points.times[index] ?? Number.NaN) / 1000
}

/** Where the value is that beats all before it; NaN gives way to any number. */
function indexOfBest(points: Points, beats: (value: number, best: number) => boolean): number {
  let best = 0
  for (let i = 1; i < points.length; i++) {
    const [value, leader] = [points.values[i] ?? Number.NaN, points.values[best] ?? Number.NaN]
    if (Number.isNaN(leader) || beats(value, leader)) best = i
  }
  return best
}

function sum(values: readonly number[]): number {
  const total = new KahanSum()
  for (const value of values) total.add(value)
  return total.value
}

function medianDeviation(values: readonly number[]): number {
  if (values.some(Number.isNaN)) return Number.NaN
  const median = quantileOf(0.5, values)
  return quantileOf(
    0.5,
    values.map(value => Math.abs(value - median)),
  )
}

/** Holt's linear method: a smoothed value and a smoothed trend. Undefined for fewer than two values. */
function smoothed(values: readonly number[], scalars: readonly number[]): number | undefined {
  const [smoothing = Number.NaN, trending = Number.NaN] = scalars
  checkFactor('smoothing', 'sf', smoothing)
  checkFactor('trend', 'tf', trending)
  const [first, second] = values
  if (first === undefined || second === undefined) return undefined
  let level = first
  let trend = second - first
  for (const value of values.slice(1)) {
    const before = level
    level = smoothing * value + (1 - smoothing) * (level + trend)
    trend = trending * (level - before) + (1 - trending) * trend
  }
  return level
}

function checkFactor(what: string, short: string, factor: number): void {
  if (factor > 0 && factor < 1) return
  const range = `Expected: 0 < ${short} < 1, got: ${factor.toFixed(6)}`
  throw new PromqlExecutionError(`invalid ${what} factor. ${range}`)
}
