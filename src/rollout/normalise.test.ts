import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type AnalysisManifest, type CanaryManifest, normalise } from './normalise.ts'
import { verify } from './verify.ts'

function canary(analysis: AnalysisManifest, spec: Partial<CanaryManifest['spec']> = {}): CanaryManifest {
  return {
    metadata: { name: 'podinfo', namespace: 'test', uid: 'uid' },
    spec: { targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' }, analysis, ...spec },
  }
}

function spec(analysis: AnalysisManifest, other: Partial<CanaryManifest['spec']> = {}) {
  const result = normalise(canary({ stepWeight: 10, ...analysis }, other), { provider: 'istio' })
  assert.ok('spec' in result)
  return result.spec
}

function errors(analysis: AnalysisManifest) {
  const result = normalise(canary(analysis), { provider: 'istio' })
  assert.ok('errors' in result)
  return result.errors.map(({ field, message }) => `${field}: ${message}`)
}

describe('normalise', () => {
  const intervals: readonly (readonly [string | undefined, number])[] = [
    ['60s', 60_000],
    ['1m30s', 90_000],
    ['500ms', 10_000],
    ['10sX', 60_000],
    [undefined, 60_000],
  ]
  for (const [text, want] of intervals) {
    it(`takes an interval of ${text} for ${want} ms`, () =>
      assert.equal(spec({ interval: text ?? '' }).intervalMs, want))
  }

  it('fills in what Flagger fills in', () => {
    const { failedChecksThreshold, progressDeadlineMs, strategy, primaryReadyThresholdPercent, metricsProvider } = spec(
      { threshold: -1 },
    )
    assert.deepEqual([failedChecksThreshold, progressDeadlineMs, primaryReadyThresholdPercent], [1, 600_000, 100])
    assert.ok(strategy.kind === 'canary')
    assert.equal(strategy.maxWeightPercent, 100)
    assert.equal(metricsProvider, 'istio')
  })

  it('ends listed steps at the last of them, whatever maxWeight says', () => {
    const { strategy } = spec({ stepWeight: 0, stepWeights: [1, 10, 80], maxWeight: 50 })
    assert.ok(strategy.kind === 'canary')
    assert.equal(strategy.maxWeightPercent, 80)
  })

  it('reads hooks with their type and timeout', () => {
    const { hooks } = spec({
      webhooks: [
        { name: 'a', url: 'u', type: '' },
        { name: 'b', url: 'u', timeout: '5' },
        { name: 'c', url: 'u', timeout: '1m' },
      ],
    })
    assert.deepEqual(
      hooks.map(h => `${h.type} ${h.timeoutMs}`),
      ['rollout 10000', 'rollout 10000', 'rollout 60000'],
    )
  })

  it('gives the provider kubernetes blue/green, and says what it changed', () => {
    const { strategy, overrides } = spec({ match: [{}] }, { provider: 'kubernetes' })
    assert.deepEqual(strategy, { kind: 'blue-green', iterations: 10, mirror: false, stepWeightPromotionPercent: 0 })
    assert.deepEqual(overrides, [
      'A/B testing is not supported when using the kubernetes provider',
      'Progressive traffic is not supported when using the kubernetes provider',
      'Setting canaryAnalysis.iterations: 10',
    ])
  })

  const summaries: readonly (readonly [AnalysisManifest, string])[] = [
    [{ match: [{}], iterations: 2 }, 'A/B Testing'],
    [{ iterations: 2 }, 'Blue/Green'],
    [{ stepWeight: 10, maxWeight: 50 }, 'Weight step: 10 max: 50'],
    [{ stepWeight: 0, stepWeights: [1, 2, 10] }, 'Weight steps: 1,2,10 max: 0'],
  ]
  for (const [analysis, want] of summaries)
    it(`describes routing as ${want}`, () => assert.equal(spec(analysis).routingSummary, want))

  it('a fraction where an integer belongs is an error of that Canary alone', () => {
    assert.deepEqual(errors({ stepWeight: 2.5, threshold: 1.5 }), [
      'spec.analysis.threshold: Invalid value: 1.5: must be an integer',
      'spec.analysis.stepWeight: Invalid value: 2.5: must be an integer',
    ])
  })

  it('steps that would never move are errors, not a silent standstill', () => {
    const never = 'a rollout in these steps would never move'
    assert.deepEqual(errors({ stepWeight: 0 }), [
      `spec.analysis.stepWeight: Invalid value: 0: must be above 0: ${never}`,
    ])
    assert.deepEqual(errors({ stepWeights: [] }), [
      `spec.analysis.stepWeight: Invalid value: 0: must be above 0: ${never}`,
    ])
    assert.deepEqual(errors({ stepWeights: [50, 20] }), [
      `spec.analysis.stepWeights[1]: Invalid value: 20: must not be below the step before: ${never}`,
    ])
  })

  it('steps do not matter to a Canary that takes none', () => {
    assert.ok('spec' in normalise(canary({ stepWeight: 0 }, { skipAnalysis: true }), { provider: 'istio' }))
    assert.ok('spec' in normalise(canary({}, { provider: 'kubernetes' }), { provider: 'istio' }))
  })
})

describe('verify', () => {
  const foreign = { ...canary({ metrics: [{ name: 'errors', templateRef: { name: 'errors', namespace: 'other' } }] }) }

  it('refuses references into other namespaces where they are blocked, also in an edited Canary', () => {
    assert.deepEqual(verify(foreign, { noCrossNamespaceRefs: true }), [
      "invalid canary spec: can't access metric template errors.other, cross-namespace references are blocked",
    ])
    assert.deepEqual(verify(foreign, { noCrossNamespaceRefs: false }), [])
  })

  it('refuses one name for two cookies', () => {
    const same = canary({ sessionAffinity: { cookieName: 'a', primaryCookieName: 'a' } })
    assert.deepEqual(verify(same, { noCrossNamespaceRefs: false }), [
      "invalid canary spec: can't use the same cookie name for both primary and cookie name; please update them to be different",
    ])
  })

  it('refuses a Knative Service with another provider', () => {
    const targetRef = { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'podinfo' }
    assert.deepEqual(verify(canary({}, { targetRef, provider: 'istio' }), { noCrossNamespaceRefs: false }), [
      "invalid canary spec: can't use istio provider with Knative Service as target",
    ])
  })
})
