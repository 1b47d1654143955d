import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cannedView } from '../../test/support/canned-view.ts'
import type { Canary, CanarySpec } from '../api/flagger/v1beta1.ts'
import { HTTPRoute } from '../api/gateway-api/v1.ts'
import { newGatewayApiRouter } from './gateway-api.ts'
import { originalAnnotation } from './names.ts'
import type { Routes, RouteTarget, SessionCookies } from './router.ts'

const signal = new AbortController().signal
const noCookies: SessionCookies = { current: '', previous: '', primary: '' }
const ref = { namespace: 'test', name: 'podinfo' }
const gateway = { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'public' }
const at = (canaryWeight: number): Routes => ({ primaryWeight: 100 - canaryWeight, canaryWeight, mirrored: false })

function targetOf(
  service: Partial<NonNullable<CanarySpec['service']>> = {},
  analysis: Partial<CanarySpec['analysis']> = {},
): RouteTarget {
  const canary: Canary = {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { ...ref, uid: 'u1' },
    spec: {
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
      service: { port: 80, gatewayRefs: [gateway], ...service },
      analysis: { interval: '1m', threshold: 5, stepWeight: 10, ...analysis },
    },
  }
  const owner = { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', name: 'podinfo', uid: 'u1' }
  return { canary, owner: { ...owner, controller: true }, ports: [] }
}

describe('the Gateway API router', () => {
  async function routedAt(weight: number) {
    const canned = cannedView([])
    const router = newGatewayApiRouter(canned)
    await router.reconcile(targetOf(), signal)
    await router.setRoutes(targetOf(), at(weight), noCookies, signal)
    const change = async (part: (route: HTTPRoute) => Partial<HTTPRoute>) => {
      const route = canned.get(HTTPRoute, ref)
      assert.ok(route)
      await canned.view.update(HTTPRoute, { ...route, ...part(route) }, { signal })
    }
    return { canned, router, change }
  }

  it('keeps the weights in force when the Canary changes', async () => {
    const { router } = await routedAt(30)
    const changed = targetOf({ timeout: '7s' })
    assert.equal(router.state(changed), 'drifted')
    await router.reconcile(changed, signal)
    assert.deepEqual(router.getRoutes(changed), at(30))
  })

  it('takes what the API fills in for what was meant', async () => {
    const { router, change } = await routedAt(30)
    await change(({ spec }) => ({
      spec: { ...spec, hostnames: [], rules: (spec?.rules ?? []).map(rule => ({ ...rule, filters: [] })) },
    }))
    assert.equal(router.state(targetOf()), 'current')
  })

  it('keeps labels and annotations that others put on the route', async () => {
    const { canned, router, change } = await routedAt(0)
    await change(({ metadata }) => ({ metadata: { ...metadata, labels: { team: 'a' } } }))
    await router.reconcile(targetOf({ timeout: '7s' }), signal)
    assert.deepEqual(canned.get(HTTPRoute, ref)?.metadata.labels, { team: 'a' })
  })

  const condition = (status: 'True' | 'False', observedGeneration: number) => ({
    type: 'Accepted',
    status,
    observedGeneration,
    lastTransitionTime: '2026-01-01T00:00:00Z',
    reason: 'Some',
    message: '',
  })
  const accepted = (status: 'True' | 'False', generation: number) => ({
    parents: [
      { parentRef: gateway, controllerName: 'example.net/gateway', conditions: [condition(status, generation)] },
    ],
  })

  it('waits for the gateway to accept the route as it is now', async () => {
    const { router, change } = await routedAt(10)
    for (const status of [accepted('False', 2), accepted('True', 1)]) {
      await change(({ metadata }) => ({ metadata: { ...metadata, generation: 2 }, status }))
      assert.throws(() => router.getRoutes(targetOf()), {
        reason: 'RoutesUnreadable',
        message:
          /^HTTPRoute podinfo\.test parent public is not ready \(status: \w+, observed .* current generation: 2\)/,
      })
    }
    await change(() => ({ status: accepted('True', 2) }))
    assert.deepEqual(router.getRoutes(targetOf()), at(10))
  })

  it('corrects a route that its gateway refused', async () => {
    const { router, change } = await routedAt(10)
    await change(() => ({ status: accepted('False', 1) }))
    const corrected = targetOf({ gatewayRefs: [{ ...gateway, name: 'other' }] })
    assert.deepEqual(router.getRoutes(corrected), at(10))
    await router.reconcile(corrected, signal)
    assert.equal(router.state(corrected), 'current')
  })

  it('takes a route over, and gives it back as it was', async () => {
    const own = { parentRefs: [gateway], rules: [{ backendRefs: [{ name: 'podinfo', port: 80 }] }] }
    const users = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: ref, spec: own } as const
    const canned = cannedView([[HTTPRoute, users]])
    const router = newGatewayApiRouter(canned)
    assert.deepEqual(router.getRoutes(targetOf()), at(0))
    await router.reconcile(targetOf(), signal)
    await router.setRoutes(targetOf(), at(20), noCookies, signal)
    assert.deepEqual(router.getRoutes(targetOf()), at(20))
    await router.finalize(targetOf(), signal)
    assert.deepEqual(canned.get(HTTPRoute, ref)?.spec, own)
    assert.equal(canned.get(HTTPRoute, ref)?.metadata.annotations?.[originalAnnotation], undefined)
  })

  it('mirrors a share where the Canary asks for one', async () => {
    const { canned, router } = await routedAt(0)
    const target = targetOf({}, { mirror: true, mirrorWeight: 20 })
    await router.setRoutes(target, { ...at(0), mirrored: true }, noCookies, signal)
    const [filter] = canned.get(HTTPRoute, ref)?.spec?.rules?.[0]?.filters ?? []
    assert.equal(filter?.requestMirror?.percent, 20)
    assert.equal(router.state(target), 'current')
  })

  const refusals: readonly { name: string; target: RouteTarget; message: RegExp }[] = [
    { name: 'no gateway', target: targetOf({ gatewayRefs: [] }), message: /^GatewayRefs must be specified/ },
    {
      name: 'a header by its beginning',
      target: targetOf({}, { match: [{ headers: { 'x-a': { prefix: 'in' } } }] }),
      message: /spec\.analysis\.match\[0\]\.headers\[x-a\]: .* exact or regex alone$/,
    },
    {
      name: 'a test by the labels of who asks',
      target: targetOf({}, { match: [{ sourceLabels: { app: 'a' } }] }),
      message: /spec\.analysis\.match\[0\]\.sourceLabels: .* headers and query parameters alone$/,
    },
    {
      name: 'a test by the labels of who asks, and a header',
      target: targetOf({}, { match: [{ headers: { 'x-a': { exact: '1' } }, sourceLabels: { app: 'a' } }] }),
      message: /spec\.analysis\.match\[0\]\.sourceLabels: /,
    },
    {
      name: 'a test that everybody would be part of',
      target: targetOf({}, { match: [{}] }),
      message: /spec\.analysis\.match\[0\]: .* headers and query parameters alone$/,
    },
    {
      name: 'a method by a pattern',
      target: targetOf({ match: [{ method: { regex: 'G.*' } }] }),
      message: /spec\.service\.match\[0\]\.method: .* exact alone$/,
    },
    {
      name: 'an origin by a pattern',
      target: targetOf({ corsPolicy: { allowOrigins: [{ regex: '.*' }] } }),
      message: /^spec\.service\.corsPolicy\.allowOrigins\[0\]/,
    },
  ]
  for (const { name, target, message } of refusals) {
    it(`refuses ${name}`, () => {
      const router = newGatewayApiRouter(cannedView([]))
      assert.throws(() => router.state(target), { reason: 'InvalidRouteSpec', message })
    })
  }
})
