/** The samples that both sides of the comparison hold: an hour of what a member's mesh and pods look like. */
import { Labels } from '../../src/playground/prometheus/labels.ts'
import { seededRandom } from '../support/seeded-random.ts'

/** One series; times are in milliseconds. */
export interface SampleSeries {
  readonly labels: Labels
  readonly samples: readonly (readonly [atMs: number, value: number])[]
}

/** When the samples begin: an even hour, so that they fall into whole blocks. */
export const startMs = Date.UTC(2026, 0, 1, 12)
/** When they end. */
export const endMs = startMs + 3_600_000

/** All series: counters with resets, latency buckets, gauges with odd values, and series with gaps. */
export function sampleSeries(): SampleSeries[] {
  const random = seededRandom(20260101)
  return [...requests(random), ...latencies(random), ...gauges(random), ...sparse(random), ...single()]
}

function series(
  labels: Record<string, string>,
  stepMs: number,
  valueAt: (index: number) => number | undefined,
  jitterMs: () => number = () => 0,
): SampleSeries {
  const samples: [number, number][] = []
  for (let i = 0; startMs + i * stepMs < endMs; i++) {
    const value = valueAt(i)
    if (value !== undefined) samples.push([Math.round(startMs + i * stepMs + jitterMs()), value])
  }
  return { labels: Labels.from(labels), samples }
}

const workloads = ['podinfo', 'podinfo-primary', 'backend']

function requests(random: () => number): SampleSeries[] {
  const all: SampleSeries[] = []
  for (const workload of workloads) {
    for (const code of ['200', '404', '500', '503']) {
      for (const reporter of ['source', 'destination']) {
        let count = 0
        const perStep = code === '200' ? 50 : 2
        const labels = {
          __name__: 'istio_requests_total',
          reporter,
          destination_workload_namespace: 'test',
          destination_workload: workload,
          response_code: code,
          instance: `${workload}:9898`,
        }
        const step = (): number => {
          count = random() < 0.01 ? 0 : count + Math.floor(random() * perStep)
          return count
        }
        all.push(series(labels, 5000, step, () => random() * 400))
      }
    }
  }
  return all
}

function latencies(random: () => number): SampleSeries[] {
  const bounds = ['0.5', '1', '5', '10', '25', '50', '100', '250', '500', '1000', '+Inf']
  const all: SampleSeries[] = []
  for (const workload of workloads) {
    const counts = bounds.map(() => 0)
    const rows: number[][] = []
    for (let i = 0; i < 3600 / 15; i++) {
      for (let n = 0; n < 20; n++) {
        const hit = Math.floor(random() * random() * bounds.length)
        for (let b = hit; b < bounds.length; b++) counts[b] = (counts[b] ?? 0) + 1
      }
      rows.push([...counts])
    }
    bounds.forEach((le, b) => {
      const labels = {
        __name__: 'istio_request_duration_milliseconds_bucket',
        reporter: 'destination',
        destination_workload_namespace: 'test',
        destination_workload: workload,
        le,
      }
      all.push(series(labels, 15_000, i => rows[i]?.[b]))
    })
  }
  return all
}

function gauges(random: () => number): SampleSeries[] {
  const all: SampleSeries[] = []
  for (const pod of ['a', 'b', 'c', 'd']) {
    for (const kind of ['memory', 'load']) {
      let value = 100 * random()
      const labels = { __name__: `pod_${kind}`, pod, node: pod < 'c' ? 'n1' : 'n2' }
      const step = (): number => {
        value += random() * 10 - 5
        return kind === 'load' ? Math.round(value) / 8 : value
      }
      all.push(series(labels, 10_000, step))
    }
  }
  const odd = [1, Number.NaN, -3, Number.POSITIVE_INFINITY, 0, 2.5, Number.NEGATIVE_INFINITY, -0.5]
  for (const n of ['1', '2']) all.push(series({ __name__: 'odd', n }, 30_000, i => odd[(i + Number(n)) % odd.length]))
  return all
}

function sparse(random: () => number): SampleSeries[] {
  return ['x', 'y'].map(shard =>
    series({ __name__: 'sparse_total', shard, node: 'n1' }, 20_000, i =>
      i % 40 < 25 && random() < 0.8 ? i : undefined,
    ),
  )
}

function single(): SampleSeries[] {
  const info = ['a', 'b', 'c', 'd'].map(pod =>
    series({ __name__: 'pod_info', pod, version: pod === 'd' ? '2' : '1', zone: `z-${pod}` }, 60_000, () => 1),
  )
  const once = { labels: Labels.from({ __name__: 'once', pod: 'a' }), samples: [[startMs + 1_800_000, 42]] as const }
  return [...info, once]
}

/** All samples in OpenMetrics' text form, for `promtool tsdb create-blocks-from openmetrics`. */
export function openMetrics(all: readonly SampleSeries[]): string {
  const lines = all.flatMap(({ labels, samples }) => {
    const name = labels.get('__name__')
    const rest = labels.nameless.pairs.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(',')
    return samples.map(([atMs, value]) => `${name}{${rest}} ${written(value)} ${(atMs / 1000).toFixed(3)}`)
  })
  return `${lines.join('\n')}\n# EOF\n`
}

function written(value: number): string {
  if (Number.isFinite(value) || Number.isNaN(value)) return String(value)
  return value > 0 ? '+Inf' : '-Inf'
}
