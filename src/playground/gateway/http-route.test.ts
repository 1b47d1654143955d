import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { HTTPRoute } from '../../api/gateway-api/v1.ts'
import type { RouteRule } from './config.ts'
import { routesOfHttpRoutes } from './http-route.ts'

type Spec = NonNullable<HTTPRoute['spec']>
type Rule = NonNullable<Spec['rules']>[number]

const backendRefs = [{ name: 'web', port: 80 }]
const web = { service: 'test/web', port: 80, weight: 1 }

function routeOf(spec: Spec) {
  const [route] = routesOfHttpRoutes([
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { namespace: 'test', name: 'web' },
      spec: { parentRefs: [{ name: 'public', namespace: 'istio-system' }], rules: [{ backendRefs }], ...spec },
    },
  ])
  assert.ok(route)
  return route
}

describe('an HTTPRoute as a route', () => {
  const rules: readonly { name: string; rule: Rule; want: Partial<RouteRule> }[] = [
    { name: 'gives each backend the weight 1 by default', rule: { backendRefs }, want: {} },
    {
      name: 'shares by weight, also over namespaces',
      rule: {
        backendRefs: [
          { name: 'web-primary', port: 80, weight: 90 },
          { name: 'web-canary', namespace: 'other', port: 80, weight: 10 },
          { name: 'web-old', port: 80, weight: 0 },
        ],
      },
      want: {
        destinations: [
          { service: 'test/web-primary', port: 80, weight: 90 },
          { service: 'other/web-canary', port: 80, weight: 10 },
          { service: 'test/web-old', port: 80, weight: 0 },
        ],
      },
    },
    {
      name: 'matches path, method, headers and query together',
      rule: {
        backendRefs,
        matches: [
          {
            path: { type: 'Exact', value: '/login' },
            method: 'POST',
            headers: [{ name: 'X-Canary', value: 'insider' }],
            queryParams: [{ name: 'V', type: 'RegularExpression', value: '[0-9]+' }],
          },
        ],
      },
      want: {
        matches: [
          {
            path: { kind: 'exact', value: '/login' },
            method: { kind: 'exact', value: 'POST' },
            headers: { 'x-canary': { kind: 'exact', value: 'insider' } },
            queryParams: { V: { kind: 'regex', value: '[0-9]+' } },
          },
        ],
      },
    },
    {
      name: 'ends a prefix at a path element',
      rule: { backendRefs, matches: [{ path: { type: 'PathPrefix', value: '/api/' } }] },
      want: { matches: [{ path: { kind: 'prefix', value: '/api', atElement: true } }] },
    },
    {
      name: 'takes the root as a prefix of everything',
      rule: { backendRefs, matches: [{ path: { type: 'PathPrefix', value: '/' } }] },
      want: { matches: [{ path: { kind: 'prefix', value: '/' } }] },
    },
    {
      name: 'changes headers of the rule and of a backend',
      rule: {
        filters: [
          {
            type: 'RequestHeaderModifier',
            requestHeaderModifier: { set: [{ name: 'X-Env', value: 'test' }], remove: ['x-secret'] },
          },
        ],
        backendRefs: [
          {
            name: 'web',
            port: 80,
            filters: [
              {
                type: 'ResponseHeaderModifier',
                responseHeaderModifier: { add: [{ name: 'X-Track', value: 'stable' }] },
              },
            ],
          },
        ],
      },
      want: {
        requestHeaders: { set: { 'x-env': 'test' }, add: {}, remove: ['x-secret'] },
        destinations: [{ ...web, responseHeaders: { set: {}, add: { 'x-track': 'stable' }, remove: [] } }],
      },
    },
    {
      name: 'redirects, with 302 unless told otherwise',
      rule: {
        filters: [
          {
            type: 'RequestRedirect',
            requestRedirect: {
              hostname: 'new.example',
              scheme: 'https',
              path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/v2' },
            },
          },
        ],
      },
      want: {
        destinations: [],
        redirect: { status: 302, authority: 'new.example', scheme: 'https', prefix: '/v2' },
      },
    },
    {
      name: 'rewrites a prefix to nothing',
      rule: {
        backendRefs,
        filters: [
          {
            type: 'URLRewrite',
            urlRewrite: { hostname: 'inner', path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '' } },
          },
        ],
      },
      want: { rewrite: { authority: 'inner', path: '' } },
    },
    {
      name: 'mirrors',
      rule: {
        backendRefs,
        filters: [{ type: 'RequestMirror', requestMirror: { backendRef: { name: 'web-canary', port: 80 } } }],
      },
      want: { mirrors: [{ destination: { service: 'test/web-canary', port: 80, weight: 1 }, percent: 100 }] },
    },
    { name: 'has a timeout', rule: { backendRefs, timeouts: { request: '2s' } }, want: { timeoutMs: 2000 } },
  ]
  for (const { name, rule, want } of rules) {
    it(name, () => {
      assert.deepEqual(routeOf({ rules: [rule] }), {
        origin: 'HTTPRoute test/web',
        meshServices: [],
        meshHosts: [],
        gatewayHosts: ['*'],
        rules: [{ matches: [{}], destinations: [web], ...want }],
      })
    })
  }

  it('is on the gateway for its host names', () => {
    assert.deepEqual(routeOf({ hostnames: ['shop.example', '*.wild.example'] }).gatewayHosts, [
      'shop.example',
      '*.wild.example',
    ])
  })

  it('is on the mesh where its parent is a Service', () => {
    const { meshServices, gatewayHosts } = routeOf({
      parentRefs: [{ group: '', kind: 'Service', name: 'web', port: 80 }],
    })
    assert.deepEqual({ meshServices, gatewayHosts }, { meshServices: ['test/web'], gatewayHosts: [] })
  })

  it('asks the more specific match first, whatever the order of its rules', () => {
    const matches: NonNullable<Rule['matches']> = [
      { path: { type: 'PathPrefix', value: '/' } },
      { path: { type: 'PathPrefix', value: '/api' } },
      { path: { type: 'PathPrefix', value: '/api' }, headers: [{ name: 'x-canary', value: 'insider' }] },
      { path: { type: 'PathPrefix', value: '/api' }, method: 'GET' },
      { path: { type: 'Exact', value: '/api' } },
    ]
    const { rules: sorted } = routeOf({
      rules: matches.map((match, at) => ({ name: `r${at}`, matches: [match], backendRefs })),
    })
    assert.deepEqual(
      sorted.map(rule => rule.name),
      ['r4', 'r3', 'r2', 'r1', 'r0'],
    )
  })
})
