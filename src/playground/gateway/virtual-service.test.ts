import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DestinationRule, Gateway, VirtualService } from '../../api/istio/networking.ts'
import type { RouteRule } from './config.ts'
import { routesOfVirtualServices } from './virtual-service.ts'

type Spec = NonNullable<VirtualService['spec']>
type HttpRoute = NonNullable<Spec['http']>[number]

const version = 'networking.istio.io/v1beta1'
const toWeb: HttpRoute = { route: [{ destination: { host: 'web' } }] }
const web = { service: 'test/web', weight: 100 }

function virtualService(spec: Spec, metadata: Partial<VirtualService['metadata']> = {}): VirtualService {
  return {
    apiVersion: version,
    kind: 'VirtualService',
    metadata: { namespace: 'test', name: 'web', ...metadata },
    spec: { hosts: ['web'], http: [toWeb], ...spec },
  }
}

function gateway(hosts: string[]): Gateway {
  return {
    apiVersion: version,
    kind: 'Gateway',
    metadata: { namespace: 'istio-system', name: 'public' },
    spec: { servers: [{ hosts, port: { number: 80, name: 'http', protocol: 'HTTP' } }] },
  }
}

function routesOf(
  spec: Spec,
  more: { readonly gateways?: Gateway[]; readonly destinationRules?: DestinationRule[] } = {},
) {
  return routesOfVirtualServices({
    virtualServices: [virtualService(spec)],
    destinationRules: more.destinationRules ?? [],
    gateways: more.gateways ?? [],
  })
}

describe('a VirtualService as a route', () => {
  const rules: readonly { name: string; http: HttpRoute; want: Partial<RouteRule> }[] = [
    { name: 'gives a sole destination everything', http: toWeb, want: {} },
    {
      name: 'shares by weight, and gives nothing to a destination without one',
      http: {
        route: [
          { destination: { host: 'web-primary', port: { number: 80 } }, weight: 90 },
          { destination: { host: 'web-canary.other.svc.cluster.local' }, weight: 10 },
          { destination: { host: 'web-old.other' } },
        ],
      },
      want: {
        destinations: [
          { service: 'test/web-primary', port: 80, weight: 90 },
          { service: 'other/web-canary', weight: 10 },
          { service: 'other/web-old', weight: 0 },
        ],
      },
    },
    {
      name: 'matches by everything that a request has',
      http: {
        ...toWeb,
        match: [
          {
            uri: { prefix: '/api' },
            ignoreUriCase: true,
            method: { exact: 'POST' },
            authority: { regex: 'shop.*' },
            scheme: { exact: 'http' },
            headers: { 'X-Canary': { exact: 'insider' }, cookie: {} },
            withoutHeaders: { 'X-Bot': { prefix: 'b' } },
            queryParams: { V: { regex: '[0-9]+' } },
            port: 80,
            sourceNamespace: 'shop',
            sourceLabels: { app: 'shop' },
          },
          { uri: { exact: '/' } },
        ],
      },
      want: {
        matches: [
          {
            path: { kind: 'prefix', value: '/api', ignoreCase: true },
            method: { kind: 'exact', value: 'POST' },
            authority: { kind: 'regex', value: 'shop.*' },
            scheme: { kind: 'exact', value: 'http' },
            headers: { 'x-canary': { kind: 'exact', value: 'insider' }, cookie: { kind: 'present' } },
            withoutHeaders: { 'x-bot': { kind: 'prefix', value: 'b' } },
            queryParams: { V: { kind: 'regex', value: '[0-9]+' } },
            port: 80,
            sourceNamespace: 'shop',
            sourceLabels: { app: 'shop' },
          },
          { path: { kind: 'exact', value: '/' } },
        ],
      },
    },
    {
      name: 'redirects, with 301 unless told otherwise',
      http: { redirect: { uri: '/there', authority: 'new.example', scheme: 'https', port: 8443 } },
      want: {
        destinations: [],
        redirect: { status: 301, path: '/there', authority: 'new.example', scheme: 'https', port: 8443 },
      },
    },
    {
      name: 'redirects a prefix to the port of a scheme',
      http: { redirect: { prefixRewrite: '/new', scheme: 'https', derivePort: 'FROM_PROTOCOL_DEFAULT' } },
      want: { destinations: [], redirect: { status: 301, prefix: '/new', scheme: 'https', port: 443 } },
    },
    {
      name: 'matches only where a request came in, and nothing on a gateway that it is not bound to',
      http: { ...toWeb, match: [{ gateways: ['mesh'] }, { gateways: ['other'] }] },
      want: { matches: [{ sides: ['mesh'] }, { sides: [] }] },
    },
    {
      name: 'answers by itself with bytes',
      http: { directResponse: { status: 200, body: { bytes: 'dGVh' } } },
      want: { destinations: [], directResponse: { status: 200, body: 'tea' } },
    },
    {
      name: 'rewrites by a pattern',
      http: { ...toWeb, rewrite: { uriRegexRewrite: { match: '^/v1/(.*)', rewrite: '/\\1' } } },
      want: { rewrite: { pattern: { match: '^/v1/(.*)', substitution: '/\\1' } } },
    },
    {
      name: 'mirrors to several, and nothing where a percentage has no value',
      http: {
        ...toWeb,
        mirrors: [
          { destination: { host: 'a' }, percentage: { value: 5 } },
          { destination: { host: 'b' }, percentage: {} },
        ],
      },
      want: {
        mirrors: [
          { destination: { service: 'test/a', weight: 100 }, percent: 5 },
          { destination: { service: 'test/b', weight: 100 }, percent: 0 },
        ],
      },
    },
    {
      name: 'answers by itself',
      http: { directResponse: { status: 418, body: { string: 'tea' } } },
      want: { destinations: [], directResponse: { status: 418, body: 'tea' } },
    },
    {
      name: 'rewrites path and authority',
      http: { ...toWeb, rewrite: { uri: '/v2', authority: 'inner' } },
      want: { rewrite: { path: '/v2', authority: 'inner' } },
    },
    { name: 'has a timeout', http: { ...toWeb, timeout: '1.5s' }, want: { timeoutMs: 1500 } },
    { name: 'has no timeout where it is zero', http: { ...toWeb, timeout: '0s' }, want: {} },
    {
      name: 'retries what Istio retries by default',
      http: { ...toWeb, retries: { attempts: 3, perTryTimeout: '250ms' } },
      want: {
        retries: { attempts: 3, perTryTimeoutMs: 250, on: { statuses: new Set([503]), connectFailure: true } },
      },
    },
    {
      name: 'retries what it is told to',
      http: { ...toWeb, retries: { attempts: 1, retryOn: 'gateway-error,retriable-4xx,429' } },
      want: {
        retries: { attempts: 1, on: { statuses: new Set([502, 503, 504, 409, 429]), connectFailure: true } },
      },
    },
    {
      name: 'never retries with no attempts',
      http: { ...toWeb, retries: { attempts: 0 } },
      want: { retries: { attempts: 0, on: { statuses: new Set([503]), connectFailure: true } } },
    },
    {
      name: 'puts faults in',
      http: {
        ...toWeb,
        fault: {
          abort: { httpStatus: 500, percentage: { value: 12.5 } },
          delay: { fixedDelay: '2s', percentage: { value: 50 } },
        },
      },
      want: { fault: { abort: { percent: 12.5, status: 500 }, delay: { percent: 50, delayMs: 2000 } } },
    },
    {
      name: 'mirrors a share',
      http: { ...toWeb, mirror: { host: 'web-canary' }, mirrorPercentage: { value: 5 } },
      want: { mirrors: [{ destination: { service: 'test/web-canary', weight: 100 }, percent: 5 }] },
    },
    {
      name: 'mirrors everything where no share is given',
      http: { ...toWeb, mirror: { host: 'web-canary' } },
      want: { mirrors: [{ destination: { service: 'test/web-canary', weight: 100 }, percent: 100 }] },
    },
    {
      name: 'lets other origins in',
      http: {
        ...toWeb,
        corsPolicy: {
          allowOrigin: ['*'],
          allowOrigins: [{ exact: 'http://me' }],
          allowMethods: ['GET'],
          maxAge: '24h',
          allowCredentials: true,
        },
      },
      want: {
        cors: {
          allowOrigins: [{ kind: 'exact', value: 'http://me' }, { kind: 'present' }],
          allowMethods: ['GET'],
          allowHeaders: [],
          exposeHeaders: [],
          maxAgeS: 86_400,
          allowCredentials: true,
        },
      },
    },
    {
      name: 'changes headers of the rule and of a destination',
      http: {
        headers: { request: { set: { 'x-env': 'test' } }, response: { remove: ['server'] } },
        route: [{ destination: { host: 'web' }, headers: { response: { add: { 'x-track': 'stable' } } } }],
      },
      want: {
        requestHeaders: { set: { 'x-env': 'test' } },
        responseHeaders: { remove: ['server'] },
        destinations: [{ ...web, responseHeaders: { add: { 'x-track': 'stable' } } }],
      },
    },
  ]
  for (const { name, http, want } of rules) {
    it(name, () => {
      assert.deepEqual(routesOf({ http: [http] }), [
        {
          origin: 'VirtualService test/web',
          meshServices: ['test/web'],
          meshHosts: ['web'],
          gatewayHosts: [],
          rules: [{ matches: [], destinations: [web], ...want }],
        },
      ])
    })
  }

  const bound: readonly {
    name: string
    spec: Spec
    servers?: string[]
    want: { meshServices?: string[]; meshHosts?: string[]; gatewayHosts?: string[] } | 'nothing'
  }[] = [
    { name: 'is on the mesh by default', spec: {}, want: { meshServices: ['test/web'], meshHosts: ['web'] } },
    {
      name: 'is on the mesh for a host that no Service can have',
      spec: { hosts: ['*.example.org'] },
      want: { meshHosts: ['*.example.org'] },
    },
    {
      name: 'is on a gateway that takes its host',
      spec: { hosts: ['shop.example'], gateways: ['istio-system/public'] },
      servers: ['*'],
      want: { gatewayHosts: ['shop.example'] },
    },
    {
      name: 'is on both',
      spec: { hosts: ['web'], gateways: ['mesh', 'istio-system/public'] },
      servers: ['*'],
      want: {
        meshServices: ['test/web'],
        meshHosts: ['web'],
        gatewayHosts: ['web', 'web.test.svc.cluster.local'],
      },
    },
    {
      name: 'is on no gateway that takes other hosts',
      spec: { hosts: ['shop.example'], gateways: ['istio-system/public'] },
      servers: ['*.other.example'],
      want: 'nothing',
    },
    {
      name: 'is on no gateway that takes other namespaces',
      spec: { hosts: ['shop.example'], gateways: ['istio-system/public'] },
      servers: ['shop/*'],
      want: 'nothing',
    },
    {
      name: 'is on no gateway that is not there',
      spec: { hosts: ['shop.example'], gateways: ['public'] },
      servers: ['*'],
      want: 'nothing',
    },
  ]
  for (const { name, spec, servers, want } of bound) {
    it(name, () => {
      const routes = routesOf(spec, servers ? { gateways: [gateway(servers)] } : {})
      const hosts = routes.map(({ meshServices, meshHosts, gatewayHosts }) => ({
        meshServices,
        meshHosts,
        gatewayHosts,
      }))
      assert.deepEqual(
        hosts,
        want === 'nothing' ? [] : [{ meshServices: [], meshHosts: [], gatewayHosts: [], ...want }],
      )
    })
  }

  it('finds the pods of a subset by a DestinationRule', () => {
    const rule: DestinationRule = {
      apiVersion: version,
      kind: 'DestinationRule',
      metadata: { namespace: 'test', name: 'web' },
      spec: { host: 'web.test.svc.cluster.local', subsets: [{ name: 'v2', labels: { version: 'v2' } }] },
    }
    const [route] = routesOf(
      { http: [{ route: [{ destination: { host: 'web', subset: 'v2' } }] }] },
      { destinationRules: [rule] },
    )
    assert.deepEqual(route?.rules[0]?.destinations, [{ ...web, subset: { version: 'v2' } }])
  })

  it('marks a subset that no DestinationRule defines', () => {
    const [route] = routesOf({ http: [{ route: [{ destination: { host: 'web', subset: 'v3' } }] }] })
    assert.deepEqual(route?.rules[0]?.destinations, [{ ...web, undefinedSubset: 'v3' }])
  })

  it('puts the older one of a host first', () => {
    const young = virtualService({}, { name: 'young', creationTimestamp: '2026-01-02T00:00:00Z' })
    const old = virtualService({}, { name: 'old', creationTimestamp: '2026-01-01T00:00:00Z' })
    const routes = routesOfVirtualServices({ virtualServices: [young, old], destinationRules: [], gateways: [] })
    assert.deepEqual(
      routes.map(route => route.origin),
      ['VirtualService test/old', 'VirtualService test/young'],
    )
  })

  it('says what is wrong instead of spoiling the others', () => {
    const bad = virtualService({ http: [{ ...toWeb, timeout: 'soon' }] }, { name: 'bad' })
    const routes = routesOfVirtualServices({
      virtualServices: [bad, virtualService({})],
      destinationRules: [],
      gateways: [],
    })
    assert.deepEqual(
      routes.map(({ origin, problem, rules }) => [origin, problem, rules.length]),
      [
        ['VirtualService test/bad', 'time: invalid duration "soon"', 0],
        ['VirtualService test/web', undefined, 1],
      ],
    )
  })

  it('is no route without HTTP rules', () => {
    assert.deepEqual(routesOf({ http: [] }), [])
  })
})
