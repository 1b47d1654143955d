/** /api/v1/query, /query_range, /series, /labels and /label/NAME/values. */
import type { Dialect } from '../dialect.ts'
import type { Engine } from '../engine/engine.ts'
import type { Matcher } from '../matcher.ts'
import { parsePromql } from '../promql/parse.ts'
import type { MemorySeries } from '../storage/series.ts'
import type { Store } from '../storage/store.ts'
import { queryAnswer } from './json.ts'
import {
  BadParameterError,
  durationParameter,
  invalidParameter,
  limitParameter,
  type Parameters,
  timeParameter,
} from './params.ts'

/** What the answers come from. */
export interface QueryApiDeps {
  readonly engine: Engine
  readonly store: Store
  readonly dialect: Dialect
  readonly nowMs: () => number
}

/** Prometheus's limit: 60 s of resolution for a week, or 1 h for a year. */
const maxPoints = 11_000

/** One instant query. */
export async function answerQuery(deps: QueryApiDeps, parameters: Parameters, signal: AbortSignal): Promise<unknown> {
  const atMs = timeParameter(parameters, 'time', deps.nowMs())
  const options = { ...ownLimits(parameters), signal }
  return queryAnswer(await naming('query', () => deps.engine.instant(queryOf(parameters), atMs, options)))
}

/** One range query. */
export async function answerQueryRange(
  deps: QueryApiDeps,
  parameters: Parameters,
  signal: AbortSignal,
): Promise<unknown> {
  const startMs = timeParameter(parameters, 'start')
  const endMs = timeParameter(parameters, 'end')
  if (endMs < startMs) throw invalidParameter('end', 'end timestamp must not be before start time')
  const stepMs = durationParameter(parameters, 'step')
  if (stepMs === undefined) throw invalidParameter('step', 'cannot parse "" to a valid duration')
  if (stepMs <= 0) {
    const advice = 'zero or negative query resolution step widths are not accepted. Try a positive integer'
    throw invalidParameter('step', advice)
  }
  if ((endMs - startMs) / stepMs > maxPoints) {
    throw new BadParameterError(
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    )
  }
  const options = { ...ownLimits(parameters), signal }
  const range = { startMs, endMs, stepMs }
  return queryAnswer(await naming('query', () => deps.engine.range(queryOf(parameters), range, options)))
}

/** The label sets of series that match. */
export function answerSeries(deps: QueryApiDeps, parameters: Parameters): unknown {
  if (parameters.getAll('match[]').length === 0) throw new BadParameterError('no match[] parameter provided')
  const found = matchingSeries(deps, parameters).map(series => series.labels.toObject())
  return listAnswer(found, parameters)
}

/** All label names. */
export function answerLabels(deps: QueryApiDeps, parameters: Parameters): unknown {
  const names = new Set<string>()
  for (const { labels } of matchingSeries(deps, parameters)) for (const [name] of labels.pairs) names.add(name)
  return listAnswer([...names].sort(), parameters)
}

/** All values of one label. */
export function answerLabelValues(deps: QueryApiDeps, parameters: Parameters, label: string): unknown {
  if (label === '') throw new BadParameterError(`invalid label name: "${label}"`)
  const values = new Set<string>()
  for (const { labels } of matchingSeries(deps, parameters)) values.add(labels.get(label))
  values.delete('')
  return listAnswer([...values].sort(), parameters)
}

function listAnswer<T>(data: readonly T[], parameters: Parameters): unknown {
  const limit = limitParameter(parameters)
  if (limit === undefined || data.length <= limit) return { status: 'success', data }
  return { status: 'success', data: data.slice(0, limit), warnings: ['results truncated due to limit'] }
}

function matchingSeries({ store, dialect }: QueryApiDeps, parameters: Parameters): MemorySeries[] {
  const startMs = timeParameter(parameters, 'start', Number.NEGATIVE_INFINITY)
  const endMs = timeParameter(parameters, 'end', Number.POSITIVE_INFINITY)
  const selectors = parameters.getAll('match[]')
  const matcherLists = selectors.length === 0 ? [[]] : selectors.map(text => matchersOf(text, dialect))
  const found = new Map<string, MemorySeries>()
  for (const matchers of matcherLists) {
    for (const series of store.select(matchers)) {
      if (series.overlaps(startMs, endMs)) found.set(series.labels.key, series)
    }
  }
  return [...found.values()]
}

function matchersOf(text: string, dialect: Dialect): readonly Matcher[] {
  try {
    const expr = parsePromql(text, dialect)
    if (expr.kind === 'vectorSelector' && expr.offsetMs === 0 && !expr.at) return expr.matchers
  } catch (error) {
    throw invalidParameter('match[]', error instanceof Error ? error.message : String(error))
  }
  throw invalidParameter('match[]', `${text} is not a series selector`)
}

function queryOf(parameters: Parameters): string {
  return parameters.get('query') ?? ''
}

function ownLimits(parameters: Parameters): { timeoutMs?: number; lookbackMs?: number } {
  const timeoutMs = durationParameter(parameters, 'timeout')
  const lookbackMs = durationParameter(parameters, 'lookback_delta')
  return { ...(timeoutMs === undefined ? {} : { timeoutMs }), ...(lookbackMs === undefined ? {} : { lookbackMs }) }
}

/** Says which parameter a syntax error is in. */
async function naming<T>(parameter: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof Error && 'reason' in error && error.reason === 'bad_data') {
      throw invalidParameter(parameter, error.message)
    }
    throw error
  }
}
