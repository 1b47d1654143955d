import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { VirtualService } from '../../api/istio/networking.ts'
import { withDelegates } from './delegate.ts'

type HttpRoute = NonNullable<NonNullable<VirtualService['spec']>['http']>[number]
type Match = HttpRoute['match']

const to = (host: string): HttpRoute => ({ route: [{ destination: { host } }] })
const delegate = { name: 'shop', namespace: 'shops' }

function virtualService(name: string, namespace: string, http: readonly HttpRoute[]): VirtualService {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace },
    spec: { ...(name === 'root' ? { hosts: ['shop.example'] } : {}), http },
  }
}

function routesOf(root: readonly HttpRoute[], own: readonly HttpRoute[]) {
  const shop = virtualService('shop', 'shops', own)
  return withDelegates(virtualService('root', 'front', root), ({ namespace, name }) =>
    namespace === 'shops' && name === 'shop' ? shop : undefined,
  )
}

describe('a VirtualService that delegates', () => {
  it("has its delegates' routes in the place of its own, with hosts in their namespace", () => {
    const root = [{ match: [{ uri: { prefix: '/shop' } }], delegate }, to('site')]
    assert.deepEqual(routesOf(root, [to('podinfo-primary')]), [
      { route: { ...to('podinfo-primary'), match: [{ uri: { prefix: '/shop' } }] }, namespace: 'shops' },
      { route: to('site'), namespace: 'front' },
    ])
  })

  it('gives what the delegate leaves open', () => {
    const [first] = routesOf([{ delegate, timeout: '5s', retries: { attempts: 2 } }], [{ ...to('a'), timeout: '1s' }])
    assert.deepEqual(first?.route, { ...to('a'), timeout: '1s', retries: { attempts: 2 } })
  })

  it('has no route where the delegate is missing, or delegates again', () => {
    assert.deepEqual(routesOf([{ delegate: { name: 'other' } }], [to('a')]), [])
    assert.deepEqual(routesOf([{ delegate }], [{ delegate }]), [])
  })

  const cases: readonly { name: string; root: Match; own: Match; want: Match | 'none' }[] = [
    { name: 'neither asks for anything', root: [], own: [], want: undefined },
    {
      name: 'both ask, for different things',
      root: [{ uri: { prefix: '/shop' } }],
      own: [{ headers: { a: { exact: '1' } } }, { method: { exact: 'GET' } }],
      want: [
        { headers: { a: { exact: '1' } }, uri: { prefix: '/shop' } },
        { method: { exact: 'GET' }, uri: { prefix: '/shop' } },
      ],
    },
    {
      name: 'the path of the delegate is below that of the root',
      root: [{ uri: { prefix: '/shop' } }],
      own: [{ uri: { exact: '/shop/cart' } }],
      want: [{ uri: { exact: '/shop/cart' } }],
    },
    {
      name: 'the path of the delegate is elsewhere',
      root: [{ uri: { prefix: '/shop' } }],
      own: [{ uri: { prefix: '/blog' } }],
      want: 'none',
    },
    {
      name: 'both ask for headers',
      root: [{ headers: { a: { exact: '1' } } }],
      own: [{ headers: { b: { exact: '2' } } }],
      want: [{ headers: { a: { exact: '1' }, b: { exact: '2' } } }],
    },
    {
      name: 'both ask for the same header',
      root: [{ headers: { a: { exact: '1' } } }],
      own: [{ headers: { a: { exact: '2' } } }],
      want: 'none',
    },
  ]
  for (const { name, root, own, want } of cases) {
    it(`joins matches where ${name}`, () => {
      const routes = routesOf(
        [{ delegate, ...(root ? { match: root } : {}) }],
        [{ ...to('a'), ...(own ? { match: own } : {}) }],
      )
      const expected = want === 'none' ? [] : [{ ...to('a'), ...(want ? { match: want } : {}) }]
      assert.deepEqual(
        routes.map(({ route }) => (route.match?.length === 0 ? { ...to('a') } : route)),
        expected,
      )
    })
  }
})
