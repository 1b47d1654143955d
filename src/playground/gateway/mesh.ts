/** A member's mesh: the proxy port, the ingress gateway's port, and the routing table that both follow. */
import type { Clock } from '../../runtime/clock.ts'
import { type Logger, silentLogger } from '../../runtime/log.ts'
import type { MeshConfig, Workload } from './config.ts'
import { newDataPlane } from './data-plane.ts'
import { Drains } from './drains.ts'
import { type Listener, listen } from './listener.ts'
import { passThrough, ServiceListeners } from './service-listeners.ts'
import { buildTable, type RouteProblem, type RouteTable } from './table.ts'
import { Telemetry } from './telemetry.ts'
import { Upstreams } from './upstreams.ts'

/** What a mesh needs. Ports of 0 are chosen freely. */
export interface MeshOptions {
  readonly address: string
  readonly proxyPort: number
  readonly gatewayPort: number
  readonly clock: Clock
  /** Numbers from 0 up to but without 1. */
  readonly random: () => number
  /** Told of addresses of Services that cannot be listened on. */
  readonly log?: Logger
}

/** A running mesh. */
export interface Mesh {
  /** The HTTP proxy into the mesh. */
  readonly proxy: Listener
  /** The ingress gateway. */
  readonly gateway: Listener
  /** Puts a configuration in force for every request from now on; requests under way keep theirs. */
  configure(config: MeshConfig): void
  /**
   * Resolves when no request is sent to a pod any more and those under way have their answers; rejects with the
   * signal's reason when that aborts first.
   */
  drained(namespace: string, pod: string, signal: AbortSignal): Promise<void>
  /** What is wrong with the configuration in force. */
  readonly problems: readonly RouteProblem[]
  /** The mesh's metrics in Prometheus' text format. */
  metrics(): string
  close(): Promise<void>
}

const gatewayWorkload: Workload = {
  namespace: 'istio-system',
  name: 'istio-ingressgateway',
  app: 'istio-ingressgateway',
  version: 'unknown',
}

/** Starts a mesh with nothing to route to. Throws ListenError where a port is taken. */
export async function startMesh(options: MeshOptions): Promise<Mesh> {
  const { address, clock, random, log = silentLogger } = options
  const telemetry = new Telemetry()
  const upstreams = new Upstreams({ clock })
  let current: MeshConfig = { services: [], routes: [] }
  let table: RouteTable = buildTable(current)
  const drains = new Drains(upstreams)
  const handle = newDataPlane({ clock, random, telemetry, upstreams, table: () => table, gateway: gatewayWorkload })
  const proxy = await listen(
    { clock, address, port: options.proxyPort, setting: '--proxy-port' },
    (request, response) => handle('mesh', request, response),
  )
  const gateway = await listen(
    { clock, address, port: options.gatewayPort, setting: '--gateway-port' },
    (request, response) => handle('gateway', request, response),
  ).catch(async error => {
    await proxy.close()
    throw error
  })
  const serviceListeners = new ServiceListeners({
    open({ service, ip, port }) {
      const to = { service, ip, port }
      return listen(
        {
          clock,
          address: ip,
          port,
          setting: 'the port of the Service',
          other(socket, first) {
            const { endpoints = [] } =
              current.services
                .find(({ key }) => key === service.key)
                ?.ports.find(candidate => candidate.port === port) ?? {}
            const endpoint = endpoints[Math.floor(random() * endpoints.length)]
            if (endpoint) passThrough(socket, first, endpoint)
            else socket.destroy()
          },
        },
        (request, response) => handle('mesh', request, response, to),
      )
    },
    refused: ({ service, ip, port }, error) =>
      log.warn('a Service is not reached at its address, only through the proxy', {
        service: service.key,
        address: `${ip}:${port}`,
        error,
      }),
  })
  return {
    proxy,
    gateway,
    configure(config) {
      current = config
      table = buildTable(config)
      telemetry.setInvalidRoutes(table.problems.length)
      upstreams.retain(config.services.flatMap(service => service.ports.flatMap(port => port.endpoints)))
      drains.update(config)
      serviceListeners.update(config)
    },
    drained: (namespace, pod, signal) => drains.wait(namespace, pod, signal),
    get problems() {
      return table.problems
    },
    metrics: () => telemetry.text(),
    async close() {
      await Promise.all([proxy.close(), gateway.close(), serviceListeners.close()])
      await upstreams.close()
    },
  }
}
