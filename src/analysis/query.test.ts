import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { MetricCheck } from './check.ts'
import { metricsProviderOf, observerOf } from './observer.ts'
import { builtinQuery, measuredValue, onOneLine } from './query.ts'

const metric: MetricCheck = { name: 'errors', interval: '1m', threshold: 0, templateVariables: {} }
const queryNames = {
  name: 'podinfo',
  namespace: 'test',
  target: 'podinfo',
  service: 'web',
  ingress: 'front',
  route: 'podinfo',
}

describe('queries', () => {
  const check = { ...metric, name: 'request-success-rate' }
  /** White space means nothing in them. */
  const bare = (text: string) => text.replace(/\s+/g, '')

  const queries: readonly { provider: string; kind: 'success-rate' | 'duration'; want: string; unitMs?: number }[] = [
    {
      provider: 'istio',
      kind: 'success-rate',
      want: 'sum(rate(istio_requests_total{reporter="destination",destination_workload_namespace="test",destination_workload=~"podinfo",response_code!~"5.*"}[1m])) / sum(rate(istio_requests_total{reporter="destination",destination_workload_namespace="test",destination_workload=~"podinfo"}[1m])) * 100',
    },
    {
      provider: 'istio',
      kind: 'duration',
      want: 'histogram_quantile(0.99, sum(rate(istio_request_duration_milliseconds_bucket{reporter="destination",destination_workload_namespace="test",destination_workload=~"podinfo"}[1m])) by (le))',
    },
    {
      provider: 'kubernetes',
      kind: 'duration',
      unitMs: 1000,
      want: 'histogram_quantile(0.99, sum(rate(http_request_duration_seconds_bucket{kubernetes_namespace="test",kubernetes_pod_name=~"podinfo-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)"}[1m])) by (le))',
    },
    {
      provider: 'nginx',
      kind: 'success-rate',
      want: 'sum(rate(nginx_ingress_controller_requests{namespace="test",ingress="front",canary!="",status!~"5.*"}[1m])) / sum(rate(nginx_ingress_controller_requests{namespace="test",ingress="front",canary!=""}[1m])) * 100',
    },
    {
      provider: 'linkerd',
      kind: 'success-rate',
      want: 'sum(rate(response_total{namespace="test",deployment=~"podinfo",classification!="failure",direction="inbound"}[1m])) / sum(rate(response_total{namespace="test",deployment=~"podinfo",direction="inbound"}[1m])) * 100',
    },
    {
      provider: 'kuma',
      kind: 'duration',
      want: 'histogram_quantile(0.99, sum(rate(envoy_cluster_upstream_rq_time_bucket{service=~"podinfo-canary_test_svc_[0-9a-zA-Z-]+"}[1m])) by (le))',
    },
    {
      provider: 'traefik',
      kind: 'duration',
      want: 'histogram_quantile(0.99, sum(rate(traefik_service_request_duration_seconds_bucket{service=~"test-podinfo-canary-[0-9a-zA-Z-]+@kubernetescrd"}[1m])) by (le)) * 1000',
    },
    {
      provider: 'gatewayapi:v1',
      kind: 'success-rate',
      want: 'sum(rate(http_request_duration_seconds_count{kubernetes_namespace="test",kubernetes_pod_name=~"podinfo-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)",status!~"5.*"}[1m])) / sum(rate(http_request_duration_seconds_count{kubernetes_namespace="test",kubernetes_pod_name=~"podinfo-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)"}[1m])) * 100',
    },
    {
      provider: 'nginx',
      kind: 'duration',
      want: 'sum(rate(nginx_ingress_controller_response_duration_seconds_sum{namespace="test",ingress="front",canary!=""}[1m])) / sum(rate(nginx_ingress_controller_response_duration_seconds_count{namespace="test",ingress="front",canary!=""}[1m])) * 1000',
    },
    {
      provider: 'linkerd',
      kind: 'duration',
      want: 'histogram_quantile(0.99, sum(rate(response_latency_ms_bucket{namespace="test",deployment=~"podinfo",direction="inbound"}[1m])) by (le))',
    },
    {
      provider: 'kuma',
      kind: 'success-rate',
      want: 'sum(rate(envoy_cluster_upstream_rq{service=~"podinfo-canary_test_svc_[0-9a-zA-Z-]+",envoy_response_code!~"5.*"}[1m])) / sum(rate(envoy_cluster_upstream_rq{service=~"podinfo-canary_test_svc_[0-9a-zA-Z-]+"}[1m])) * 100',
    },
    {
      provider: 'appmesh:v1beta2',
      kind: 'success-rate',
      want: 'sum(rate(envoy_cluster_upstream_rq{kubernetes_namespace="test",kubernetes_pod_name=~"podinfo-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)",envoy_response_code!~"5.*"}[1m])) / sum(rate(envoy_cluster_upstream_rq{kubernetes_namespace="test",kubernetes_pod_name=~"podinfo-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)"}[1m])) * 100',
    },
    {
      provider: 'appmesh:v1beta2',
      kind: 'duration',
      want: 'histogram_quantile(0.99, sum(rate(envoy_cluster_upstream_rq_time_bucket{kubernetes_namespace="test",kubernetes_pod_name=~"podinfo-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)"}[1m])) by (le))',
    },
    {
      provider: 'contour',
      kind: 'success-rate',
      want: 'sum(rate(envoy_cluster_upstream_rq{envoy_cluster_name=~"test_web-canary_[0-9a-zA-Z-]+",envoy_response_code!~"5.*"}[1m])) / sum(rate(envoy_cluster_upstream_rq{envoy_cluster_name=~"test_web-canary_[0-9a-zA-Z-]+"}[1m])) * 100',
    },
    {
      provider: 'gloo',
      kind: 'success-rate',
      want: 'sum(rate(envoy_cluster_upstream_rq{envoy_cluster_name=~"test-podinfo-canaryupstream-[0-9a-zA-Z-]+_[0-9a-zA-Z-]+",envoy_response_code!~"5.*"}[1m])) / sum(rate(envoy_cluster_upstream_rq{envoy_cluster_name=~"test-podinfo-canaryupstream-[0-9a-zA-Z-]+_[0-9a-zA-Z-]+"}[1m])) * 100',
    },
    {
      provider: 'knative',
      kind: 'success-rate',
      want: 'sum(rate(envoy_cluster_upstream_rq{envoy_cluster_name=~"test/podinfo",envoy_response_code!~"5.*"}[1m])) / sum(rate(envoy_cluster_upstream_rq{envoy_cluster_name=~"test/podinfo"}[1m])) * 100',
    },
    {
      provider: 'traefik',
      kind: 'success-rate',
      want: 'sum(rate(traefik_service_request_duration_seconds_bucket{service=~"test-podinfo-canary-[0-9a-zA-Z-]+@kubernetescrd",code!~"5..",le="+Inf"}[1m])) / sum(rate(traefik_service_request_duration_seconds_bucket{service=~"test-podinfo-canary-[0-9a-zA-Z-]+@kubernetescrd",le="+Inf"}[1m])) * 100',
    },
    {
      provider: 'skipper',
      kind: 'success-rate',
      want: 'sum(rate(skipper_response_duration_seconds_bucket{route=~"kube(ew)?_test__front_canary__.*__web_canary(_[0-9]+)?",code!~"5..",le="+Inf"}[1m])) / sum(rate(skipper_response_duration_seconds_bucket{route=~"kube(ew)?_test__front_canary__.*__web_canary(_[0-9]+)?",le="+Inf"}[1m])) * 100',
    },
    {
      provider: 'skipper',
      kind: 'duration',
      want: 'sum(rate(skipper_serve_route_duration_seconds_sum{route=~"kube(ew)?_test__front_canary__.*__web_canary(_[0-9]+)?"}[1m])) / sum(rate(skipper_serve_route_duration_seconds_count{route=~"kube(ew)?_test__front_canary__.*__web_canary(_[0-9]+)?"}[1m])) * 1000',
    },
    {
      provider: 'apisix',
      kind: 'success-rate',
      want: 'sum(rate(apisix_http_status{route=~"test_podinfo-podinfo-canary_.+",code!~"5.."}[1m])) / sum(rate(apisix_http_status{route=~"test_podinfo-podinfo-canary_.+"}[1m])) * 100',
    },
    {
      provider: 'apisix',
      kind: 'duration',
      want: 'histogram_quantile(0.99, sum(rate(apisix_http_latency_bucket{type=~"request",route=~"test_podinfo-podinfo-canary_.+"}[1m])) by (le))',
    },
    {
      provider: 'osm',
      kind: 'success-rate',
      want: 'sum(rate(osm_request_total{destination_namespace="test",destination_kind="Deployment",destination_name="podinfo",response_code!~"5.*"}[1m])) / sum(rate(osm_request_total{destination_namespace="test",destination_kind="Deployment",destination_name="podinfo"}[1m])) * 100',
    },
    {
      provider: 'osm',
      kind: 'duration',
      want: 'histogram_quantile(0.99, sum(rate(osm_request_duration_ms_bucket{destination_namespace="test",destination_kind="Deployment",destination_name="podinfo"}[1m])) by (le))',
    },
  ]
  for (const { provider, kind, want, unitMs = 1 } of queries) {
    it(`of ${provider} for ${kind} are upstream's`, () => {
      const result = builtinQuery(kind, check, queryNames, provider)
      assert.ok('query' in result)
      assert.equal(bare(result.query), bare(want))
      assert.equal(result.unitMs, unitMs)
    })
  }

  it('of Skipper have words in place of names', () => {
    const result = builtinQuery('duration', check, { ...queryNames, namespace: 'my-ns', ingress: 'a.b' }, 'skipper')
    assert.ok(
      'query' in result && result.query.includes('route=~"kube(ew)?_my_ns__a_b_canary__.*__web_canary(_[0-9]+)?"'),
    )
  })

  it('cut durations to whole milliseconds', () => {
    assert.equal(measuredValue('duration', 0.0129, 1000), 12)
    assert.equal(measuredValue('success-rate', 99.5, 1), 99.5)
  })

  it('go out on one line', () => assert.equal(onOneLine('\nsum(\n  up\n)\n'), ' sum( up ) '))

  it('know which family a provider belongs to', () => {
    const families = [
      'gatewayapi:v1',
      'kubernetes',
      'appmesh:v1beta2',
      'smi:v1alpha2',
      'nginx:service',
      'osm',
      'nobody',
    ]
    assert.deepEqual(families.map(observerOf), ['http', 'http', 'appmesh', 'istio', 'istio', 'osm', 'istio'])
    assert.equal(metricsProviderOf('linkerd', 'nginx', 'Deployment'), 'linkerd')
    assert.equal(metricsProviderOf('istio', 'kubernetes', 'Service'), 'kubernetes:service')
  })
})
