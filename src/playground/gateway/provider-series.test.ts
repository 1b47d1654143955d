import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ProviderCount } from './config.ts'
import { ProviderSeries } from './provider-series.ts'

const ingress: ProviderCount = { proxy: 'ingress-nginx', labels: { ingress: 'web', canary: '' } }
const sidecar: ProviderCount = { proxy: 'kuma', labels: { mesh: 'default', service: 'web-canary_test_svc_80' } }
const request = { method: 'GET', code: 200, durationMs: 20, pod: 'web-1' }

function linesOf(by: ProviderCount, ...requests: readonly (typeof request | Omit<typeof request, 'pod'>)[]) {
  const series = new ProviderSeries()
  for (const each of requests) series.count(by, each)
  return series.lines()
}

describe('series of providers other than Istio', () => {
  it('are not there without a request', () => {
    assert.deepEqual(linesOf(ingress), [])
  })

  it('are those of ingress-nginx for its requests, in seconds', () => {
    const lines = linesOf(ingress, request, request)
    const labels = 'ingress="web",canary="",method="GET",status="200"'
    assert.ok(lines.includes(`nginx_ingress_controller_requests{${labels}} 2`))
    assert.ok(lines.includes(`nginx_ingress_controller_response_duration_seconds_bucket{${labels},le="0.01"} 0`))
    assert.ok(lines.includes(`nginx_ingress_controller_response_duration_seconds_bucket{${labels},le="0.025"} 2`))
    assert.ok(lines.includes(`nginx_ingress_controller_response_duration_seconds_sum{${labels}} 0.04`))
    assert.ok(lines.includes(`nginx_ingress_controller_response_duration_seconds_count{${labels}} 2`))
  })

  it('are counted by ingress-nginx whoever answers, and as 499 where the client left', () => {
    const { pod: _, ...own } = { ...request, code: 0 }
    const counted = 'nginx_ingress_controller_requests{ingress="web",canary="",method="GET",status="499"} 1'
    assert.ok(linesOf(ingress, own).includes(counted))
  })

  it('are those of the sidecar of the pod that answered for Kuma, in milliseconds', () => {
    const lines = linesOf(sidecar, request)
    const labels = 'mesh="default",service="web-canary_test_svc_80",dataplane="web-1",envoy_response_code="200"'
    assert.ok(lines.includes(`envoy_cluster_upstream_rq{${labels}} 1`))
    assert.ok(lines.includes(`envoy_cluster_upstream_rq_time_bucket{${labels},le="10"} 0`))
    assert.ok(lines.includes(`envoy_cluster_upstream_rq_time_bucket{${labels},le="25"} 1`))
  })

  it('do not hold what no sidecar has seen', () => {
    const { pod: _, ...unanswered } = { ...request, code: 503 }
    assert.deepEqual(linesOf(sidecar, unanswered), [])
  })
})
