/**
 * Istio's standard metrics, as its sidecars label them: every request is counted once by the side that sent it
 * (reporter="source") and once by the side that served it (reporter="destination").
 */
import type { ServiceKey, Workload } from './config.ts'
import { ProviderSeries } from './provider-series.ts'

// Envoy's default histogram buckets as Istio exposes them, in milliseconds.
const bucketsMs = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
] as const

/** Why the mesh itself answered, as Envoy's response flags name it; `-` where the workload did. */
export type ResponseFlag = '-' | 'NR' | 'UH' | 'UF' | 'UT' | 'FI' | 'DI' | 'UC' | 'DC' | 'RL'

/** The counters of one (source, destination, code). Kept by callers so that a request costs no look-up. */
export interface RequestSeries {
  requests: number
  sumMs: number
  readonly buckets: Uint32Array
  readonly labels: string
  /** Whether a workload served the requests, and so counted them as well. */
  readonly served: boolean
}

/** What a series is about. */
export interface SeriesKey {
  readonly source: Workload
  readonly destination: Workload
  readonly service: ServiceKey
  readonly code: number
  readonly flag: ResponseFlag
  readonly protocol: 'http' | 'grpc'
}

// Enough for hundreds of services with several codes each. Beyond it requests are counted together, unlabelled.
const maxSeries = 20_000

/** Who is meant where nobody is known. */
export const unknownWorkload: Workload = { namespace: 'unknown', name: 'unknown', app: 'unknown', version: 'unknown' }

/** Counts requests and prints them. */
export class Telemetry {
  /** What the proxies of other providers count. */
  readonly providers = new ProviderSeries()
  readonly #series = new Map<string, RequestSeries>()
  #dropped = 0
  #invalidRoutes = 0

  /** The counters for a key; the same object for the same key. */
  series(key: SeriesKey): RequestSeries {
    const labels = labelsOf(key)
    const found = this.#series.get(labels)
    if (found) return found
    const made: RequestSeries = {
      requests: 0,
      sumMs: 0,
      buckets: new Uint32Array(bucketsMs.length + 1),
      labels,
      served: key.flag === '-' || key.flag === 'FI' ? key.destination !== unknownWorkload : false,
    }
    if (this.#series.size >= maxSeries) this.#dropped++
    else this.#series.set(labels, made)
    return made
  }

  /** Tells how many rules point at nothing, as of the last change of the configuration. */
  setInvalidRoutes(count: number): void {
    this.#invalidRoutes = count
  }

  /** All series in Prometheus' text format. */
  text(): string {
    const lines = ['# TYPE istio_requests_total counter']
    for (const { reporter, series } of this.#reported()) {
      lines.push(`istio_requests_total{reporter="${reporter}",${series.labels}} ${series.requests}`)
    }
    lines.push('# TYPE istio_request_duration_milliseconds histogram')
    for (const { reporter, series } of this.#reported()) {
      const labels = `reporter="${reporter}",${series.labels}`
      let below = 0
      for (const [at, bound] of bucketsMs.entries()) {
        below += series.buckets[at] ?? 0
        lines.push(`istio_request_duration_milliseconds_bucket{${labels},le="${bound}"} ${below}`)
      }
      lines.push(
        `istio_request_duration_milliseconds_bucket{${labels},le="+Inf"} ${series.requests}`,
        `istio_request_duration_milliseconds_sum{${labels}} ${series.sumMs}`,
        `istio_request_duration_milliseconds_count{${labels}} ${series.requests}`,
      )
    }
    lines.push(
      ...this.providers.lines(),
      '# HELP serin_mesh_invalid_routes Rules that point at a Service, port or subset that is not there.',
      '# TYPE serin_mesh_invalid_routes gauge',
      `serin_mesh_invalid_routes ${this.#invalidRoutes}`,
      '# TYPE serin_mesh_series_dropped_total counter',
      `serin_mesh_series_dropped_total ${this.#dropped}`,
    )
    return `${lines.join('\n')}\n`
  }

  *#reported(): Generator<{ reporter: 'source' | 'destination'; series: RequestSeries }> {
    for (const series of this.#series.values()) {
      yield { reporter: 'source', series }
      if (series.served) yield { reporter: 'destination', series }
    }
  }
}

/** Counts one request that took `durationMs`. */
export function count(series: RequestSeries, durationMs: number): void {
  series.requests++
  series.sumMs += durationMs
  let at = 0
  while (at < bucketsMs.length && durationMs > (bucketsMs[at] ?? 0)) at++
  series.buckets[at] = (series.buckets[at] ?? 0) + 1
}

function labelsOf({ source, destination, service, code, flag, protocol }: SeriesKey): string {
  const [namespace = 'unknown', name = 'unknown'] = service === '' ? [] : service.split('/')
  const labels: Readonly<Record<string, string>> = {
    source_workload: source.name,
    source_workload_namespace: source.namespace,
    source_app: source.app,
    source_version: source.version,
    source_canonical_service: source.app,
    destination_workload: destination.name,
    destination_workload_namespace: destination.namespace,
    destination_app: destination.app,
    destination_version: destination.version,
    destination_canonical_service: destination.app,
    destination_service: service === '' ? 'unknown' : `${name}.${namespace}.svc.cluster.local`,
    destination_service_name: name,
    destination_service_namespace: namespace,
    request_protocol: protocol,
    response_code: String(code),
    response_flags: flag,
    grpc_response_status: '',
    connection_security_policy: 'none',
  }
  return Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join(',')
}
