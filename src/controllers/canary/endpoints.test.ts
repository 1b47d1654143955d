import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cannedView } from '../../../test/support/canned-view.ts'
import type { Endpoint } from '../../api/core/discovery-v1.ts'
import type { Canary } from '../../api/flagger/v1beta1.ts'
import type { KubernetesObject } from '../../apimachinery/meta.ts'
import { CacheNotReadyError, type ClusterView } from '../../runtime/cluster-view.ts'
import { endpointsOf, summarisedSlice } from './endpoints.ts'

const canary: Canary = {
  apiVersion: 'flagger.app/v1beta1',
  kind: 'Canary',
  metadata: { name: 'podinfo', namespace: 'test' },
  spec: { targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' }, analysis: {} },
}
const slice = (service: string, ...conditions: readonly Endpoint['conditions'][]): KubernetesObject => {
  const endpoints = conditions.map(each => ({ addresses: ['127.0.0.2'], ...(each ? { conditions: each } : {}) }))
  const labels = { 'kubernetes.io/service-name': service }
  return Object.assign({ metadata: { name: `${service}-x`, namespace: 'test', labels } }, { endpoints })
}

/** A view of these slices, by the name of their Service. */
function viewOf(group: (service: string) => readonly KubernetesObject[]): ClusterView {
  // As the cache keeps them.
  return { ...cannedView([]).view, group: (_, { name }) => group(name).map(summarisedSlice) as never }
}
const failing = (isBroken: boolean) =>
  viewOf(() => {
    throw new CacheNotReadyError('not known yet', isBroken)
  })

describe('endpoints of a rollout', () => {
  it('are those of all slices of each side that are ready, or do not say', () => {
    const slices: Readonly<Record<string, readonly KubernetesObject[]>> = {
      'podinfo-primary': [
        slice('podinfo-primary', { ready: true }, undefined),
        slice('podinfo-primary', { ready: true }),
      ],
      'podinfo-canary': [slice('podinfo-canary', { ready: false })],
    }
    assert.deepEqual(
      endpointsOf(
        viewOf(service => slices[service] ?? []),
        canary,
      ),
      { primary: 3, canary: 0 },
    )
  })

  it('are not known where there are no slices, or where they cannot be read', () => {
    assert.deepEqual(
      endpointsOf(
        viewOf(() => []),
        canary,
      ),
      {},
    )
    assert.deepEqual(endpointsOf(failing(true), canary), {})
  })

  it('are waited for while the cache fills', () => {
    assert.throws(() => endpointsOf(failing(false), canary), CacheNotReadyError)
  })

  it('are none where a server writes null', () => {
    const empty = { ...slice('web'), endpoints: null }
    assert.deepEqual({ ...summarisedSlice(empty), metadata: {} }, { metadata: {}, ready: 0 })
  })

  it('are kept as a count, whatever a slice holds', () => {
    const kept = summarisedSlice(slice('web', ...Array.from({ length: 100 }, () => ({ ready: true }))))
    assert.deepEqual(Object.keys(kept), ['metadata', 'ready'])
    assert.equal(summarisedSlice(kept), kept)
  })
})
