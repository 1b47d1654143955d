import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Canary, CanaryPhase } from '../../api/flagger/v1beta1.ts'
import { urgencyOf } from './urgency.ts'

const canaryIn = (phase: CanaryPhase | undefined): Canary => ({
  apiVersion: 'flagger.app/v1beta1',
  kind: 'Canary',
  metadata: { name: 'podinfo', namespace: 'test' },
  spec: {
    targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
    service: { port: 80 },
    analysis: { interval: '10s', threshold: 5 },
  },
  ...(phase ? { status: { phase } } : {}),
})

describe('what goes first', () => {
  for (const phase of ['Progressing', 'WaitingPromotion', 'Promoting'] as const) {
    it(`${phase}: traffic moves`, () => {
      assert.equal(urgencyOf(canaryIn(phase)), 1)
    })
  }
  for (const phase of [undefined, 'Initialized', 'Waiting', 'Finalising', 'Succeeded', 'Failed'] as const) {
    it(`not ${phase ?? 'what has no phase'}: traffic stays`, () => {
      assert.equal(urgencyOf(canaryIn(phase)), 0)
    })
  }
  it('nor what is gone', () => {
    assert.equal(urgencyOf(undefined), 0)
  })
})
