/** The mesh alone in a process, for bench/mesh.ts: splits 90/10 between the two ports that it is given. */
import type { ServiceConfig } from '../src/playground/gateway/config.ts'
import { startMesh } from '../src/playground/gateway/mesh.ts'
import { systemClock } from '../src/runtime/clock.ts'

const [primary = 0, canary = 0] = process.argv.slice(2).map(Number)

const service = (name: string, port: number): ServiceConfig => ({
  key: `bench/${name}`,
  namespace: 'bench',
  name,
  ports: [
    {
      name: 'http',
      port: 80,
      endpoints: [
        {
          address: '127.0.0.1',
          port,
          pod: `${name}-1`,
          labels: {},
          workload: { namespace: 'bench', name, app: name, version: 'v1' },
        },
      ],
    },
  ],
})

const mesh = await startMesh({
  address: '127.0.0.1',
  proxyPort: 0,
  gatewayPort: 0,
  clock: systemClock,
  random: Math.random,
})
mesh.configure({
  services: [service('primary', primary), service('canary', canary)],
  routes: [
    {
      origin: 'VirtualService bench/web',
      meshServices: [],
      meshHosts: [],
      gatewayHosts: ['*'],
      rules: [
        {
          matches: [],
          destinations: [
            { service: 'bench/primary', weight: 90 },
            { service: 'bench/canary', weight: 10 },
          ],
        },
      ],
    },
  ],
})
process.once('disconnect', () => process.exit(0))
process.send?.(mesh.gateway.port)
