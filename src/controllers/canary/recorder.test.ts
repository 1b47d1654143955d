import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { canaryPhases } from '../../api/flagger/v1beta1.ts'
import { normalise } from '../../rollout/normalise.ts'
import { newMetricRegistry } from '../../runtime/metrics.ts'
import { newRecorder } from './recorder.ts'

const analysis = { interval: '10s', threshold: 1, stepWeight: 10 }
const targetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } as const

describe("the engine's own metrics", () => {
  it('count a rollout as successful when it is, and not while it waits or is promoted', () => {
    const registry = newMetricRegistry()
    const recorder = newRecorder(registry, { version: '1.2.3', meshProvider: 'istio' })
    const result = normalise(
      { metadata: { name: 'web', namespace: 'test', uid: 'u' }, spec: { targetRef, analysis } },
      { provider: 'istio' },
    )
    assert.ok('spec' in result)
    const { spec } = result
    const values = canaryPhases.map(phase => {
      recorder.setStatus(spec, phase)
      return [phase, registry.text().match(/^flagger_canary_status\{.*\} (\d)$/m)?.[1]]
    })
    assert.deepEqual(Object.fromEntries(values), {
      '': '1',
      Initializing: '1',
      Initialized: '1',
      Waiting: '0',
      Progressing: '0',
      WaitingPromotion: '0',
      Promoting: '0',
      Finalising: '0',
      Succeeded: '1',
      Failed: '2',
      Terminating: '1',
      Terminated: '1',
    })
  })

  it("have upstream's names, labels and values", () => {
    const registry = newMetricRegistry()
    const recorder = newRecorder(registry, { version: '1.2.3', meshProvider: 'istio' })
    const result = normalise(
      {
        metadata: { name: 'web-canary', namespace: 'test', uid: 'u' },
        spec: { targetRef, analysis },
      },
      { provider: 'istio' },
    )
    assert.ok('spec' in result)
    const { spec } = result
    recorder.setTotal('test', 1)
    recorder.setStatus(spec, 'Progressing')
    recorder.setStatus(spec, 'Failed')
    recorder.setWeight(spec, { primary: 90, canary: 10 })
    recorder.setMetric(spec, 'request-duration', 0.25)
    recorder.observeDuration(spec, 300)
    recorder.countEnd(spec, 'success', 'skipped')
    recorder.countEnd(spec, 'failure', 'completed')
    const samples = registry
      .text()
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#') && !line.includes('_bucket'))
    assert.deepEqual(samples, [
      'flagger_info{version="1.2.3",mesh_provider="istio"} 1',
      'flagger_canary_total{namespace="test"} 1',
      'flagger_canary_status{name="web",namespace="test"} 2',
      'flagger_canary_weight{workload="web-primary",namespace="test"} 90',
      'flagger_canary_weight{workload="web",namespace="test"} 10',
      'flagger_canary_metric_analysis{name="web",namespace="test",metric="request-duration"} 0.25',
      'flagger_canary_duration_seconds_sum{name="web",namespace="test"} 0.3',
      'flagger_canary_duration_seconds_count{name="web",namespace="test"} 1',
      'flagger_canary_successes_total{name="web",namespace="test",deployment_strategy="canary",analysis_status="skipped"} 1',
      'flagger_canary_failures_total{name="web",namespace="test",deployment_strategy="canary",analysis_status="completed"} 1',
    ])
  })
})
