import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cannedView } from '../../test/support/canned-view.ts'
import { Ingress } from '../api/core/networking-v1.ts'
import type { Canary, CanarySpec } from '../api/flagger/v1beta1.ts'
import { newNginxRouter } from './nginx.ts'
import type { Routes, RouteTarget, SessionCookies } from './router.ts'

const signal = new AbortController().signal
const noCookies: SessionCookies = { current: '', previous: '', primary: '' }
const at = (canaryWeight: number): Routes => ({ primaryWeight: 100 - canaryWeight, canaryWeight, mirrored: false })
const prefix = 'nginx.ingress.kubernetes.io/canary'
const canaryRef = { namespace: 'test', name: 'web-canary' }

function targetOf(analysis: Partial<CanarySpec['analysis']> = {}, spec: Partial<CanarySpec> = {}): RouteTarget {
  const canary: Canary = {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: 'podinfo', namespace: 'test', uid: 'u1' },
    spec: {
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
      ingressRef: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'web' },
      service: { port: 80 },
      ...spec,
      analysis: { interval: '1m', threshold: 5, stepWeight: 10, ...analysis },
    },
  }
  const owner = { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', name: 'podinfo', uid: 'u1' }
  return { canary, owner: { ...owner, controller: true }, ports: [] }
}

const ingress = (service: string, host = 'app.example.com'): Ingress => ({
  metadata: { name: 'web', namespace: 'test' },
  spec: {
    rules: [
      {
        host,
        http: {
          paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: service, port: { number: 80 } } } }],
        },
      },
    ],
  },
})

describe('the nginx router', () => {
  async function routedAt(weight: number) {
    const canned = cannedView([
      [Ingress, { ...ingress('podinfo'), metadata: { ...ingress('podinfo').metadata, uid: 'i' } }],
    ])
    const router = newNginxRouter(canned)
    await router.reconcile(targetOf(), signal)
    await router.setRoutes(targetOf(), at(weight), noCookies, signal)
    return { canned, router }
  }
  const annotate = async ({ canned }: Awaited<ReturnType<typeof routedAt>>, change: Record<string, string>) => {
    const existing = canned.get(Ingress, canaryRef)
    const annotations = { ...existing?.metadata?.annotations, ...change }
    await canned.view.update(Ingress, { ...existing, metadata: { ...existing?.metadata, annotations } }, { signal })
  }

  it('follows the hosts and paths of the user’s Ingress, and keeps the weight in force', async () => {
    const { canned, router } = await routedAt(30)
    await canned.view.update(Ingress, ingress('podinfo', 'other.example.com'), { signal })
    assert.equal(router.state(targetOf()), 'drifted')
    await router.reconcile(targetOf(), signal)
    assert.equal(canned.get(Ingress, canaryRef)?.spec?.rules?.[0]?.host, 'other.example.com')
    assert.deepEqual(router.getRoutes(targetOf()), at(30))
  })

  it('marks the canary’s Ingress again: without the mark it would take half of all requests', async () => {
    const routed = await routedAt(30)
    await annotate(routed, { [prefix]: 'false' })
    assert.deepEqual(routed.router.getRoutes(targetOf()), at(0))
    assert.equal(routed.router.state(targetOf()), 'drifted')
    await routed.router.reconcile(targetOf(), signal)
    assert.equal(routed.canned.get(Ingress, canaryRef)?.metadata?.annotations?.[prefix], 'true')
  })

  it('keeps annotations that others add', async () => {
    const routed = await routedAt(30)
    await annotate(routed, { note: 'mine' })
    await routed.router.setRoutes(targetOf(), at(0), noCookies, signal)
    assert.equal(routed.canned.get(Ingress, canaryRef)?.metadata?.annotations?.['note'], 'mine')
  })

  it('takes a weight that is no number for none, as ingress-nginx does', async () => {
    const routed = await routedAt(30)
    await annotate(routed, { [`${prefix}-weight`]: 'some' })
    assert.deepEqual(routed.router.getRoutes(targetOf()), at(0))
  })

  it('adds those who match to the weight where there are no iterations', async () => {
    const { canned, router } = await routedAt(0)
    const both = targetOf({ match: [{ headers: { 'x-canary': { exact: 'insider' } } }] })
    await router.setRoutes(both, at(20), noCookies, signal)
    const annotations = canned.get(Ingress, canaryRef)?.metadata?.annotations ?? {}
    assert.equal(annotations[`${prefix}-by-header-value`], 'insider')
    assert.equal(annotations[`${prefix}-weight`], '20')
    assert.deepEqual(router.getRoutes(both), at(20))
  })

  it('does not know the routes before the Ingress is there and leads to the service', () => {
    const unreadable = (objects: Parameters<typeof cannedView>[0]) => () =>
      newNginxRouter(cannedView(objects)).getRoutes(targetOf())
    assert.throws(unreadable([]), { reason: 'RoutesUnreadable', message: 'ingress web.test not found' })
    assert.throws(unreadable([[Ingress, ingress('other')]]), {
      reason: 'RoutesUnreadable',
      message: 'backend podinfo not found in ingress web',
    })
  })

  const refusals: readonly { name: string; target: RouteTarget; message: RegExp }[] = [
    {
      name: 'a Canary without ingressRef',
      target: targetOf({}, { ingressRef: { apiVersion: '', kind: 'Ingress', name: '' } }),
      message: /^ingress selector is empty/,
    },
    {
      name: 'a match by anything but headers',
      target: targetOf({ match: [{ sourceLabels: { app: 'a' } }] }),
      message: /^spec\.analysis\.match\[0\]: .* a header or a cookie alone$/,
    },
    {
      name: 'a match by a header and something else',
      target: targetOf({ match: [{ headers: { 'x-a': { exact: '1' } }, sourceLabels: { app: 'a' } }] }),
      message: /^spec\.analysis\.match\[0\]\.sourceLabels: .* a header or a cookie alone$/,
    },
    {
      name: 'a match by a query parameter',
      target: targetOf({ match: [{ headers: { 'x-a': { exact: '1' } }, queryParams: { a: { exact: '1' } } }] }),
      message: /^spec\.analysis\.match\[0\]\.queryParams: .* a header or a cookie alone$/,
    },
    {
      name: 'a match by the beginning of a header',
      target: targetOf({ match: [{ headers: { 'x-a': { prefix: 'in' } } }] }),
      message: /^spec\.analysis\.match\[0\]\.headers\[x-a\]: .* exact or regex alone$/,
    },
    {
      name: 'a match by a part of a cookie',
      target: targetOf({ match: [{ headers: { Cookie: { regex: 'a' } } }] }),
      message: /^spec\.analysis\.match\[0\]\.headers\[Cookie\]: .* the name of a cookie alone$/,
    },
  ]
  for (const { name, target, message } of refusals) {
    it(`refuses ${name}`, () => {
      const router = newNginxRouter(cannedView([[Ingress, ingress('podinfo')]]))
      assert.throws(() => router.state(target), { reason: 'InvalidRouteSpec', message })
    })
  }
})
