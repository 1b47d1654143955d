import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { CheckKind, MetricCheck, MetricReading } from './check.ts'
import { formatTwoDecimals } from './go-format.ts'
import { metricsProviderOf, observerOf } from './observer.ts'
import { builtinQuery, measuredValue, onOneLine, ownQuery } from './query.ts'
import { renderTemplate } from './template.ts'
import { measurementsOf, verdictOf } from './verdict.ts'

const metric: MetricCheck = { name: 'errors', interval: '1m', threshold: 0, templateVariables: {} }
const names = { canary: 'podinfo', namespace: 'test', target: 'podinfo', metricsProvider: 'istio' }
const queryNames = {
  name: 'podinfo',
  namespace: 'test',
  target: 'podinfo',
  service: 'web',
  ingress: 'front',
  route: 'podinfo',
}
const value = (n: number): MetricReading => ({ kind: 'value', value: n })

describe('verdicts', () => {
  const cases: readonly {
    name: string
    kind: CheckKind
    check: Partial<MetricCheck>
    reading: MetricReading
    want: string
  }[] = [
    {
      name: 'a rate at its minimum passes',
      kind: 'success-rate',
      check: { range: { min: 99 } },
      reading: value(99),
      want: 'passed',
    },
    {
      name: 'a rate below its minimum fails',
      kind: 'success-rate',
      check: { range: { min: 99 } },
      reading: value(69.1666),
      want: 'Halt podinfo.test advancement success rate 69.17% < 99%',
    },
    {
      name: 'a rate above its maximum fails',
      kind: 'success-rate',
      check: { range: { max: 50.5 } },
      reading: value(60),
      want: 'Halt podinfo.test advancement success rate 60.00% > 50.5%',
    },
    {
      name: 'a rate below the deprecated threshold fails',
      kind: 'success-rate',
      check: { threshold: 99 },
      reading: value(98),
      want: 'Halt podinfo.test advancement success rate 98.00% < 99%',
    },
    {
      name: 'a duration above its maximum fails, in words of Go',
      kind: 'duration',
      check: { range: { max: 500 } },
      reading: value(1515.9),
      want: 'Halt podinfo.test advancement request duration 1.515s > 500ms',
    },
    {
      name: 'durations compare in whole milliseconds',
      kind: 'duration',
      check: { range: { max: 500 } },
      reading: value(500.9),
      want: 'passed',
    },
    {
      name: 'a duration limit of half a millisecond is none',
      kind: 'duration',
      check: { range: { max: 0.5 } },
      reading: value(1),
      want: 'Halt podinfo.test advancement request duration 1ms > 0s',
    },
    {
      name: 'without any bound a positive value fails',
      kind: 'template',
      check: {},
      reading: value(0.1),
      want: 'Halt podinfo.test advancement errors 0.10 > 0',
    },
    {
      name: 'a bound in a range makes the threshold irrelevant',
      kind: 'inline',
      check: { range: { min: 1 }, threshold: 0 },
      reading: value(6.2),
      want: 'passed',
    },
    {
      name: 'an in-line value above its bound fails',
      kind: 'inline',
      check: { range: { max: 5 } },
      reading: value(6.2),
      want: 'Halt podinfo.test advancement errors 6.20 > 5',
    },
    {
      name: 'no data fails a rate, and says why',
      kind: 'success-rate',
      check: {},
      reading: { kind: 'noData', reason: 'noSuchSeries', detail: 'no series has reporter="destination"' },
      want: 'Halt advancement no values found for istio metric request-success-rate probably podinfo.test is not receiving traffic: running query failed: no values found: no series has reporter="destination"',
    },
    {
      name: 'no data fails a duration',
      kind: 'duration',
      check: {},
      reading: { kind: 'noData', reason: 'noTraffic', detail: '' },
      want: 'Halt advancement no values found for istio metric request-duration probably podinfo.test is not receiving traffic',
    },
    {
      name: 'no data fails an in-line query',
      kind: 'inline',
      check: {},
      reading: { kind: 'noData', reason: 'unknown', detail: '' },
      want: 'Halt advancement no values found for metric: errors',
    },
    {
      name: 'no data fails a template',
      kind: 'template',
      check: {},
      reading: { kind: 'noData', reason: 'unknown', detail: '' },
      want: 'Halt advancement no values found for custom metric: errors: no values found',
    },
    {
      name: 'an unreachable provider is no failure',
      kind: 'success-rate',
      check: {},
      reading: { kind: 'unreachable', message: 'connection refused' },
      want: 'unreachable: Prometheus query failed: connection refused',
    },
    {
      name: 'a template that is missing fails',
      kind: 'template',
      check: { templateRef: { name: 't', namespace: 'test' } },
      reading: { kind: 'misconfigured', stage: 'template', message: 'not found' },
      want: 'Metric template t.test error: not found',
    },
    {
      name: 'a metric without any query fails',
      kind: 'template',
      check: {},
      reading: { kind: 'misconfigured', stage: 'none', message: '' },
      want: 'Metric query failed for no usable metrics template and query were configured',
    },
  ]
  for (const c of cases) {
    it(c.name, () => {
      const verdict = verdictOf({ metric: { ...metric, ...c.check }, kind: c.kind }, c.reading, names)
      assert.equal(
        verdict.outcome === 'passed'
          ? 'passed'
          : `${verdict.outcome === 'unreachable' ? 'unreachable: ' : ''}${verdict.message}`,
        c.want,
      )
    })
  }

  it('come in list order, built-in and in-line metrics before templates', () => {
    const ref = { name: 't', namespace: 'test' }
    const metrics = [
      { ...metric, templateRef: ref },
      { ...metric, name: 'request-duration', templateRef: ref },
      { ...metric, name: 'a', query: 'up' },
      { ...metric, name: 'b' },
    ]
    assert.deepEqual(
      measurementsOf(metrics).map(m => `${m.metric.name} ${m.kind}`),
      ['request-duration duration', 'a inline', 'errors template', 'request-duration template', 'b template'],
    )
  })
})

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

describe('templates', () => {
  const variables = { namespace: 'test', target: 'podinfo', interval: '1m', variables: { code: '5.*', low: '' } }
  const cases: readonly (readonly [string, string])[] = [
    ['up{ns="{{ namespace }}"}[{{interval}}]', 'up{ns="test"}[1m]'],
    ['{{ variables.code }}', '5.*'],
    ['{{- /* a comment */ -}} x {{- " y" }}', 'x y'],
    ['{{ printf "%s-%d%%" target 3 }}', 'podinfo-3%'],
    ['{{ target | printf "%s.%s" namespace }}', 'test.podinfo'],
    ['{{ if eq namespace "test" }}a{{ else if eq namespace "b" }}b{{ else }}c{{ end }}', 'a'],
    ['{{ if variables.low }}a{{ else }}c{{ end }}', 'c'],
    ['{{ range $k, $v := variables }}{{ $k }}={{ $v }};{{ end }}', 'code=5.*;low=;'],
    ['{{ $x := index variables "code" }}{{ $x }}', '5.*'],
    ['{{ with := }}', 'problem'],
    ['{{ if and (gt 2 1) (not false) }}yes{{ end }}', 'yes'],
    ['{{ variables.missing }}', 'problem'],
    ['{{ nothing }}', 'problem'],
    ['{{ if true }}', 'problem'],
    ['{{ target', 'problem'],
    ['{{ end }}', 'problem'],
    [`{{ printf "%q" target }}{{ \`}}\` }}`, '"podinfo"}}'],
  ]
  for (const [template, want] of cases) {
    it(`${JSON.stringify(template)} gives ${want}`, () => {
      const result = renderTemplate(template, variables)
      assert.equal('text' in result ? result.text : 'problem', want)
    })
  }

  it('say what is wrong with them', () => {
    assert.deepEqual(renderTemplate('{{ variables.missing }}', variables), {
      problem: 'map has no entry for key "missing"',
    })
    assert.deepEqual(ownQuery('{{ nope }}', metric, queryNames), { problem: 'function "nope" not defined' })
  })
})

describe('numbers', () => {
  const cases: readonly (readonly [number, string])[] = [
    [69.1666, '69.17'],
    [0.125, '0.12'],
    [0.375, '0.38'],
    [-1.5, '-1.50'],
    [Number.POSITIVE_INFINITY, '+Inf'],
  ]
  for (const [n, want] of cases)
    it(`${n} has two decimals as in Go: ${want}`, () => assert.equal(formatTwoDecimals(n), want))
})
