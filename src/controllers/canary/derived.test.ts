import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { MetricCheck } from '../../analysis/check.ts'
import type { PodTemplateSpec } from '../../api/core/core-v1.ts'
import type { Canary } from '../../api/flagger/v1beta1.ts'
import { copyId } from '../../rollout/primary/pod-template.ts'
import { revisionOf } from '../../rollout/revision.ts'
import { newDerived } from './derived.ts'

const template: PodTemplateSpec = { spec: { containers: [{ name: 'app', image: 'app:1' }] } }
const source = { kind: 'Deployment', template } as const

describe('what follows from a part of an object', () => {
  it('is what it is without memory', () => {
    const derived = newDerived()
    const revision = revisionOf(source)
    const configs = { 'configmap/a': 'x' }
    for (const _ of ['computed', 'known']) {
      assert.equal(derived.revision(source), revision)
      assert.equal(derived.copyId(source, {}), copyId(revision, {}))
      assert.equal(derived.copyId(source, configs), copyId(revision, configs))
      assert.equal(derived.copyId(source, { 'configmap/a': 'y' }), copyId(revision, { 'configmap/a': 'y' }))
    }
    const other = { ...template, spec: { containers: [{ name: 'app', image: 'app:2' }] } }
    assert.notEqual(derived.revision({ kind: 'Deployment', template: other }), revision)
  })

  it('is read once for each spec, and again after it could not be read', () => {
    const derived = newDerived()
    const spec = { targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'app' }, analysis: {} } as const
    const canary = (resourceVersion: string): Canary => ({
      apiVersion: 'flagger.app/v1beta1',
      kind: 'Canary',
      metadata: { name: 'app', resourceVersion },
      spec,
    })
    let reads = 0
    const read = () => {
      reads += 1
      if (reads === 1) throw new Error('unknown provider')
      return {} as ReturnType<Parameters<typeof derived.spec>[1]> // Only its identity counts here.
    }
    assert.throws(() => derived.spec(canary('1'), read), /unknown provider/)
    assert.equal(derived.spec(canary('2'), read), derived.spec(canary('3'), read))
    assert.equal(reads, 2)
    derived.spec({ ...canary('4'), spec: { ...spec } }, read)
    assert.equal(reads, 3)
  })
  it('is a query once for each kind of a check', () => {
    const derived = newDerived()
    const metric = { name: 'latency', interval: '1m' } as MetricCheck // Only its identity counts here.
    const rendered = (query: string) => () => ({ query, unitMs: 1 })
    assert.deepEqual(derived.query(metric, 'duration', rendered('a')), { query: 'a', unitMs: 1 })
    assert.deepEqual(derived.query(metric, 'duration', rendered('b')), { query: 'a', unitMs: 1 })
    assert.deepEqual(derived.query(metric, 'inline', rendered('c')), { query: 'c', unitMs: 1 })
    assert.deepEqual(derived.query({ ...metric }, 'duration', rendered('d')), { query: 'd', unitMs: 1 })
  })
})
