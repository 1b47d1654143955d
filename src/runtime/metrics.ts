/** Counters, gauges and histograms in the text format of Prometheus. */

/** Label values by label name. All labels that the metric was made with, and no other. */
export type Labels = Readonly<Record<string, string>>

/** What all metrics can do. */
export interface SeriesHolder {
  /** Removes the series that have all of these label values: what they are about is gone. */
  forget(labels: Labels): void
}

/** Only goes up. */
export interface Counter extends SeriesHolder {
  inc(labels?: Labels, by?: number): void
}

/** Goes up and down. */
export interface Gauge extends SeriesHolder {
  set(value: number, labels?: Labels): void
  add(by: number, labels?: Labels): void
}

/** Counts observations by size. */
export interface Histogram extends SeriesHolder {
  observe(value: number, labels?: Labels): void
}

/** What a metric is. */
export interface MetricOptions {
  /** In the naming of Prometheus: base units, `_total` for counters. */
  readonly name: string
  readonly help: string
  readonly labels?: readonly string[]
}

/** A set of metrics. Asking twice for one name gives the same metric; another kind or other labels throw. */
export interface MetricRegistry {
  /** `collect` gives the value of a metric without labels when it is asked for. */
  counter(options: MetricOptions & { readonly collect?: () => number }): Counter
  gauge(options: MetricOptions & { readonly collect?: () => number }): Gauge
  /** `buckets` are upper bounds, ascending, without +Inf. Default: {@link defaultBuckets}. */
  histogram(options: MetricOptions & { readonly buckets?: readonly number[] }): Histogram
  /** Everything, in the text exposition format 0.0.4. */
  text(): string
}

/** The content type of {@link MetricRegistry.text}. */
export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8'

/** Prometheus's own, in seconds. */
export const defaultBuckets: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** More series than this a metric are a label with unbounded values; new ones are dropped. */
const maxSeries = 10_000

/** Between label values in the keys of series; no value holds it. */
const separator = '\u0000'

interface Series {
  readonly labelText: string
  value: number
  /** Of histograms: how many observations fell into each bucket, the last beyond all. */
  readonly counts: number[]
  sum: number
}

interface Metric {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly options: MetricOptions
  readonly labels: readonly string[]
  readonly buckets: readonly number[]
  readonly collect: (() => number) | undefined
  readonly series: Map<string, Series>
}

/** An empty registry. */
export function newMetricRegistry(): MetricRegistry {
  const metrics = new Map<string, Metric>()

  function metricOf(kind: Metric['kind'], options: MetricOptions, extra: Partial<Metric> = {}): Metric {
    const labels = options.labels ?? []
    if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(options.name)) throw new Error(`${options.name} is no metric name`)
    const bad = labels.find(
      label => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) || label.startsWith('__') || label === 'le',
    )
    if (bad !== undefined) throw new Error(`${JSON.stringify(bad)} is no label name of metric ${options.name}`)
    const existing = metrics.get(options.name)
    if (existing) {
      if (existing.kind === kind && existing.labels.join() === labels.join()) return existing
      throw new Error(`metric ${options.name} exists as a ${existing.kind} with labels ${existing.labels.join(', ')}`)
    }
    const made = { kind, options, labels, buckets: [], collect: undefined, series: new Map<string, Series>(), ...extra }
    metrics.set(options.name, made)
    // A metric without labels shows from the start, so that rates see its first increase.
    if (labels.length === 0 && !made.collect) seriesOf(made, {})
    return made
  }

  return {
    counter(options) {
      const metric = metricOf('counter', options, { collect: options.collect })
      return {
        inc(labels = {}, by = 1) {
          if (by < 0) throw new Error(`counter ${options.name} cannot go down`)
          const series = seriesOf(metric, labels)
          if (series) series.value += by
        },
        forget: labels => forgetSeries(metric, labels),
      }
    },
    gauge(options) {
      const metric = metricOf('gauge', options, { collect: options.collect })
      return {
        set(value, labels = {}) {
          const series = seriesOf(metric, labels)
          if (series) series.value = value
        },
        add(by, labels = {}) {
          const series = seriesOf(metric, labels)
          if (series) series.value += by
        },
        forget: labels => forgetSeries(metric, labels),
      }
    },
    histogram(options) {
      const buckets = options.buckets ?? defaultBuckets
      const metric = metricOf('histogram', options, { buckets })
      return {
        observe(value, labels = {}) {
          const series = seriesOf(metric, labels)
          if (!series) return
          const at = buckets.findIndex(bound => value <= bound)
          const bucket = at < 0 ? buckets.length : at
          series.counts[bucket] = (series.counts[bucket] ?? 0) + 1
          series.sum += value
        },
        forget: labels => forgetSeries(metric, labels),
      }
    },
    text: () => [...metrics.values()].map(textOf).join(''),
  }
}

function seriesOf(metric: Metric, labels: Labels): Series | undefined {
  let key = ''
  for (const label of metric.labels) key += (labels[label] ?? '') + separator
  const existing = metric.series.get(key)
  if (existing) return existing
  const unknown = Object.keys(labels).find(label => !metric.labels.includes(label))
  if (unknown !== undefined) throw new Error(`metric ${metric.options.name} has no label ${JSON.stringify(unknown)}`)
  if (metric.series.size >= maxSeries) return undefined
  const series = {
    labelText: metric.labels.map(label => `${label}="${escapeValue(labels[label] ?? '')}"`).join(','),
    value: 0,
    counts: metric.kind === 'histogram' ? new Array<number>(metric.buckets.length + 1).fill(0) : [],
    sum: 0,
  }
  metric.series.set(key, series)
  return series
}

function forgetSeries(metric: Metric, labels: Labels): void {
  const wanted = metric.labels.map(label => labels[label])
  for (const key of metric.series.keys()) {
    const values = key.split(separator)
    if (wanted.every((value, i) => value === undefined || value === values[i])) metric.series.delete(key)
  }
}

function textOf(metric: Metric): string {
  const { name, help } = metric.options
  const lines = [
    `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
    `# TYPE ${name} ${metric.kind}`,
  ]
  if (metric.collect) lines.push(`${name} ${numberText(metric.collect())}`)
  for (const series of metric.series.values()) {
    if (metric.kind === 'histogram') lines.push(...histogramLines(metric, series))
    else lines.push(`${sample(name, series.labelText)} ${numberText(series.value)}`)
  }
  return `${lines.join('\n')}\n`
}

function histogramLines(metric: Metric, series: Series): string[] {
  const { name } = metric.options
  const comma = series.labelText ? ',' : ''
  let total = 0
  const buckets = [...metric.buckets, Number.POSITIVE_INFINITY].map((bound, i) => {
    total += series.counts[i] ?? 0
    return `${name}_bucket{${series.labelText}${comma}le="${numberText(bound)}"} ${total}`
  })
  return [
    ...buckets,
    `${sample(`${name}_sum`, series.labelText)} ${numberText(series.sum)}`,
    `${sample(`${name}_count`, series.labelText)} ${total}`,
  ]
}

function sample(name: string, labelText: string): string {
  return labelText ? `${name}{${labelText}}` : name
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return String(value)
}

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}
