/** Success rate, latency and requests of both sides of a rollout, from the cluster's Prometheus. */
import type { Canary } from '../api/flagger/v1beta1.ts'
import type { Clock } from '../runtime/clock.ts'
import type { HttpSender } from '../runtime/http-sender.ts'
import type { DashboardCluster } from './clusters.ts'
import { type ChartMetric, chartMetrics, type SeriesQuery, seriesQuery } from './series-queries.ts'
import type { Series, SideSeries } from './wire.ts'

const timeoutMs = 5_000
/** Points of a chart: about one for every two pixels. */
const points = 180

type Values = ReadonlyMap<number, number>
type Answer = { readonly values: Values } | { readonly problem: string }

/** Asks for the last `minutes`. What cannot be had is left out, and the result says why. */
export async function fetchSeries(
  deps: { readonly http: HttpSender; readonly clock: Clock },
  cluster: DashboardCluster,
  canary: Canary,
  minutes: number,
  signal: AbortSignal,
): Promise<Series> {
  const stepS = Math.max(1, Math.round((minutes * 60) / points))
  const endS = Math.floor(deps.clock.now().getTime() / 1000 / stepS) * stepS
  const count = Math.ceil((minutes * 60) / stepS)
  const times = Array.from({ length: count + 1 }, (_, index) => endS - (count - index) * stepS)
  const { prometheusUrl, meshProvider = 'istio' } = cluster
  const none = { times, primary: emptySide(times.length), canary: emptySide(times.length) }
  if (!prometheusUrl) return { ...none, problem: `no Prometheus is known for ${cluster.name}` }

  const range = { startS: times[0] ?? endS, endS, stepS }
  const ask = (query: SeriesQuery) => fetchRange(deps.http, prometheusUrl, query, range, signal)
  const side = (of: 'primary' | 'canary') =>
    fetchSide(metric => ask(seriesQuery(canary, of, metric, meshProvider)), times)
  const [primary, own] = await Promise.all([side('primary'), side('canary')])
  const problem = primary.problem ?? own.problem
  return { times, primary: primary.series, canary: own.series, ...(problem ? { problem } : {}) }
}

async function fetchSide(
  ask: (metric: ChartMetric) => Promise<Answer>,
  times: readonly number[],
): Promise<{ readonly series: SideSeries; readonly problem?: string }> {
  const answers = await Promise.all(chartMetrics.map(ask))
  const problem = answers.map(answer => ('problem' in answer ? answer.problem : undefined)).find(Boolean)
  const lists = answers.map(answer =>
    times.map(time => ('values' in answer ? (answer.values.get(time) ?? null) : null)),
  )
  const [successRate = [], latencyMs = [], requestRate = []] = lists
  return { series: { successRate, latencyMs, requestRate }, ...(problem ? { problem } : {}) }
}

async function fetchRange(
  http: HttpSender,
  base: string,
  { query, factor }: SeriesQuery,
  range: { readonly startS: number; readonly endS: number; readonly stepS: number },
  signal: AbortSignal,
): Promise<Answer> {
  const url = new URL(base)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v1/query_range`
  url.search = new URLSearchParams({
    query,
    start: String(range.startS),
    end: String(range.endS),
    step: String(range.stepS),
  }).toString()
  try {
    const { status, text } = await http.send({ method: 'GET', url: url.href, timeoutMs }, signal)
    if (status >= 400) return { problem: `Prometheus answered ${status}: ${text.trim().slice(0, 200)}` }
    return { values: valuesOf(text, factor) }
  } catch (error) {
    if (signal.aborted) throw error
    return { problem: `Prometheus cannot be asked: ${error instanceof Error ? error.message : String(error)}` }
  }
}

/** The first series of a matrix; what is not a number (no traffic) is left out. */
function valuesOf(text: string, factor: number): Values {
  const { data } = JSON.parse(text) as { data?: { result?: readonly { values?: readonly [number, string][] }[] } }
  const pairs = data?.result?.[0]?.values ?? []
  return new Map(
    pairs.map(([time, value]) => [time, Number(value) * factor] as const).filter(([, value]) => Number.isFinite(value)),
  )
}

function emptySide(length: number): SideSeries {
  const nothing = Array.from({ length }, () => null)
  return { successRate: nothing, latencyMs: nothing, requestRate: nothing }
}
