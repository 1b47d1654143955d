// How long the embedded Prometheus takes for the queries that a rollout asks by default: `npm run bench:promql`.
//
// 200 series over one hour at one sample a second, as a member with ten workloads has them. The goal is 5 ms a query.
// PROMQL_BENCH_ROUNDS sets how often each query runs (default 200).
import { type Engine, newEngine } from '../src/playground/prometheus/engine/engine.ts'
import { Labels } from '../src/playground/prometheus/labels.ts'
import { Store } from '../src/playground/prometheus/storage/store.ts'
import { systemClock } from '../src/runtime/clock.ts'

const goalMs = 5
const rounds = Number(process.env['PROMQL_BENCH_ROUNDS'] ?? 200)
const startMs = Date.UTC(2026, 0, 1)
const endMs = startMs + 3_600_000

const codes = ['200', '201', '204', '301', '400', '403', '404', '429', '500', '502', '503', '504']
const bounds = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
]
const workload = {
  reporter: 'destination',
  destination_workload_namespace: 'test',
  destination_workload: 'podinfo',
  source_workload: 'loadtester',
  request_protocol: 'http',
}

/** 200 series of each kind: all of them are of the workload that the queries ask for. */
function filled(): Store {
  const store = new Store({ retentionMs: 7_200_000 })
  const all: { labels: Labels; perSecond: number }[] = []
  for (let i = 0; i < 200; i++) {
    const code = codes[i % codes.length] ?? ''
    const instance = `10.0.0.${Math.floor(i / codes.length)}:15090`
    const labels = { ...workload, __name__: 'istio_requests_total', response_code: code, instance }
    all.push({ labels: Labels.from(labels), perSecond: 1 + (i % 17) })
  }
  for (let i = 0; i < 200; i++) {
    const b = i % (bounds.length + 1)
    const instance = `10.0.0.${Math.floor(i / (bounds.length + 1))}:15090`
    const le = String(bounds[b] ?? '+Inf')
    const labels = { ...workload, __name__: 'istio_request_duration_milliseconds_bucket', le, instance }
    all.push({ labels: Labels.from(labels), perSecond: 1 + b })
  }
  for (let atMs = startMs; atMs <= endMs; atMs += 1000) {
    for (const { labels, perSecond } of all) store.append(labels, atMs, ((atMs - startMs) / 1000) * perSecond)
  }
  return store
}

const selector = 'reporter="destination",destination_workload_namespace="test",destination_workload=~"podinfo"'
const successRate = (range: string) =>
  `sum(rate(istio_requests_total{${selector},response_code!~"5.*"}[${range}])) / sum(rate(istio_requests_total{${selector}}[${range}])) * 100`
const duration = (range: string) =>
  `histogram_quantile(0.99, sum(rate(istio_request_duration_milliseconds_bucket{${selector}}[${range}])) by (le))`

interface Measured {
  readonly name: string
  readonly p50: number
  readonly p99: number
  readonly goalMs: number | undefined
}

async function measure(name: string, goal: number | undefined, run: () => Promise<unknown>): Promise<Measured> {
  for (let i = 0; i < 20; i++) await run()
  const times: number[] = []
  for (let i = 0; i < rounds; i++) {
    const before = systemClock.monotonicMs()
    await run()
    times.push(systemClock.monotonicMs() - before)
  }
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN
  return { name, p50: at(0.5), p99: at(0.99), goalMs: goal }
}

async function measureAll(engine: Engine): Promise<Measured[]> {
  const instant = (query: string) => () => engine.instant(query, endMs)
  const hour = { startMs, endMs, stepMs: 15_000 }
  return [
    await measure('success rate, [1m]', goalMs, instant(successRate('1m'))),
    await measure('P99 duration, [1m]', goalMs, instant(duration('1m'))),
    await measure('success rate, [1h]', undefined, instant(successRate('1h'))),
    await measure('P99 duration, [1h]', undefined, instant(duration('1h'))),
    await measure('success rate, [1m], one hour at 15 s', undefined, () => engine.range(successRate('1m'), hour)),
  ]
}

const before = process.memoryUsage()
const store = filled()
const after = process.memoryUsage()
const megabytes = (after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers) / 2 ** 20
const measured = await measureAll(newEngine({ clock: systemClock, source: store }))
const line = (cells: readonly string[]) =>
  process.stdout.write(`${cells.map((cell, i) => (i === 0 ? cell.padEnd(40) : cell.padStart(10))).join('')}\n`)
process.stdout.write(
  `${store.seriesCount} series, ${store.sampleCount} samples, ${megabytes.toFixed(0)} MiB, ${rounds} rounds\n`,
)
line(['query', 'p50 ms', 'p99 ms', 'goal ms'])
for (const { name, p50, p99, goalMs: goal } of measured)
  line([name, p50.toFixed(2), p99.toFixed(2), goal ? String(goal) : ''])
if (measured.some(({ p50, goalMs: goal }) => goal !== undefined && p50 > goal)) process.exitCode = 1
