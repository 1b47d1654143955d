/** The queries behind the charts. */

/** Templates with `{{ namespace }}`, `{{ workload }}` and `{{ interval }}`; each gives one value a moment. */
export interface SeriesQueries {
  /** Percent. */
  readonly successRate: string
  /** Milliseconds. */
  readonly latencyMs: string
  /** Requests a second. */
  readonly requestRate: string
}

const istio =
  'reporter="destination",destination_workload_namespace="{{ namespace }}",destination_workload="{{ workload }}"'
const requests = (more = '') => `sum(rate(istio_requests_total{${istio}${more}}[{{ interval }}]))`

/** What Istio's sidecars count. */
export const istioSeries: SeriesQueries = {
  successRate: `${requests(',response_code!~"5.*"')} / ${requests()} * 100`,
  latencyMs: `histogram_quantile(0.99, sum(rate(istio_request_duration_milliseconds_bucket{${istio}}[{{ interval }}])) by (le))`,
  requestRate: requests(),
}

/** The query for one workload. */
export function fillQuery(
  template: string,
  values: { readonly namespace: string; readonly workload: string; readonly interval: string },
): string {
  return template.replaceAll(
    /\{\{ (namespace|workload|interval) \}\}/g,
    (_, name: keyof typeof values) => values[name].replaceAll(/["\\\n]/g, ''), // names of objects hold none of these
  )
}
