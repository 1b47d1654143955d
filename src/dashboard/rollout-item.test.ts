import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Canary } from '../api/flagger/v1beta1.ts'
import { rolloutItem, stepsOf } from './rollout-item.ts'
import type { RolloutItem } from './wire.ts'

const canary = (analysis: Partial<Canary['spec']['analysis']>) =>
  ({
    metadata: { namespace: 'webapp', name: 'backend' },
    spec: {
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'backend' },
      analysis: { interval: '90s', threshold: 2, ...analysis },
    },
  }) as Canary // a kind without a status

describe('the steps of a rollout', () => {
  const cases: readonly { name: string; given: Partial<Canary['spec']['analysis']>; want: readonly number[] }[] = [
    {
      name: 'rise by the step weight up to the largest weight',
      given: { stepWeight: 20, maxWeight: 50 },
      want: [20, 40, 50],
    },
    { name: 'go up to all traffic where no largest weight is given', given: { stepWeight: 50 }, want: [50, 100] },
    { name: 'are those that are listed', given: { stepWeights: [1, 5, 80], maxWeight: 50 }, want: [1, 5, 80] },
    { name: 'are none where checks are counted', given: { iterations: 3, stepWeight: 10 }, want: [] },
    { name: 'never pass all traffic', given: { stepWeight: 60, maxWeight: 300 }, want: [60, 100] },
  ]
  for (const { name, given, want } of cases)
    it(name, () => assert.deepEqual(stepsOf(canary(given).spec.analysis), want))
})

describe('a rollout as an item', () => {
  const metrics = (item: RolloutItem) => item.metrics

  it('takes an old threshold as the least success rate or the largest of anything else', () => {
    const given = canary({
      stepWeight: 10,
      metrics: [
        { name: 'request-success-rate', threshold: 99 },
        { name: 'request-duration', threshold: 500, interval: '1m' },
      ],
    })
    assert.deepEqual(metrics(rolloutItem('m1', given, undefined)), [
      { name: 'request-success-rate', min: 99 },
      { name: 'request-duration', max: 500, interval: '1m' },
    ])
  })

  it('tells an A/B test from blue/green by its match', () => {
    assert.equal(rolloutItem('m1', canary({ iterations: 2 }), undefined).strategy, 'blue/green')
    assert.equal(rolloutItem('m1', canary({ iterations: 2, match: [{ headers: {} }] }), undefined).strategy, 'a/b test')
  })

  it('says what holds it, before how it stands', () => {
    const promoted = { type: 'Promoted', status: 'Unknown', reason: 'Progressing', message: 'progressing' }
    const held = { type: 'MetricsAvailable', status: 'False', reason: 'ProviderUnreachable', message: 'no answer' }
    const saying = (...conditions: readonly (typeof promoted)[]) =>
      rolloutItem('m1', { ...canary({ stepWeight: 10 }), status: { phase: 'Progressing', conditions } }, undefined)
    assert.equal(saying(promoted).message, 'progressing')
    assert.equal(saying(promoted, held).message, 'no answer')
  })

  it('has no phase and no weight before an engine has seen it', () => {
    const { phase, weight, message } = rolloutItem('m1', canary({ stepWeight: 10 }), undefined)
    assert.deepEqual({ phase, weight, message }, { phase: '', weight: 0, message: '' })
  })
})
