/**
 * The queries behind `request-success-rate` and `request-duration`, one pair a traffic provider: upstream's
 * `pkg/metrics/observers`, as data. Checks look at the canary's workload; charts at the primary's too.
 */
import type { Observer } from './observer.ts'

/** Whose requests are counted. */
export type QuerySide = 'primary' | 'canary'

/** What one provider's proxies count, as templates. */
export interface BuiltinQueries {
  /** Percentage of requests that succeeded, 0 to 100. */
  readonly successRate: string
  /** Requests a second; no check asks for it. */
  readonly requestRate: string
  /** Duration of requests in the unit that `durationUnitMs` gives: of the slowest percent, or the average. */
  readonly duration: string
  /** Milliseconds in one unit of the duration query's value. */
  readonly durationUnitMs: number
}

/** The rate of one counter, and success as a quotient of two of its rates. */
function requests(metric: string, selector: string, failure: string, others = selector) {
  const rate = (of: string) => `sum( rate( ${metric}{ ${of} }[{{ interval }}] ) )`
  return {
    successRate: `${rate(`${selector}, ${failure}`)} / ${rate(others)} * 100`,
    requestRate: rate(others),
  }
}

/** The 99th percentile of a histogram. */
function percentile(bucket: string, selector: string): string {
  return `histogram_quantile( 0.99, sum( rate( ${bucket}{ ${selector} }[{{ interval }}] ) ) by (le) )`
}

/** The mean of a summary, in milliseconds. */
function average(metric: string, selector: string): string {
  const rate = (part: string) => `sum( rate( ${metric}_${part}{ ${selector} }[{{ interval }}] ) )`
  return `${rate('sum')} / ${rate('count')} * 1000`
}

/** Proxies built on Envoy count alike. */
function envoy(selector: string): BuiltinQueries {
  return {
    ...requests('envoy_cluster_upstream_rq', selector, 'envoy_response_code!~"5.*"'),
    duration: percentile('envoy_cluster_upstream_rq_time_bucket', selector),
    durationUnitMs: 1,
  }
}

/** The queries of each provider for one side. */
export function sideQueries(side: QuerySide): Readonly<Record<Observer, BuiltinQueries>> {
  const workload = side === 'canary' ? '{{ target }}' : '{{ target }}-primary'
  // Exactly two parts after the workload's name, so that pods of the primary do not match the canary's.
  const pods = `kubernetes_namespace="{{ namespace }}", kubernetes_pod_name=~"${workload}-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)"`
  const istio = `reporter="destination", destination_workload_namespace="{{ namespace }}", destination_workload=~"${workload}"`
  const linkerd = `namespace="{{ namespace }}", deployment=~"${workload}"`
  const nginx = `namespace="{{ namespace }}", ingress="{{ ingress }}", canary${side === 'canary' ? '!=' : '='}""`
  const traefik = `service=~"{{ namespace }}-{{ target }}-${side}-[0-9a-zA-Z-]+@kubernetescrd"`
  const skipper = `route=~"kube(ew)?_{{ namespace }}__{{ ingress }}_canary__.*__{{ service }}_${side}(_[0-9]+)?"`
  const apisix = `route=~"{{ namespace }}_{{ route }}-{{ target }}-${side}_.+"`
  const osm = `destination_namespace="{{ namespace }}", destination_kind="Deployment", destination_name="${workload}"`
  return {
    istio: {
      ...requests('istio_requests_total', istio, 'response_code!~"5.*"'),
      duration: percentile('istio_request_duration_milliseconds_bucket', istio),
      durationUnitMs: 1,
    },
    http: {
      ...requests('http_request_duration_seconds_count', pods, 'status!~"5.*"'),
      duration: percentile('http_request_duration_seconds_bucket', pods),
      durationUnitMs: 1000,
    },
    linkerd: {
      ...requests(
        'response_total',
        linkerd,
        'classification!="failure", direction="inbound"',
        `${linkerd}, direction="inbound"`,
      ),
      duration: percentile('response_latency_ms_bucket', `${linkerd}, direction="inbound"`),
      durationUnitMs: 1,
    },
    nginx: {
      ...requests('nginx_ingress_controller_requests', nginx, 'status!~"5.*"'),
      duration: average('nginx_ingress_controller_response_duration_seconds', nginx),
      durationUnitMs: 1,
    },
    appmesh: envoy(pods),
    contour: envoy(`envoy_cluster_name=~"{{ namespace }}_{{ service }}-${side}_[0-9a-zA-Z-]+"`),
    gloo: envoy(`envoy_cluster_name=~"{{ namespace }}-{{ target }}-${side}upstream-[0-9a-zA-Z-]+_[0-9a-zA-Z-]+"`),
    kuma: envoy(`service=~"{{ target }}-${side}_{{ namespace }}_svc_[0-9a-zA-Z-]+"`),
    knative: envoy('envoy_cluster_name=~"{{ namespace }}/{{ route }}"'),
    traefik: {
      ...requests(
        'traefik_service_request_duration_seconds_bucket',
        traefik,
        'code!~"5..", le="+Inf"',
        `${traefik}, le="+Inf"`,
      ),
      duration: `${percentile('traefik_service_request_duration_seconds_bucket', traefik)} * 1000`,
      durationUnitMs: 1,
    },
    skipper: {
      ...requests(
        'skipper_response_duration_seconds_bucket',
        skipper,
        'code!~"5..", le="+Inf"',
        `${skipper}, le="+Inf"`,
      ),
      duration: average('skipper_serve_route_duration_seconds', skipper),
      durationUnitMs: 1,
    },
    apisix: {
      ...requests('apisix_http_status', apisix, 'code!~"5.."'),
      duration: percentile('apisix_http_latency_bucket', `type=~"request", ${apisix}`),
      durationUnitMs: 1,
    },
    osm: {
      ...requests('osm_request_total', osm, 'response_code!~"5.*"'),
      duration: percentile('osm_request_duration_ms_bucket', osm),
      durationUnitMs: 1,
    },
  }
}

/** Those of the canary, which checks ask. */
export const builtinQueries = sideQueries('canary')
