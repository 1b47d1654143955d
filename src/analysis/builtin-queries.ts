/**
 * The queries behind `request-success-rate` and `request-duration`, one pair a traffic provider: upstream's
 * `pkg/metrics/observers`, as data. All look at the canary's workload.
 */
import type { Observer } from './observer.ts'

/** One provider's pair, as templates. */
export interface BuiltinQueries {
  /** Percentage of requests that succeeded, 0 to 100. */
  readonly successRate: string
  /** Duration of requests in the unit that `durationUnitMs` gives: of the slowest percent, or the average. */
  readonly duration: string
  /** Milliseconds in one unit of the duration query's value. */
  readonly durationUnitMs: number
}

/** Success rate as a quotient of two rates of one counter. */
function ratio(metric: string, selector: string, failure: string, others = selector): string {
  const interval = '[{{ interval }}]'
  const good = `sum( rate( ${metric}{ ${selector}${selector === '' ? '' : ', '}${failure} }${interval} ) )`
  return `${good} / sum( rate( ${metric}{ ${others} }${interval} ) ) * 100`
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
    successRate: ratio('envoy_cluster_upstream_rq', selector, 'envoy_response_code!~"5.*"'),
    duration: percentile('envoy_cluster_upstream_rq_time_bucket', selector),
    durationUnitMs: 1,
  }
}

/** Exactly two parts after the target's name, so that pods of the primary do not match. */
const podsOfTarget =
  'kubernetes_namespace="{{ namespace }}", kubernetes_pod_name=~"{{ target }}-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)"'
const istio =
  'reporter="destination", destination_workload_namespace="{{ namespace }}", destination_workload=~"{{ target }}"'
const linkerd = 'namespace="{{ namespace }}", deployment=~"{{ target }}"'
const nginx = 'namespace="{{ namespace }}", ingress="{{ ingress }}", canary!=""'
const traefik = 'service=~"{{ namespace }}-{{ target }}-canary-[0-9a-zA-Z-]+@kubernetescrd"'
const skipper = 'route=~"kube(ew)?_{{ namespace }}__{{ ingress }}_canary__.*__{{ service }}_canary(_[0-9]+)?"'
const apisix = 'route=~"{{ namespace }}_{{ route }}-{{ target }}-canary_.+"'
const osm = 'destination_namespace="{{ namespace }}", destination_kind="Deployment", destination_name="{{ target }}"'

/** The pair of each provider. */
export const builtinQueries: Readonly<Record<Observer, BuiltinQueries>> = {
  istio: {
    successRate: ratio('istio_requests_total', istio, 'response_code!~"5.*"'),
    duration: percentile('istio_request_duration_milliseconds_bucket', istio),
    durationUnitMs: 1,
  },
  http: {
    successRate: ratio('http_request_duration_seconds_count', podsOfTarget, 'status!~"5.*"'),
    duration: percentile('http_request_duration_seconds_bucket', podsOfTarget),
    durationUnitMs: 1000,
  },
  linkerd: {
    successRate: ratio(
      'response_total',
      linkerd,
      'classification!="failure", direction="inbound"',
      `${linkerd}, direction="inbound"`,
    ),
    duration: percentile('response_latency_ms_bucket', `${linkerd}, direction="inbound"`),
    durationUnitMs: 1,
  },
  nginx: {
    successRate: ratio('nginx_ingress_controller_requests', nginx, 'status!~"5.*"'),
    duration: average('nginx_ingress_controller_response_duration_seconds', nginx),
    durationUnitMs: 1,
  },
  appmesh: envoy(podsOfTarget),
  contour: envoy('envoy_cluster_name=~"{{ namespace }}_{{ service }}-canary_[0-9a-zA-Z-]+"'),
  gloo: envoy('envoy_cluster_name=~"{{ namespace }}-{{ target }}-canaryupstream-[0-9a-zA-Z-]+_[0-9a-zA-Z-]+"'),
  kuma: envoy('service=~"{{ target }}-canary_{{ namespace }}_svc_[0-9a-zA-Z-]+"'),
  knative: envoy('envoy_cluster_name=~"{{ namespace }}/{{ route }}"'),
  traefik: {
    successRate: ratio(
      'traefik_service_request_duration_seconds_bucket',
      traefik,
      'code!~"5..", le="+Inf"',
      `${traefik}, le="+Inf"`,
    ),
    duration: `${percentile('traefik_service_request_duration_seconds_bucket', traefik)} * 1000`,
    durationUnitMs: 1,
  },
  skipper: {
    successRate: ratio(
      'skipper_response_duration_seconds_bucket',
      skipper,
      'code!~"5..", le="+Inf"',
      `${skipper}, le="+Inf"`,
    ),
    duration: average('skipper_serve_route_duration_seconds', skipper),
    durationUnitMs: 1,
  },
  apisix: {
    successRate: ratio('apisix_http_status', apisix, 'code!~"5.."'),
    duration: percentile('apisix_http_latency_bucket', `type=~"request", ${apisix}`),
    durationUnitMs: 1,
  },
  osm: {
    successRate: ratio('osm_request_total', osm, 'response_code!~"5.*"'),
    duration: percentile('osm_request_duration_ms_bucket', osm),
    durationUnitMs: 1,
  },
}
