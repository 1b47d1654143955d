import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { MeshConfig, ServiceConfig } from '../../../src/playground/gateway/config.ts'
import { type Mesh, startMesh } from '../../../src/playground/gateway/mesh.ts'
import { systemClock } from '../../../src/runtime/clock.ts'
import { countBodies, startRawServer } from '../../support/raw-http.ts'
import { seededRandom } from '../../support/seeded-random.ts'

const total = 100_000
const connections = 10
const weights: Readonly<Record<string, number>> = { primary: 90, canary: 9, rare: 1 }
// Of the chi-square distribution with two degrees of freedom: a fair split is further off once in a thousand.
const critical = 13.82

function service(name: string, port: number): ServiceConfig {
  const workload = { namespace: 'test', name, app: name, version: 'v1' }
  const endpoints = [{ address: '127.0.0.1', port, pod: `${name}-1`, labels: {}, workload }]
  return { key: `test/${name}`, namespace: 'test', name, ports: [{ name: 'http', port: 80, endpoints }] }
}

describe(`a split of ${total} requests`, { timeout: 240_000 }, () => {
  let mesh: Mesh
  const servers: { close(): Promise<void> }[] = []
  before(async () => {
    mesh = await startMesh({
      address: '127.0.0.1',
      proxyPort: 0,
      gatewayPort: 0,
      clock: systemClock,
      random: seededRandom(4),
    })
    const services: ServiceConfig[] = []
    for (const name of Object.keys(weights)) {
      const server = await startRawServer(name[0] ?? '')
      servers.push(server)
      services.push(service(name, server.port))
    }
    const destinations = Object.entries(weights).map(([name, weight]) => ({ service: `test/${name}`, weight }))
    const config: MeshConfig = {
      services,
      routes: [
        {
          origin: 'VirtualService test/web',
          meshServices: [],
          meshHosts: [],
          gatewayHosts: ['web.example'],
          rules: [{ matches: [], destinations }],
        },
      ],
    }
    mesh.configure(config)
  })
  after(async () => {
    await mesh.close()
    await Promise.all(servers.map(server => server.close()))
  })

  it('has the distribution of the weights, in the answers and in the metrics alike', async () => {
    const found = await Promise.all(
      Array.from({ length: connections }, () =>
        countBodies({ port: mesh.gateway.port, host: 'web.example', total: total / connections, ahead: 50 }),
      ),
    )
    const counts = Object.keys(weights).map(name => [
      name,
      found.reduce((sum, one) => sum + (one.get(name[0] ?? '') ?? 0), 0),
    ])
    const chiSquare = counts.reduce((sum, [name, count]) => {
      const expected = (total * (weights[name ?? ''] ?? 0)) / 100
      return sum + (Number(count) - expected) ** 2 / expected
    }, 0)
    assert.ok(chiSquare < critical, `${counts.join(' ')}, chi-square ${chiSquare}`)
    const counted = [
      ...mesh
        .metrics()
        .matchAll(
          /^istio_requests_total\{reporter="destination",.*destination_workload="(\w+)".*response_code="200".*\} (\d+)$/gm,
        ),
    ].map(([, name, count]) => [name, Number(count)])
    assert.deepEqual(counted.sort(), counts.toSorted())
  })
})
