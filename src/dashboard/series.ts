/** Success rate, latency and requests of both sides of a rollout, from the cluster's Prometheus. */
import type { Canary } from '../api/flagger/v1beta1.ts'
import type { Clock } from '../runtime/clock.ts'
import type { HttpSender } from '../runtime/http-sender.ts'
import type { DashboardCluster } from './clusters.ts'
import { fillQuery, istioSeries, type SeriesQueries } from './series-queries.ts'
import type { Series, SideSeries } from './wire.ts'

const timeoutMs = 5_000
/** Points of a chart: about one for every two pixels. */
const points = 180
const metricNames = ['successRate', 'latencyMs', 'requestRate'] as const

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
  const { prometheusUrl, queries = istioSeries } = cluster
  const none = { times, primary: emptySide(times.length), canary: emptySide(times.length) }
  if (!prometheusUrl) return { ...none, problem: `no Prometheus is known for ${cluster.name}` }

  const range = { startS: times[0] ?? endS, endS, stepS }
  const ask = (query: string) => fetchRange(deps.http, prometheusUrl, query, range, signal)
  const side = (workload: string) => fetchSide(ask, queries, canary, workload, times)
  const target = canary.spec.targetRef.name ?? ''
  const [primary, own] = await Promise.all([side(`${target}-primary`), side(target)])
  const problem = primary.problem ?? own.problem
  return { times, primary: primary.series, canary: own.series, ...(problem ? { problem } : {}) }
}

async function fetchSide(
  ask: (query: string) => Promise<Answer>,
  queries: SeriesQueries,
  canary: Canary,
  workload: string,
  times: readonly number[],
): Promise<{ readonly series: SideSeries; readonly problem?: string }> {
  const namespace = canary.metadata.namespace ?? ''
  const answers = await Promise.all(
    metricNames.map(name => {
      const interval = windowOf(canary, name)
      return ask(fillQuery(queries[name], { namespace, workload, interval }))
    }),
  )
  const problem = answers.map(answer => ('problem' in answer ? answer.problem : undefined)).find(Boolean)
  const lists = answers.map(answer =>
    times.map(time => ('values' in answer ? (answer.values.get(time) ?? null) : null)),
  )
  const [successRate = [], latencyMs = [], requestRate = []] = lists
  return { series: { successRate, latencyMs, requestRate }, ...(problem ? { problem } : {}) }
}

/** The window of the check itself, so that the chart shows what the check sees. */
function windowOf({ spec }: Canary, name: (typeof metricNames)[number]): string {
  const checked = name === 'latencyMs' ? 'request-duration' : 'request-success-rate'
  const interval = spec.analysis.metrics?.find(metric => metric.name === checked)?.interval
  return interval && /^[0-9]+(ms|s|m|h)$/.test(interval) ? interval : '1m'
}

async function fetchRange(
  http: HttpSender,
  base: string,
  query: string,
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
    return { values: valuesOf(text) }
  } catch (error) {
    if (signal.aborted) throw error
    return { problem: `Prometheus cannot be asked: ${error instanceof Error ? error.message : String(error)}` }
  }
}

/** The first series of a matrix; what is not a number (no traffic) is left out. */
function valuesOf(text: string): Values {
  const { data } = JSON.parse(text) as { data?: { result?: readonly { values?: readonly [number, string][] }[] } }
  const pairs = data?.result?.[0]?.values ?? []
  return new Map(
    pairs.map(([time, value]) => [time, Number(value)] as const).filter(([, value]) => Number.isFinite(value)),
  )
}

function emptySide(length: number): SideSeries {
  const nothing = Array.from({ length }, () => null)
  return { successRate: nothing, latencyMs: nothing, requestRate: nothing }
}
