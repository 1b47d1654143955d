import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { HTTPRoute } from '../../api/gateway-api/v1.ts'
import { controllerName, routeStatus } from './route-status.ts'

const now = new Date('2026-01-01T00:00:00Z')
const later = new Date('2026-01-02T00:00:00Z')
const gateway = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'public' }
const route = (generation: number, status?: HTTPRoute['status']): HTTPRoute => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'web', namespace: 'test', generation },
  spec: { parentRefs: [gateway, { group: '', kind: 'Service', name: 'web' }, { kind: 'Other', name: 'x' }] },
  ...(status ? { status } : {}),
})
const accepted = (observedGeneration: number) => ({
  type: 'Accepted',
  status: 'True',
  reason: 'Accepted',
  message: 'The local gateway routes by it.',
  observedGeneration,
  lastTransitionTime: '2026-01-01T00:00:00Z',
})

describe('the status of an HTTPRoute', () => {
  it('says of every way in that it is accepted as it is now', () => {
    assert.deepEqual(routeStatus(route(3), now), {
      parents: [
        { parentRef: gateway, controllerName, conditions: [accepted(3)] },
        { parentRef: { group: '', kind: 'Service', name: 'web' }, controllerName, conditions: [accepted(3)] },
      ],
    })
  })

  it('keeps the time of the change and the entries of other gateways', () => {
    const others = { parentRef: gateway, controllerName: 'example.net/gateway', conditions: [] }
    const { parents } = routeStatus(route(3, { parents: [others, ...routeStatus(route(2), now).parents] }), later)
    assert.deepEqual(parents[0], others)
    assert.deepEqual(parents[1]?.conditions, [accepted(3)])
    assert.equal(parents.length, 3)
  })
})
