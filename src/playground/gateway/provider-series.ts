/** The series by which proxies other than Istio's count requests, with the names and labels that their exporters give. */
import type { ProviderCount } from './config.ts'

/** One request as it ended. */
export interface CountedRequest {
  readonly method: string
  /** 0: the client left before there was an answer. */
  readonly code: number
  readonly durationMs: number
  /** The pod that answered; absent: the mesh itself did. */
  readonly pod?: string
}

interface Family {
  readonly requests: string
  readonly durations: readonly string[]
  /** Bounds of the duration's buckets, in its own unit. */
  readonly bounds: readonly number[]
  /** How many of the duration's units a millisecond is. */
  readonly unitsPerMs: number
  labels(request: CountedRequest): Readonly<Record<string, string>>
  /** Whether the proxy that counts has seen the request. */
  counts(request: CountedRequest): boolean
}

const families: Readonly<Record<ProviderCount['proxy'], Family>> = {
  // docs/user-guide/monitoring.md of ingress-nginx; the buckets are those of the Go client.
  'ingress-nginx': {
    requests: 'nginx_ingress_controller_requests',
    durations: [
      'nginx_ingress_controller_response_duration_seconds',
      'nginx_ingress_controller_request_duration_seconds',
    ],
    bounds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    unitsPerMs: 1 / 1000,
    // nginx's word for a client that left is 499.
    labels: ({ method, code }) => ({ method, status: String(code === 0 ? 499 : code) }),
    counts: () => true,
  },
  // The sidecar beside the pod that serves counts for its cluster of that pod; the buckets are Envoy's default.
  kuma: {
    requests: 'envoy_cluster_upstream_rq',
    durations: ['envoy_cluster_upstream_rq_time'],
    bounds: [
      0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
      3_600_000,
    ],
    unitsPerMs: 1,
    labels: ({ code, pod = '' }) => ({ dataplane: pod, envoy_response_code: String(code) }),
    counts: ({ pod, code }) => pod !== undefined && code !== 0,
  },
}

interface Series {
  readonly family: Family
  readonly labels: string
  requests: number
  sum: number
  readonly buckets: Uint32Array
}

// As for Istio's: beyond it requests are not counted at all.
const maxSeries = 20_000

/** Counts requests and prints them. */
export class ProviderSeries {
  readonly #series = new Map<string, Series>()
  /** The labels' text of routes that were seen; a new table brings new objects. */
  readonly #texts = new WeakMap<ProviderCount, string>()

  /** Counts one request that was routed by what `by` describes. */
  count(by: ProviderCount, request: CountedRequest): void {
    const family = families[by.proxy]
    if (!family.counts(request)) return
    const routed = this.#texts.get(by) ?? textOf(by.labels)
    this.#texts.set(by, routed)
    const labels = `${routed},${textOf(family.labels(request))}`
    const key = `${by.proxy} ${labels}`
    const series = this.#series.get(key) ?? {
      family,
      labels,
      requests: 0,
      sum: 0,
      buckets: new Uint32Array(family.bounds.length + 1),
    }
    if (this.#series.size < maxSeries) this.#series.set(key, series)
    const duration = request.durationMs * family.unitsPerMs
    const above = family.bounds.findIndex(bound => duration <= bound)
    const at = above < 0 ? family.bounds.length : above
    series.requests++
    series.sum += duration
    series.buckets[at] = (series.buckets[at] ?? 0) + 1
  }

  /** All series in Prometheus' text format; nothing for proxies that no route is for. */
  lines(): string[] {
    return Object.values(families).flatMap(family => {
      const own = [...this.#series.values()].filter(series => series.family === family)
      if (own.length === 0) return []
      return [
        `# TYPE ${family.requests} counter`,
        ...own.map(({ labels, requests }) => `${family.requests}{${labels}} ${requests}`),
        ...family.durations.flatMap(name => [
          `# TYPE ${name} histogram`,
          ...own.flatMap(series => histogram(name, series)),
        ]),
      ]
    })
  }
}

function histogram(name: string, { family, labels, requests, sum, buckets }: Series): string[] {
  let below = 0
  const bounded = family.bounds.map((bound, at) => {
    below += buckets[at] ?? 0
    return `${name}_bucket{${labels},le="${bound}"} ${below}`
  })
  return [
    ...bounded,
    `${name}_bucket{${labels},le="+Inf"} ${requests}`,
    `${name}_sum{${labels}} ${sum}`,
    `${name}_count{${labels}} ${requests}`,
  ]
}

function textOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',')
}
