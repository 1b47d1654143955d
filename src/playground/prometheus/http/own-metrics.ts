/** What the embedded Prometheus says about itself. */
import { type MetricRegistry, newMetricRegistry } from '../../../runtime/metrics.ts'
import type { Store } from '../storage/store.ts'

/** Gauges of a store: what it holds, and the limits by their names. */
export function ownMetrics(store: Store): MetricRegistry {
  const registry = newMetricRegistry()
  const gauge = (name: string, help: string, collect: () => number) => registry.gauge({ name, help, collect })
  gauge('prometheus_tsdb_head_series', 'Series in memory.', () => store.seriesCount)
  gauge('serin_prometheus_max_series', 'How many series may be in memory (maxSeries).', () => store.limits.maxSeries)
  gauge('serin_prometheus_samples', 'Samples in memory.', () => store.sampleCount)
  gauge('serin_prometheus_max_samples', 'How many samples are kept (maxSamples).', () => store.limits.maxSamples)
  gauge('serin_prometheus_retention_seconds', 'How long samples are kept.', () => store.limits.retentionMs / 1000)
  registry.counter({
    name: 'serin_prometheus_evicted_samples_total',
    help: 'Samples dropped before the end of their retention because of maxSamples.',
    collect: () => store.evictedSamples,
  })
  return registry
}
