/** /metrics: what the embedded Prometheus says about itself. */
import type { Store } from '../storage/store.ts'

/** In the text format. */
export function ownMetrics(store: Store): string {
  const gauges: readonly (readonly [name: string, help: string, value: number])[] = [
    ['prometheus_tsdb_head_series', 'Series in memory.', store.seriesCount],
    ['serin_prometheus_series_limit', 'How many series may be in memory (maxSeries).', store.limits.maxSeries],
    ['serin_prometheus_samples', 'Samples in memory.', store.sampleCount],
    ['serin_prometheus_samples_limit', 'How many samples are kept (maxSamples).', store.limits.maxSamples],
    ['serin_prometheus_retention_seconds', 'How long samples are kept.', store.limits.retentionMs / 1000],
  ]
  const evicted = 'serin_prometheus_evicted_samples_total'
  return [
    ...gauges.flatMap(([name, help, value]) => [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name} ${value}`]),
    `# HELP ${evicted} Samples dropped before the end of their retention because of maxSamples.`,
    `# TYPE ${evicted} counter`,
    `${evicted} ${store.evictedSamples}`,
    '',
  ].join('\n')
}
