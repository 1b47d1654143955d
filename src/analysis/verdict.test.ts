import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { CheckKind, MetricCheck, MetricReading } from './check.ts'
import { measurementsOf, verdictOf } from './verdict.ts'

const metric: MetricCheck = { name: 'errors', interval: '1m', threshold: 0, templateVariables: {} }
const names = { canary: 'podinfo', namespace: 'test', target: 'podinfo', metricsProvider: 'istio' }
const value = (n: number): MetricReading => ({ kind: 'value', value: n })

describe('what is measured', () => {
  it('is asked of the template alone where the name only looks like a built-in one', () => {
    const templateRef = { name: 'errors', namespace: 'test' }
    for (const name of ['constructor', 'toString', 'request-successes']) {
      const kinds = measurementsOf([{ ...metric, name, templateRef }]).map(({ kind }) => kind)
      assert.deepEqual(kinds, ['template'])
    }
  })
})

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
      name: 'no data fails a duration, and says why where that is known',
      kind: 'duration',
      check: {},
      reading: { kind: 'noData', reason: 'stale', detail: 'the newest sample is too old' },
      want: 'Halt advancement no values found for istio metric request-duration probably podinfo.test is not receiving traffic: the newest sample is too old',
    },
    {
      name: 'no data fails an in-line query, and says why where that is known',
      kind: 'inline',
      check: {},
      reading: { kind: 'noData', reason: 'noSuchSeries', detail: 'no series of metric errors' },
      want: 'Halt advancement no values found for metric: errors: no series of metric errors',
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
