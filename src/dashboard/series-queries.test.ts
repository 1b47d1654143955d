import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runPromqlScript } from '../../test/support/promql-script.ts'
import type { Canary, CanarySpec } from '../api/flagger/v1beta1.ts'
import { chartMetrics, seriesQuery } from './series-queries.ts'

function canaryOf(spec: Partial<CanarySpec> = {}): Canary {
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: 'podinfo', namespace: 'test' },
    spec: { targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' }, analysis: {}, ...spec },
  }
}

/** Labels of each side's requests, as the provider's proxies write them, and the names of what they count. */
interface Exporter {
  readonly provider: NonNullable<CanarySpec['provider']>
  readonly primary: string
  readonly canary: string
  readonly requests: string
  readonly failed: string
  readonly good: string
  /** Buckets by their bounds; without bounds a summary. */
  readonly duration: string
  /** The bound that is 100 ms; absent: an average. */
  readonly bound?: string
}

const envoy = { requests: 'envoy_cluster_upstream_rq', duration: 'envoy_cluster_upstream_rq_time', bound: '100' }
const pods = {
  requests: 'http_request_duration_seconds_count',
  duration: 'http_request_duration_seconds',
  bound: '0.1',
  good: 'status="200"',
  failed: 'status="500"',
  primary: 'kubernetes_namespace="test",kubernetes_pod_name="podinfo-primary-6d4c8b7f9-abcde"',
  canary: 'kubernetes_namespace="test",kubernetes_pod_name="podinfo-7f9c6d4c8b-fghij"',
}
const istioSide = (workload: string) =>
  `reporter="destination",destination_workload_namespace="test",destination_workload="${workload}"`

const exporters: readonly Exporter[] = [
  {
    provider: 'istio',
    primary: istioSide('podinfo-primary'),
    canary: istioSide('podinfo'),
    requests: 'istio_requests_total',
    good: 'response_code="200"',
    failed: 'response_code="503"',
    duration: 'istio_request_duration_milliseconds',
    bound: '100',
  },
  {
    provider: 'nginx',
    primary: 'namespace="test",ingress="web",canary=""',
    canary: 'namespace="test",ingress="web",canary="test-podinfo-canary-80"',
    requests: 'nginx_ingress_controller_requests',
    good: 'status="200"',
    failed: 'status="502"',
    duration: 'nginx_ingress_controller_response_duration_seconds',
  },
  {
    ...envoy,
    provider: 'kuma',
    primary: 'service="podinfo-primary_test_svc_80"',
    canary: 'service="podinfo-canary_test_svc_80"',
    good: 'envoy_response_code="200"',
    failed: 'envoy_response_code="500"',
  },
  { ...pods, provider: 'gatewayapi:v1' },
  { ...pods, provider: 'kubernetes' },
]

/** A minute-wise history: the primary has 3 good requests a second, the canary 3 good and 1 that fails; all take 100 ms. */
function historyOf({ primary, canary, requests, good, failed, duration, bound }: Exporter): string {
  const durations = [primary, canary].flatMap(side =>
    bound
      ? [`${duration}_bucket{${side},le="${bound}"} 0+180x10`, `${duration}_bucket{${side},le="+Inf"} 0+180x10`]
      : [`${duration}_sum{${side}} 0+18x10`, `${duration}_count{${side}} 0+180x10`],
  )
  const counters = [
    `${requests}{${primary},${good}} 0+180x10`,
    `${requests}{${canary},${good}} 0+180x10`,
    `${requests}{${canary},${failed}} 0+60x10`,
  ]
  return ['load 1m', ...[...counters, ...durations].map(line => `  ${line}`)].join('\n')
}

const wanted = {
  primary: { successRate: 100, latencyMs: 99, requestRate: 3 },
  canary: { successRate: 75, latencyMs: 99, requestRate: 4 },
} as const

describe('the charts of a rollout', () => {
  for (const exporter of exporters) {
    for (const side of ['primary', 'canary'] as const) {
      it(`show what proxies of ${exporter.provider} count for the ${side}`, async () => {
        const spec = {
          provider: exporter.provider,
          ingressRef: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'web' },
          analysis: {
            metrics: [
              { name: 'request-success-rate', interval: '3m' },
              { name: 'request-duration', interval: '3m' },
            ],
          },
        } as const
        for (const metric of chartMetrics) {
          const { query, factor } = seriesQuery(canaryOf(spec), side, metric, 'istio')
          // An average is the 100 ms themselves; the 99th percentile lies 1 % below the bucket's bound.
          const want = metric === 'latencyMs' && !exporter.bound ? 100 : wanted[side][metric]
          const script = `${historyOf(exporter)}\n\neval instant at 10m (${query}) * ${factor}\n  {} ${want}\n`
          const outcomes = await runPromqlScript(script)
          assert.deepEqual(
            outcomes.map(({ result, reason }) => `${metric} ${result} ${reason ?? ''}`.trim()),
            [`${metric} passed`],
          )
        }
      })
    }
  }

  it('are those of the engine where the Canary names no provider', () => {
    const { query } = seriesQuery(canaryOf(), 'canary', 'requestRate', 'kuma')
    assert.match(query, /service=~"podinfo-canary_test_svc_/)
  })

  it('ask for what a Canary names and for nothing else, whatever it names', () => {
    const named = canaryOf({
      provider: 'nginx',
      ingressRef: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'web"} or up{x="' },
    })
    assert.match(seriesQuery(named, 'canary', 'requestRate', 'istio').query, /ingress="web\} or up\{x="/)
  })
})
