import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Ingress } from '../../api/core/networking-v1.ts'
import type { RouteConfig, RouteRule, ServiceConfig } from './config.ts'
import * as translation from './ingress.ts'

type Path = NonNullable<NonNullable<NonNullable<Ingress['spec']>['rules']>[number]['http']>['paths'][number]

const services: readonly ServiceConfig[] = [
  { key: 'test/web', namespace: 'test', name: 'web', ports: [{ name: 'http', port: 80, endpoints: [] }] },
]
const main = { service: 'test/web', port: 80, weight: 1 }
const canary = { service: 'test/web-canary', port: 80, weight: 1 }
const path = { kind: 'prefix', value: '/' } as const

function ingress(name: string, paths: readonly Partial<Path>[], annotations: Record<string, string> = {}): Ingress {
  return {
    metadata: {
      namespace: 'test',
      name,
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([key, value]) => [`nginx.ingress.kubernetes.io/${key}`, value]),
      ),
    },
    spec: {
      rules: [
        {
          host: 'shop.example',
          http: {
            paths: paths.map(each => ({
              path: '/',
              pathType: 'Prefix',
              backend: { service: { name, port: { number: 80 } } },
              ...each,
            })),
          },
        },
      ],
    },
  }
}

/** The routes without how they are counted, which one test of its own is about. */
function routesOfIngresses(ingresses: readonly Ingress[]): RouteConfig[] {
  return translation.routesOfIngresses(ingresses, services).map(route => ({
    ...route,
    rules: route.rules.map(rule => ({
      ...rule,
      destinations: rule.destinations.map(({ counted: _, ...destination }) => destination),
    })),
  }))
}

describe('Ingresses as routes', () => {
  it('leads a host to its Service', () => {
    assert.deepEqual(routesOfIngresses([ingress('web', [{}])]), [
      {
        origin: 'Ingress test/web',
        meshServices: [],
        meshHosts: [],
        gatewayHosts: ['shop.example'],
        rules: [{ matches: [{ path }], destinations: [main] }],
      },
    ])
  })

  it('finds a port by its name', () => {
    const [route] = routesOfIngresses([
      ingress('web', [{ backend: { service: { name: 'web', port: { name: 'http' } } } }]),
    ])
    assert.deepEqual(route?.rules[0]?.destinations, [main])
  })

  it('asks exact and longer paths first', () => {
    const routes = routesOfIngresses([
      ingress('web', [{ path: '/' }, { path: '/api' }, { path: '/api', pathType: 'Exact' }, { path: '/api/v1/' }]),
    ])
    assert.deepEqual(
      routes.map(route => route.rules[0]?.matches[0]?.path),
      [
        { kind: 'prefix', value: '/api/v1', atElement: true },
        { kind: 'exact', value: '/api' },
        { kind: 'prefix', value: '/api', atElement: true },
        { kind: 'prefix', value: '/' },
      ],
    )
  })

  const header = (value: string) => ({ kind: 'exact', value }) as const
  const split = (percent: number): RouteRule => ({
    matches: [{ path }],
    destinations: [
      { ...main, weight: 100 - percent },
      { ...canary, weight: percent },
    ],
  })
  const when = (headers: RouteRule['matches'][number]['headers'], to: typeof main): RouteRule => ({
    matches: [{ path, ...(headers ? { headers } : {}) }],
    destinations: [to],
  })
  const canaries: readonly { name: string; annotations: Record<string, string>; want: RouteRule[] }[] = [
    { name: 'sends nothing to a canary without a weight', annotations: {}, want: [split(0)] },
    { name: 'shares by weight', annotations: { 'canary-weight': '10' }, want: [split(10)] },
    { name: 'keeps the weight within 0 and 100', annotations: { 'canary-weight': '1000' }, want: [split(100)] },
    { name: 'takes a weight that is no number for 0', annotations: { 'canary-weight': 'some' }, want: [split(0)] },
    {
      name: 'goes by a header that says always or never',
      annotations: { 'canary-by-header': 'X-Canary', 'canary-weight': '5' },
      want: [when({ 'x-canary': header('always') }, canary), when({ 'x-canary': header('never') }, main), split(5)],
    },
    {
      name: 'goes by the value of a header',
      annotations: { 'canary-by-header': 'X-Canary', 'canary-by-header-value': 'insider' },
      want: [when({ 'x-canary': header('insider') }, canary), split(0)],
    },
    {
      name: 'goes by the pattern of a header',
      annotations: { 'canary-by-header': 'X-Canary', 'canary-by-header-pattern': 'in.*' },
      want: [when({ 'x-canary': { kind: 'regex', value: '.*(?:in.*).*' } }, canary), split(0)],
    },
    {
      name: 'goes by a cookie',
      annotations: { 'canary-by-cookie': 'canary' },
      want: [
        when({ cookie: { kind: 'regex', value: '(.*;\\s*)?canary=always(;.*)?' } }, canary),
        when({ cookie: { kind: 'regex', value: '(.*;\\s*)?canary=never(;.*)?' } }, main),
        split(0),
      ],
    },
  ]
  for (const { name, annotations, want } of canaries) {
    it(name, () => {
      const both = [ingress('web', [{}]), ingress('web-canary', [{}], { canary: 'true', ...annotations })]
      const routes = routesOfIngresses(both)
      assert.equal(routes.length, 1)
      assert.deepEqual(routes[0]?.rules, want)
    })
  }

  it('counts for the main Ingress, and names who answers where it is the canary', () => {
    const both = [ingress('web', [{}]), ingress('web-canary', [{}], { canary: 'true', 'canary-weight': '10' })]
    const [route] = translation.routesOfIngresses(both, services)
    const labels = {
      namespace: 'test',
      ingress: 'web',
      service: 'web',
      canary: '',
      host: 'shop.example',
      path: '/',
      controller_class: 'k8s.io/ingress-nginx',
    }
    assert.deepEqual(
      route?.rules[0]?.destinations.map(({ counted }) => counted),
      [
        { proxy: 'ingress-nginx', labels },
        { proxy: 'ingress-nginx', labels: { ...labels, canary: 'test-web-canary-80' } },
      ],
    )
  })

  it('is no route for a canary without a main Ingress', () => {
    assert.deepEqual(routesOfIngresses([ingress('web-canary', [{}], { canary: 'true' })]), [])
  })
})
