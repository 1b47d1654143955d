import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { TrafficRoute } from '../../api/kuma/v1alpha1.ts'
import { routesOfTrafficRoutes } from './traffic-route.ts'

const tag = (service: string) => ({ 'kuma.io/service': service })
const route = (destination: string, ...split: readonly (readonly [string, number])[]): TrafficRoute => ({
  apiVersion: 'kuma.io/v1alpha1',
  kind: 'TrafficRoute',
  metadata: { name: 'web' },
  mesh: 'default',
  spec: {
    sources: [{ match: tag('*') }],
    destinations: [{ match: tag(destination) }],
    conf: { split: split.map(([service, weight]) => ({ weight, destination: tag(service) })) },
  },
})

describe('TrafficRoutes as routes', () => {
  it('share the requests to one port of a Service out, and leave its other ports alone', () => {
    const split = route('web_test_svc_80', ['web-primary_test_svc_80', 90], ['web-canary_test_svc_80', 10])
    assert.deepEqual(routesOfTrafficRoutes([split]), [
      {
        origin: 'TrafficRoute web',
        meshServices: ['test/web'],
        meshHosts: [],
        gatewayHosts: [],
        rules: [
          {
            matches: [{ port: 80 }],
            destinations: [
              { service: 'test/web-primary', port: 80, weight: 90 },
              { service: 'test/web-canary', port: 80, weight: 10 },
            ],
          },
          { matches: [], destinations: [{ service: 'test/web', weight: 1 }] },
        ],
      },
    ])
  })

  it('are none for the route of everything', () => {
    assert.deepEqual(routesOfTrafficRoutes([route('*')]), [])
  })

  it('say what is wrong with a tag, and spoil no other', () => {
    const [bad, good] = routesOfTrafficRoutes([route('web'), route('web_test_svc_80', ['web_test_svc_80', 1])])
    assert.match(bad?.problem ?? '', /"web" names no port of a Service, as NAME_NAMESPACE_svc_PORT/)
    assert.equal(good?.problem, undefined)
  })
})
