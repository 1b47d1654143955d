/** Whether a measured value lets a rollout go on, in the words of upstream's events. */
import { formatDuration } from '../apimachinery/duration.ts'
import { goNumber } from '../apimachinery/go-text.ts'
import type { CheckKind, Measurement, MetricCheck, MetricReading, ThresholdRange } from './check.ts'
import { formatTwoDecimals } from './go-format.ts'

/** What a reading means. */
export type Verdict =
  | { readonly outcome: 'passed' }
  | { readonly outcome: 'failed'; readonly message: string }
  /** Nothing is known about the canary: neither for it nor against it. */
  | { readonly outcome: 'unreachable'; readonly message: string }

/** Names that messages contain. */
export interface VerdictNames {
  readonly canary: string
  readonly namespace: string
  readonly target: string
  /** The name that chose the built-in queries, such as `istio` or `kubernetes:service`. */
  readonly metricsProvider: string
}

/** Metrics that every traffic provider has a query for. */
export const builtinMetrics: Readonly<Record<string, 'success-rate' | 'duration'>> = {
  'request-success-rate': 'success-rate',
  'request-duration': 'duration',
}

/**
 * The values to fetch, in the order in which their verdicts count: built-in and in-line ones in list order, then
 * those of templates. An entry that names no way to get a value is measured as a template, and fails.
 */
export function measurementsOf(metrics: readonly MetricCheck[]): readonly Measurement[] {
  const first = metrics.flatMap(metric => {
    const builtin = builtinKind(metric)
    const kinds: CheckKind[] = [...(builtin ? [builtin] : []), ...(metric.query ? (['inline'] as const) : [])]
    return kinds.map(kind => ({ metric, kind }))
  })
  const templates = metrics
    .filter(metric => metric.templateRef || !(metric.query || builtinKind(metric)))
    .map(metric => ({ metric, kind: 'template' as const }))
  return [...first, ...templates]
}

function builtinKind({ name }: MetricCheck): 'success-rate' | 'duration' | undefined {
  return Object.hasOwn(builtinMetrics, name) ? builtinMetrics[name] : undefined
}

/** The verdict on one reading. */
export function verdictOf({ metric, kind }: Measurement, reading: MetricReading, names: VerdictNames): Verdict {
  switch (reading.kind) {
    case 'value':
      return judge(metric, kind, reading.value, names)
    case 'noData':
      return failed(noDataMessage(metric, kind, reading.detail, names))
    case 'unreachable':
      return { outcome: 'unreachable', message: queryFailed(metric, kind, reading.message) }
    case 'misconfigured':
      return { outcome: 'failed', message: misconfiguredMessage(metric, kind, reading) }
  }
}

function judge(metric: MetricCheck, kind: CheckKind, value: number, names: VerdictNames): Verdict {
  const violated = violatedBound(metric, kind, value)
  if (!violated) return { outcome: 'passed' }
  const { sign, bound } = violated
  const halt = `Halt ${names.canary}.${names.namespace} advancement`
  switch (kind) {
    case 'success-rate':
      return failed(`${halt} success rate ${formatTwoDecimals(value)}% ${sign} ${goNumber(bound)}%`)
    case 'duration':
      return failed(
        `${halt} request duration ${formatDuration(Math.trunc(value))} ${sign} ${formatDuration(Math.trunc(bound))}`,
      )
    case 'inline':
    case 'template':
      return failed(`${halt} ${metric.name} ${formatTwoDecimals(value)} ${sign} ${goNumber(bound)}`)
  }
}

/** Durations compare in whole milliseconds, the bounds too, as upstream's do: a `max` of 0.5 means 0. */
function violatedBound(metric: MetricCheck, kind: CheckKind, measured: number) {
  const whole = (n: number) => (kind === 'duration' ? Math.trunc(n) : n)
  const value = whole(measured)
  const range: ThresholdRange =
    metric.range ?? (kind === 'success-rate' ? { min: metric.threshold } : { max: metric.threshold })
  if (range.min !== undefined && value < whole(range.min)) return { sign: '<', bound: range.min }
  if (range.max !== undefined && value > whole(range.max)) return { sign: '>', bound: range.max }
  return undefined
}

function noDataMessage(metric: MetricCheck, kind: CheckKind, detail: string, names: VerdictNames): string {
  const why = detail ? `: ${detail}` : ''
  const error = `no values found${why}`
  const probably = `probably ${names.target}.${names.namespace} is not receiving traffic`
  const builtin = `Halt advancement no values found for ${names.metricsProvider} metric`
  switch (kind) {
    case 'success-rate':
      return `${builtin} request-success-rate ${probably}: running query failed: ${error}`
    case 'duration':
      return `${builtin} request-duration ${probably}${why}`
    case 'inline':
      return `Halt advancement no values found for metric: ${metric.name}${why}`
    case 'template':
      return `Halt advancement no values found for custom metric: ${metric.name}: ${error}`
  }
}

function misconfiguredMessage(
  metric: MetricCheck,
  kind: CheckKind,
  { stage, message }: Extract<MetricReading, { kind: 'misconfigured' }>,
): string {
  const template = `Metric template ${metric.templateRef?.name}.${metric.templateRef?.namespace}`
  switch (stage) {
    case 'template':
      return `${template} error: ${message}`
    // The message starts with the name of the secret, or the type of the provider.
    case 'secret':
      return `${template} secret ${message}`
    case 'provider':
      return `${template} provider ${message}`
    case 'render':
      return kind === 'template' ? `${template} query render error: ${message}` : queryFailed(metric, kind, message)
    case 'address':
      return `Error building Prometheus client for ${message}`
    case 'query':
      return queryFailed(metric, kind, message)
    case 'none':
      return 'Metric query failed for no usable metrics template and query were configured'
  }
}

function queryFailed(metric: MetricCheck, kind: CheckKind, error: string): string {
  switch (kind) {
    case 'success-rate':
    case 'duration':
      return `Prometheus query failed: ${error}`
    case 'inline':
      return `Prometheus query failed for ${metric.name}: ${error}`
    case 'template':
      return `Metric query failed for ${metric.name}: ${error}`
  }
}

function failed(message: string): Verdict {
  return { outcome: 'failed', message }
}
