/** The series that podinfo exposes about its requests. */
import { newMetricRegistry } from '../../runtime/metrics.ts'

/** Counts requests and prints them. */
export interface RequestMetrics {
  /** Counts one request that took `durationMs`. Of the path only the first segment is kept, so that they stay few. */
  observe(method: string, path: string, status: number, durationMs: number): void
  /** All series in Prometheus' text format. */
  text(): string
}

/** The metrics of one app. */
export function newRequestMetrics(): RequestMetrics {
  const registry = newMetricRegistry()
  const total = registry.counter({
    name: 'http_requests_total',
    help: 'The total number of HTTP requests.',
    labels: ['status'],
  })
  const duration = registry.histogram({
    name: 'http_request_duration_seconds',
    help: 'Seconds spent serving HTTP requests.',
    labels: ['method', 'path', 'status'],
  })
  return {
    observe(method, path, code, durationMs) {
      const status = String(code)
      total.inc({ status })
      duration.observe(durationMs / 1000, { method, path: firstSegment(path), status })
    },
    text: () => registry.text(),
  }
}

function firstSegment(path: string): string {
  const name = path.split('/', 2)[1] ?? ''
  return /^[\w.-]{0,40}$/.test(name) ? (name === '' ? 'root' : name) : 'other'
}
