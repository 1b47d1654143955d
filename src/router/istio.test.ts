import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { cannedView } from '../../test/support/canned-view.ts'
import type { Canary, CanarySpec } from '../api/flagger/v1beta1.ts'
import { DestinationRule, VirtualService } from '../api/istio/networking.ts'
import { parseYaml } from '../apimachinery/yaml.ts'
import { newIstioRouter } from './istio.ts'
import { lastAppliedAnnotation, originalAnnotation } from './names.ts'
import type { Routes, RouteTarget, SessionCookies } from './router.ts'

const testdata = path.join(import.meta.dirname, 'testdata')
const signal = new AbortController().signal
const ref = { namespace: 'test', name: 'podinfo' }
const noCookies: SessionCookies = { current: '', previous: '', primary: '' }
const at = (canaryWeight: number): Routes => ({ primaryWeight: 100 - canaryWeight, canaryWeight, mirrored: false })

function targetOf(service: CanarySpec['service'], analysis: CanarySpec['analysis'] = stepwise): RouteTarget {
  const canary: Canary = {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { ...ref, uid: 'u1' },
    spec: {
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
      ...(service ? { service } : {}),
      analysis,
    },
  }
  const owner = { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', name: 'podinfo', uid: 'u1' }
  return { canary, owner: { ...owner, controller: true, blockOwnerDeletion: true }, ports: [] }
}
const stepwise: CanarySpec['analysis'] = { interval: '1m', threshold: 5, stepWeight: 10 }

interface Case {
  readonly service: CanarySpec['service']
  readonly analysis: CanarySpec['analysis']
  readonly cookies?: SessionCookies
  readonly routes: Routes
}

describe('the VirtualService of a Canary', () => {
  for (const file of readdirSync(testdata).filter(name => /^istio-.*\.in\.yaml$/.test(name))) {
    const name = file.replace('.in.yaml', '')
    it(`is as expected: ${name}`, async () => {
      // Test data that this file's types describe.
      const given = parseYaml(readFileSync(path.join(testdata, file), 'utf8')) as unknown as Case
      const wanted = parseYaml(readFileSync(path.join(testdata, `${name}.out.yaml`), 'utf8'))
      const { view, get } = cannedView([])
      const router = newIstioRouter({ view })
      const target = targetOf(given.service, given.analysis)
      await router.reconcile(target, signal)
      await router.setRoutes(target, given.routes, given.cookies ?? noCookies, signal)
      const { metadata, spec } = get(VirtualService, ref) ?? {}
      assert.deepEqual({ metadata, spec }, wanted)
      assert.deepEqual(router.getRoutes(target), given.routes)
      assert.equal(router.state(target), 'current')
    })
  }
})

describe('the Istio router', () => {
  const service = { port: 80 }

  async function routedAt(canaryWeight: number) {
    const canned = cannedView([])
    const router = newIstioRouter(canned)
    await router.reconcile(targetOf(service), signal)
    await router.setRoutes(targetOf(service), at(canaryWeight), noCookies, signal)
    return { canned, router }
  }

  it('writes nothing where nothing differs', async () => {
    const { canned, router } = await routedAt(10)
    const before = canned.writes.length
    await router.reconcile(targetOf(service), signal)
    await router.setRoutes(targetOf(service), at(10), noCookies, signal)
    assert.equal(canned.writes.length, before)
  })

  it('keeps the weights in force when the Canary changes', async () => {
    const { router } = await routedAt(30)
    const changed = targetOf({ ...service, timeout: '7s' })
    assert.equal(router.state(changed), 'drifted')
    await router.reconcile(changed, signal)
    assert.deepEqual(router.getRoutes(changed), at(30))
    assert.equal(router.state(changed), 'current')
  })

  it('keeps what somebody added by hand and the Canary knows nothing of', async () => {
    const { canned, router } = await routedAt(0)
    const existing = canned.get(VirtualService, ref)
    assert.ok(existing)
    const fault = { delay: { fixedDelay: '1s', percentage: { value: 1 } } }
    const http = existing.spec.http?.map(route => ({ ...route, fault }))
    const edited = { ...existing, spec: { ...existing.spec, exportTo: ['.'], ...(http ? { http } : {}) } }
    await canned.view.update(VirtualService, edited, { signal })
    assert.equal(router.state(targetOf(service)), 'current')
    await router.setRoutes(targetOf(service), at(20), noCookies, signal)
    const after = canned.get(VirtualService, ref)?.spec
    assert.deepEqual(after?.http?.[0]?.fault, fault)
    assert.deepEqual(after?.exportTo, ['.'])
  })

  it('keeps what was added to one route of a test on that one', async () => {
    const match = [{ headers: { 'x-canary': { exact: 'insider' } } }]
    const target = targetOf(service, { interval: '1m', threshold: 5, iterations: 3, match })
    const canned = cannedView([])
    const router = newIstioRouter(canned)
    await router.reconcile(target, signal)
    const [tested, others] = canned.get(VirtualService, ref)?.spec.http ?? []
    const faultOf = (fixedDelay: string) => ({ delay: { fixedDelay, percentage: { value: 100 } } })
    for (const [first, second] of [
      [faultOf('1s'), undefined],
      [undefined, faultOf('2s')],
    ]) {
      const existing = canned.get(VirtualService, ref)
      assert.ok(existing && tested && others)
      const http = [
        { ...tested, ...(first ? { fault: first } : {}) },
        { ...others, ...(second ? { fault: second } : {}) },
      ]
      await canned.view.update(VirtualService, { ...existing, spec: { ...existing.spec, http } }, { signal })
      assert.equal(router.state(target), 'current')
      await router.setRoutes(target, at(100), noCookies, signal)
      const after = canned.get(VirtualService, ref)?.spec.http?.map(({ fault }) => fault)
      assert.deepEqual(after, [first, second])
    }
  })

  it('takes a VirtualService over, and gives it back as it was', async () => {
    const own = { hosts: ['podinfo'], http: [{ route: [{ destination: { host: 'podinfo' } }] }] }
    const users: VirtualService = {
      apiVersion: 'networking.istio.io/v1beta1',
      kind: 'VirtualService',
      metadata: { ...ref, labels: { team: 'a' } },
      spec: own,
    }
    const canned = cannedView([[VirtualService, users]])
    const router = newIstioRouter(canned)
    const target = targetOf(service)
    assert.equal(router.state(target), 'absent')
    assert.deepEqual(router.getRoutes(target), at(0))
    await router.reconcile(target, signal)
    await router.reconcile(targetOf({ ...service, timeout: '3s' }), signal)
    const taken = canned.get(VirtualService, ref)
    assert.deepEqual(taken?.metadata.labels, { team: 'a' })
    assert.deepEqual(JSON.parse(taken?.metadata.annotations?.[originalAnnotation] ?? ''), own)
    await router.finalize(target, signal)
    assert.deepEqual(canned.get(VirtualService, ref)?.spec, own)
  })

  it('gives back what was there at the second takeover, not at the first', async () => {
    const specOf = (host: string) => ({ hosts: [host], http: [{ route: [{ destination: { host: 'podinfo' } }] }] })
    const users: VirtualService = {
      apiVersion: 'networking.istio.io/v1beta1',
      kind: 'VirtualService',
      metadata: { ...ref },
      spec: specOf('old.example.com'),
    }
    const canned = cannedView([[VirtualService, users]])
    const router = newIstioRouter(canned)
    const target = targetOf(service)
    await router.reconcile(target, signal)
    await router.finalize(target, signal)
    const given = canned.get(VirtualService, ref)
    assert.equal(given?.metadata.annotations?.[originalAnnotation], undefined)
    assert.ok(given)
    await canned.view.update(VirtualService, { ...given, spec: specOf('new.example.com') }, { signal })
    await router.reconcile(target, signal)
    await router.finalize(target, signal)
    await router.finalize(target, signal)
    assert.deepEqual(canned.get(VirtualService, ref)?.spec, specOf('new.example.com'))
  })

  it('gives back what kubectl applied where that is known', async () => {
    const own = { hosts: ['podinfo'], http: [{ route: [{ destination: { host: 'podinfo' } }] }] }
    const annotations = { [lastAppliedAnnotation]: JSON.stringify({ spec: own }) }
    const users: VirtualService = {
      apiVersion: 'networking.istio.io/v1beta1',
      kind: 'VirtualService',
      metadata: { ...ref, annotations },
      spec: own,
    }
    const canned = cannedView([[VirtualService, users]])
    const router = newIstioRouter(canned)
    await router.reconcile(targetOf(service), signal)
    assert.equal(canned.get(VirtualService, ref)?.metadata.annotations?.[originalAnnotation], undefined)
    await router.finalize(targetOf(service), signal)
    assert.deepEqual(canned.get(VirtualService, ref)?.spec, own)
  })

  it('tests those alone who match, by a query parameter too, within what the service matches', async () => {
    const queryParams = { canary: { exact: 'yes' } }
    const match = [{ uri: { prefix: '/' } }]
    const target = targetOf(
      { port: 80, match },
      { interval: '1m', threshold: 5, iterations: 3, match: [{ queryParams }] },
    )
    const canned = cannedView([])
    const router = newIstioRouter(canned)
    await router.reconcile(target, signal)
    await router.setRoutes(target, at(100), noCookies, signal)
    const [tested, others] = canned.get(VirtualService, ref)?.spec.http ?? []
    assert.deepEqual(tested?.match, [{ uri: { prefix: '/' }, queryParams }])
    assert.deepEqual(others?.match, match)
  })

  it('makes one DestinationRule a side, with the policy of the Canary', async () => {
    const canned = cannedView([])
    const router = newIstioRouter(canned)
    await router.reconcile(targetOf({ port: 80, trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } } }), signal)
    for (const name of ['podinfo-canary', 'podinfo-primary']) {
      const rule = canned.get(DestinationRule, { namespace: 'test', name })
      assert.deepEqual(rule?.spec, { host: name, trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } } })
    }
  })

  it('refuses hosts and gateways of a delegate', () => {
    const target = targetOf({ port: 80, delegation: true, hosts: ['a.example'] })
    const canned = cannedView([])
    const message = 'VirtualService podinfo.test cannot have hosts and gateways when delegation enabled'
    return assert.rejects(newIstioRouter(canned).reconcile(target, signal), { reason: 'InvalidRouteSpec', message })
  })
})
