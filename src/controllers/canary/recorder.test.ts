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

  it('follow every change, back and forth and to another target', () => {
    const registry = newMetricRegistry()
    const recorder = newRecorder(registry, { version: '1.2.3', meshProvider: 'istio' })
    const specOf = (name: string) => {
      const ref = { ...targetRef, name }
      const result = normalise(
        { metadata: { name: 'web', namespace: 'test', uid: 'u' }, spec: { targetRef: ref, analysis } },
        { provider: 'istio' },
      )
      assert.ok('spec' in result)
      return result.spec
    }
    const shown = (metric: string) =>
      [...registry.text().matchAll(new RegExp(`^${metric}\\{(?:name|workload)="([^"]*)".*\\} (\\d+)$`, 'gm'))].map(
        ([, name, value]) => `${name} ${value}`,
      )
    for (const canary of [0, 10, 10, 0]) recorder.setWeight(specOf('web'), { primary: 100 - canary, canary })
    assert.deepEqual(shown('flagger_canary_weight'), ['web-primary 100', 'web 0'])
    for (const phase of ['Progressing', 'Failed', 'Failed', 'Progressing'] as const) {
      recorder.setStatus(specOf('web'), phase)
    }
    assert.deepEqual(shown('flagger_canary_status'), ['web 0'])
    recorder.setStatus(specOf('shop'), 'Progressing')
    recorder.setWeight(specOf('shop'), { primary: 100, canary: 0 })
    assert.deepEqual(shown('flagger_canary_status'), ['shop 0'])
    assert.deepEqual(shown('flagger_canary_weight'), ['shop-primary 100', 'shop 0'])
    recorder.forget('test/web')
    assert.deepEqual([...shown('flagger_canary_status'), ...shown('flagger_canary_weight')], [])
  })

  it('are told again by the next Canary of a target whose first one has gone', () => {
    const registry = newMetricRegistry()
    const recorder = newRecorder(registry, { version: '1.2.3', meshProvider: 'istio' })
    for (const step of ['first', 'second', 'first goes', 'second'] as const) {
      if (step === 'first goes') {
        recorder.forget('test/first')
        continue
      }
      const result = normalise(
        { metadata: { name: step, namespace: 'test', uid: step }, spec: { targetRef, analysis } },
        { provider: 'istio' },
      )
      assert.ok('spec' in result)
      recorder.setStatus(result.spec, 'Progressing')
    }
    assert.match(registry.text(), /^flagger_canary_status\{name="web",namespace="test"\} 0$/m)
  })
})
