/** What all parts of one query share. */
import type { Dialect } from '../dialect.ts'
import { Labels } from '../labels.ts'
import type { Matcher } from '../matcher.ts'
import type { Position } from '../promql/ast.ts'
import { PromqlExecutionError } from '../promql/errors.ts'
import { formatValue } from '../promql/text.ts'
import type { MemorySeries } from '../storage/series.ts'
import type { Budget } from './budget.ts'
import type { Sample, Vector } from './values.ts'

/** Where selectors find their series. */
export interface SeriesSource {
  /** Sorted by labels. */
  select(matchers: readonly Matcher[]): MemorySeries[]
}

/** See the fields. */
export interface QueryContext {
  readonly source: SeriesSource
  readonly dialect: Dialect
  /** The query's range; an instant query starts and ends at its time. */
  readonly startMs: number
  readonly endMs: number
  readonly isRange: boolean
  /** How far back a selector looks for the newest sample. */
  readonly lookbackMs: number
  /** The step of a subquery that names none. */
  readonly subqueryStepMs: number
  /** Whether names are removed at the end of the query instead of in each function. */
  readonly delayedNames: boolean
  readonly budget: Budget
  readonly annotations: Annotations
}

/** Remarks about a query that do not keep it from having a result; each is kept once. */
export class Annotations {
  readonly #query: string
  readonly #warnings = new Set<string>()
  readonly #infos = new Set<string>()

  constructor(query: string) {
    this.#query = query
  }

  warn(text: string, at: Position): void {
    if (this.#warnings.size < maxAnnotations) this.#warnings.add(`PromQL warning: ${text} ${this.#place(at)}`)
  }

  inform(text: string, at: Position): void {
    if (this.#infos.size < maxAnnotations) this.#infos.add(`PromQL info: ${text} ${this.#place(at)}`)
  }

  get warnings(): readonly string[] {
    return [...this.#warnings]
  }

  get infos(): readonly string[] {
    return [...this.#infos]
  }

  #place(at: Position): string {
    const before = this.#query.slice(0, at.start)
    return `(${before.split('\n').length}:${at.start - before.lastIndexOf('\n')})`
  }
}

/** As many remarks of a kind as the API of Prometheus returns. */
const maxAnnotations = 10

/** A sample of a result that does not keep its metric's name. */
export function renamed(context: QueryContext, sample: Pick<Sample, 'labels'>, value: number): Sample {
  if (context.delayedNames) return { labels: sample.labels, value, dropName: true }
  return { labels: sample.labels.nameless, value, dropName: false }
}

/** Remarks on a quantile outside of [0, 1]. */
export function warnOfQuantile(context: QueryContext, phi: number | undefined, at: Position): void {
  if (phi === undefined || (phi >= 0 && phi <= 1)) return
  context.annotations.warn(`quantile value should be between 0 and 1, got ${formatValue(phi)}`, at)
}

/** The vector, or an error when two of its elements have the same labels. */
export function distinct(context: QueryContext, vector: Vector): Vector {
  if (context.delayedNames || vector.length < 2) return vector
  const seen = new Set<string>()
  for (const { labels } of vector) {
    if (seen.has(labels.key)) throw sameLabels()
    seen.add(labels.key)
  }
  return vector
}

/** Two elements of a vector have the same labels. */
export function sameLabels(): PromqlExecutionError {
  return new PromqlExecutionError('vector cannot contain metrics with the same labelset')
}

/** A vector of one element without labels. */
export function single(value: number, labels: Labels = Labels.empty()): Vector {
  return [{ labels, value, dropName: false }]
}
