/** The series that podinfo exposes about its requests. */

// podinfo's own buckets: the Prometheus client's defaults, in seconds.
const bucketsS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

interface Histogram {
  readonly counts: number[]
  sumS: number
  count: number
}

/** Counts requests by method, path and status. Paths are cut to their first segment, so that they stay few. */
export class RequestMetrics {
  readonly #durations = new Map<string, Histogram>()
  readonly #totals = new Map<number, number>()

  /** Counts one request that took `durationMs`. */
  observe(method: string, path: string, status: number, durationMs: number): void {
    this.#totals.set(status, (this.#totals.get(status) ?? 0) + 1)
    const key = `method="${method}",path="${firstSegment(path)}",status="${status}"`
    let histogram = this.#durations.get(key)
    if (!histogram) {
      histogram = { counts: bucketsS.map(() => 0), sumS: 0, count: 0 }
      this.#durations.set(key, histogram)
    }
    const seconds = durationMs / 1000
    histogram.count++
    histogram.sumS += seconds
    for (const [at, bound] of bucketsS.entries()) {
      if (seconds <= bound) histogram.counts[at] = (histogram.counts[at] ?? 0) + 1
    }
  }

  /** All series in Prometheus' text format. */
  text(): string {
    const lines = [
      '# HELP http_requests_total The total number of HTTP requests.',
      '# TYPE http_requests_total counter',
      ...[...this.#totals].map(([status, count]) => `http_requests_total{status="${status}"} ${count}`),
      '# HELP http_request_duration_seconds Seconds spent serving HTTP requests.',
      '# TYPE http_request_duration_seconds histogram',
    ]
    for (const [labels, { counts, sumS, count }] of this.#durations) {
      for (const [at, bound] of bucketsS.entries()) {
        lines.push(`http_request_duration_seconds_bucket{${labels},le="${bound}"} ${counts[at]}`)
      }
      lines.push(
        `http_request_duration_seconds_bucket{${labels},le="+Inf"} ${count}`,
        `http_request_duration_seconds_sum{${labels}} ${sumS}`,
        `http_request_duration_seconds_count{${labels}} ${count}`,
      )
    }
    return `${lines.join('\n')}\n`
  }
}

function firstSegment(path: string): string {
  const name = path.split('/', 2)[1] ?? ''
  return /^[\w.-]{0,40}$/.test(name) ? (name === '' ? 'root' : name) : 'other'
}
