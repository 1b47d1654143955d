/** Reading samples: instant vectors, range vectors and subqueries. */
import type { Labels } from '../labels.ts'
import { getOrCreate } from '../maps.ts'
import type { MatrixSelector, Subquery, TimeShift, VectorSelector } from '../promql/ast.ts'
import type { MemorySeries } from '../storage/series.ts'
import { type Span, spanOf } from '../storage/span.ts'
import { type Points, Window } from '../storage/window.ts'
import type { QueryContext } from './context.ts'
import type { At, Sample, Vector } from './values.ts'

/** One series in the range before an evaluation time. */
interface InRange {
  readonly labels: Labels
  /** See {@link Sample}. */
  readonly dropName: boolean
  /** The bounds of the range, without regard to where samples are. */
  readonly startMs: number
  readonly endMs: number
}

/** The samples of one series. */
export interface RangeSample extends InRange {
  /** At least one; valid until the next series is visited. */
  readonly points: Points
}

/** What a rate needs of the samples of one series. */
export interface RangeSpan extends InRange {
  /** Of at least one sample. */
  readonly span: Span
}

/** Visits each series of a range vector that has samples at an evaluation time. */
export interface RangeReader {
  samples(atMs: number, visit: (range: RangeSample) => void): void
  spans(atMs: number, visit: (range: RangeSpan) => void): void
}

/** Where a selector looks when the query is evaluated at `atMs`. */
export function shiftedTime(context: QueryContext, shift: TimeShift, atMs: number): number {
  const { at, offsetMs } = shift
  if (!at) return atMs - offsetMs
  const fixed = at.kind === 'time' ? at.atMs : at.kind === 'start' ? context.startMs : context.endMs
  return fixed - offsetMs
}

/** The newest sample of each series, with `read` choosing what to take from it. */
export function instantReader(
  context: QueryContext,
  selector: VectorSelector,
  read: (sample: { atMs: number; value: number }) => number = sample => sample.value,
): At<Vector> {
  const series = selection(context, selector)
  return atMs => {
    const untilMs = shiftedTime(context, selector, atMs)
    const afterMs = openStart(context, untilMs - context.lookbackMs)
    const vector: Sample[] = []
    for (const one of series()) {
      const sample = one.latest(afterMs, untilMs)
      if (sample) vector.push({ labels: one.labels, value: read(sample), dropName: false })
    }
    context.budget.take(vector.length)
    return vector
  }
}

/** Reads `selector[range]`. */
export function matrixReader(context: QueryContext, matrix: MatrixSelector): RangeReader {
  const series = selection(context, matrix.selector)
  const window = new Window()
  const boundsAt = (atMs: number) => {
    const endMs = shiftedTime(context, matrix.selector, atMs)
    const startMs = endMs - matrix.rangeMs
    return { startMs, endMs, afterMs: openStart(context, startMs) }
  }
  return {
    samples(atMs, visit) {
      const { startMs, endMs, afterMs } = boundsAt(atMs)
      const { held } = context.budget
      for (const one of series()) {
        one.read(afterMs, endMs, window)
        context.budget.take(window.length)
        if (window.length > 0) visit({ labels: one.labels, dropName: false, points: window, startMs, endMs })
        context.budget.releaseTo(held)
      }
    },
    spans(atMs, visit) {
      const { startMs, endMs, afterMs } = boundsAt(atMs)
      context.budget.checkTime()
      for (const one of series()) {
        const span = one.span(afterMs, endMs)
        if (span.count > 0) visit({ labels: one.labels, dropName: false, span, startMs, endMs })
      }
    },
  }
}

/** Evaluates `inner` at each step of the range before the evaluation time; steps are multiples of the step's length. */
export function subqueryReader(context: QueryContext, subquery: Subquery, inner: At<Vector>): RangeReader {
  const stepMs = subquery.stepMs ?? context.subqueryStepMs
  const evaluated = remembered(context, inner)
  const samples: RangeReader['samples'] = (atMs, visit) => {
    const endMs = shiftedTime(context, subquery, atMs)
    const startMs = endMs - subquery.rangeMs
    const { held } = context.budget
    const rows = new Map<string, { sample: Sample; times: number[]; values: number[] }>()
    evaluated.forgetBefore(startMs)
    const firstMs = Math.floor(openStart(context, startMs) / stepMs) * stepMs + stepMs
    for (let stepAt = firstMs; stepAt <= endMs; stepAt += stepMs) {
      context.budget.checkTime()
      for (const sample of evaluated.at(stepAt)) {
        const row = getOrCreate(rows, sample.labels.key, () => ({ sample, times: [], values: [] }))
        row.times.push(stepAt)
        row.values.push(sample.value)
      }
    }
    for (const { sample, times, values } of rows.values()) {
      const points = { length: times.length, times, values }
      visit({ labels: sample.labels, dropName: sample.dropName, points, startMs, endMs })
    }
    context.budget.releaseTo(held)
  }
  return {
    samples,
    spans: (atMs, visit) => samples(atMs, ({ points, ...range }) => visit({ ...range, span: spanOf(points) })),
  }
}

/** Results of an inner query by time: the ranges of neighbouring evaluation times share most of their steps. */
function remembered(context: QueryContext, inner: At<Vector>) {
  const known = new Map<number, Vector>()
  return {
    at(atMs: number): Vector {
      const before = known.get(atMs)
      if (before) {
        context.budget.take(before.length)
        return before
      }
      const { held } = context.budget
      const vector = inner(atMs)
      context.budget.releaseTo(held)
      context.budget.take(vector.length)
      if (context.isRange) known.set(atMs, vector)
      return vector
    },
    forgetBefore(atMs: number): void {
      for (const time of known.keys()) if (time < atMs) known.delete(time)
    },
  }
}

/** Resolves a selector once, when it is first needed. */
function selection(context: QueryContext, selector: VectorSelector): () => readonly MemorySeries[] {
  let series: readonly MemorySeries[] | undefined
  return () => {
    series ??= context.source.select(selector.matchers)
    return series
  }
}

/** The time after which samples count, for a range that starts at `startMs`. */
function openStart(context: QueryContext, startMs: number): number {
  return context.dialect.leftOpen ? startMs : startMs - 1
}
