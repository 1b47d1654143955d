/** The queries behind the charts: those that the checks of the Canary's provider ask, for both sides. Pure. */
import type { QuerySide } from '../analysis/builtin-queries.ts'
import { metricsProviderOf } from '../analysis/observer.ts'
import { chartQuery, onOneLine, type QueryNames } from '../analysis/query.ts'
import { queryNamesOf } from '../analysis/query-names.ts'
import type { Canary } from '../api/flagger/v1beta1.ts'

/** What a chart shows: percent, milliseconds, and requests a second. */
export const chartMetrics = ['successRate', 'latencyMs', 'requestRate'] as const

/** One of them. */
export type ChartMetric = (typeof chartMetrics)[number]

/** A query and what to multiply its values by. */
export interface SeriesQuery {
  readonly query: string
  readonly factor: number
}

/** The query of one chart and side; `meshProvider`: the traffic provider of Canaries that name none. */
export function seriesQuery(canary: Canary, side: QuerySide, metric: ChartMetric, meshProvider: string): SeriesQuery {
  const { provider, targetRef } = canary.spec
  const kind = ({ successRate: 'success-rate', latencyMs: 'duration', requestRate: 'request-rate' } as const)[metric]
  const metricsProvider = metricsProviderOf(meshProvider, provider, targetRef.kind)
  const made = chartQuery(kind, side, windowOf(canary, metric), plainNames(canary), metricsProvider)
  return 'problem' in made ? { query: '', factor: 1 } : { query: onOneLine(made.query), factor: made.unitMs }
}

/** The window of the check itself, so that the chart shows what the check sees. */
function windowOf({ spec }: Canary, metric: ChartMetric): string {
  const checked = metric === 'latencyMs' ? 'request-duration' : 'request-success-rate'
  const interval = spec.analysis.metrics?.find(({ name }) => name === checked)?.interval
  return interval && /^[0-9]+(ms|s|m|h)$/.test(interval) ? interval : '1m'
}

/** Names of objects hold none of these; fields of a Canary may, and must not end the text that they stand in. */
function plainNames(canary: Canary): QueryNames {
  const names = Object.entries(queryNamesOf(canary)) as [keyof QueryNames, string][] // Its own fields.
  return Object.fromEntries(names.map(([key, name]) => [key, name.replaceAll(/["\\\n]/g, '')])) as unknown as QueryNames
}
