/** Runs queries: the instant and the range form. */
import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../../runtime/clock.ts'
import { type Dialect, dialectV3 } from '../dialect.ts'
import { compareLabels, Labels } from '../labels.ts'
import { getOrCreate } from '../maps.ts'
import type { Expr } from '../promql/ast.ts'
import { typeOf } from '../promql/check.ts'
import { parsePromql } from '../promql/parse.ts'
import { Budget } from './budget.ts'
import { Compiler } from './compile.ts'
import { Annotations, type QueryContext, type SeriesSource, sameLabels, single } from './context.ts'
import type { At, QueryValue, Sample, SeriesPoints, Vector } from './values.ts'

/** Settings of an engine; times are in milliseconds. */
export interface EngineOptions {
  readonly clock: Clock
  readonly source: SeriesSource
  /** Default: Prometheus 3. */
  readonly dialect?: Dialect
  /** How many samples a query may load or return; default 1,000,000. */
  readonly maxSamples?: number
  /** Default 30 s. */
  readonly timeoutMs?: number
  /** How long a sample stands for its series; default 5 minutes. */
  readonly lookbackMs?: number
  /** The step of a subquery that names none; default 1 minute, as Prometheus's evaluation interval. */
  readonly subqueryStepMs?: number
  /** Whether names go at the end of a query instead of in each function (an experiment of Prometheus 3); default false. */
  readonly delayedNames?: boolean
}

/** Settings of one query. */
export interface QueryOptions {
  readonly signal?: AbortSignal
  /** Instead of the engine's; only a shorter one counts. */
  readonly timeoutMs?: number
  /** Instead of the engine's. */
  readonly lookbackMs?: number
}

/** A result with the remarks that go with it. */
export interface QueryResult {
  readonly value: QueryValue
  readonly warnings: readonly string[]
  readonly infos: readonly string[]
}

/** Evaluates PromQL. Errors are those of promql/errors.ts. */
export interface Engine {
  /** The value at a time. */
  instant(query: string, atMs: number, options?: QueryOptions): Promise<QueryResult>
  /** The values at startMs, startMs + stepMs, ... up to endMs, as a matrix. */
  range(query: string, range: QueryRange, options?: QueryOptions): Promise<QueryResult>
}

/** The times of a range query; both ends belong to it. */
export interface QueryRange {
  readonly startMs: number
  readonly endMs: number
  readonly stepMs: number
}

/** Long queries let other work run after this long, so that a query does not hold up a mesh in the same process. */
const sliceMs = 10

const defaults = { maxSamples: 1_000_000, timeoutMs: 30_000, lookbackMs: 300_000, subqueryStepMs: 60_000 }

/** An engine over `options.source`. */
export function newEngine(options: EngineOptions): Engine {
  const dialect = options.dialect ?? dialectV3
  const prepare = (query: string, startMs: number, endMs: number, isRange: boolean, own: QueryOptions) => {
    const expr = parsePromql(query, dialect)
    const limit = options.timeoutMs ?? defaults.timeoutMs
    const context: QueryContext = {
      source: options.source,
      dialect,
      startMs,
      endMs,
      isRange,
      lookbackMs: own.lookbackMs ?? options.lookbackMs ?? defaults.lookbackMs,
      subqueryStepMs: options.subqueryStepMs ?? defaults.subqueryStepMs,
      delayedNames: options.delayedNames ?? false,
      budget: new Budget({
        clock: options.clock,
        maxSamples: options.maxSamples ?? defaults.maxSamples,
        timeoutMs: Math.min(own.timeoutMs ?? limit, limit),
        signal: own.signal,
      }),
      annotations: new Annotations(query),
    }
    return { expr, context, compiler: new Compiler(context) }
  }
  const finish = (context: QueryContext, value: QueryValue): QueryResult => {
    const { warnings, infos } = context.annotations
    return { value, warnings, infos }
  }
  return {
    async instant(query, atMs, own = {}) {
      const { expr, context, compiler } = prepare(query, atMs, atMs, false, own)
      return finish(context, instantValue(expr, compiler, atMs))
    },
    async range(query, range, own = {}) {
      const { expr, context, compiler } = prepare(query, range.startMs, range.endMs, true, own)
      const type = typeOf(expr)
      const evaluate = rangeStep(expr, compiler)
      if (!evaluate) {
        const wanted = 'must be Scalar or instant Vector'
        throw new InvalidRangeQueryError(`invalid expression type "${type}" for range query, ${wanted}`)
      }
      const series = await collect(options.clock, context, range, evaluate)
      return finish(context, { type: 'matrix', series })
    },
  }
}

/** A range query over an expression that has no value at a time; the API answers 400 `bad_data`. */
export class InvalidRangeQueryError extends Error {
  override readonly name = 'InvalidRangeQueryError'
  readonly reason = 'bad_data'
}

function instantValue(expr: Expr, compiler: Compiler, atMs: number): QueryValue {
  switch (typeOf(expr)) {
    case 'scalar':
      return { type: 'scalar', atMs, value: compiler.scalar(expr)(atMs) }
    case 'string':
      return { type: 'string', atMs, value: compiler.text(expr) }
    case 'instant vector': {
      const vector = compiler.vector(expr)(atMs).map(finalName)
      if (new Set(vector.map(sample => sample.labels.key)).size < vector.length) throw sameLabels()
      return { type: 'vector', atMs, samples: vector }
    }
    case 'range vector':
      return { type: 'matrix', series: rangeValue(expr, compiler, atMs) }
  }
}

function rangeValue(expr: Expr, compiler: Compiler, atMs: number): SeriesPoints[] {
  const series: SeriesPoints[] = []
  compiler.range(expr).samples(atMs, ({ labels, dropName, points }) => {
    compiler.context.budget.keep(points.length)
    const times = Array.from(points.times.slice(0, points.length))
    const values = Array.from(points.values.slice(0, points.length))
    series.push({ labels: dropName ? labels.nameless : labels, points: { length: points.length, times, values } })
  })
  return series.sort((a, b) => compareLabels(a.labels, b.labels))
}

function rangeStep(expr: Expr, compiler: Compiler): At<Vector> | undefined {
  switch (typeOf(expr)) {
    case 'scalar': {
      const scalar = compiler.scalar(expr)
      const labels = Labels.empty()
      return atMs => single(scalar(atMs), labels)
    }
    case 'instant vector':
      return compiler.vector(expr)
    default:
      return undefined
  }
}

/** Evaluates each step and sorts the samples into series. */
async function collect(
  clock: Clock,
  { budget }: QueryContext,
  { startMs, endMs, stepMs }: QueryRange,
  evaluate: At<Vector>,
): Promise<SeriesPoints[]> {
  const rows = new Map<string, { labels: Labels; times: number[]; values: number[] }>()
  let sliceEndMs = clock.monotonicMs() + sliceMs
  for (let atMs = startMs; atMs <= endMs; atMs += stepMs) {
    const { held } = budget
    const vector = evaluate(atMs)
    budget.releaseTo(held)
    budget.keep(vector.length)
    for (const { labels, value } of vector.map(finalName)) {
      const row = getOrCreate(rows, labels.key, () => ({ labels, times: [], values: [] }))
      if (row.times.at(-1) === atMs) throw sameLabels()
      row.times.push(atMs)
      row.values.push(value)
    }
    if (clock.monotonicMs() > sliceEndMs) {
      await setImmediate()
      sliceEndMs = clock.monotonicMs() + sliceMs
    }
  }
  return [...rows.values()]
    .map(({ labels, times, values }) => ({ labels, points: { length: times.length, times, values } }))
    .sort((a, b) => compareLabels(a.labels, b.labels))
}

function finalName(sample: Sample): Sample {
  return sample.dropName ? { ...sample, labels: sample.labels.nameless, dropName: false } : sample
}
