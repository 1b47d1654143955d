/** A mesh that follows an embedded API, with HTTP servers of this process in place of pods. */
import { createServer, type Server } from 'node:http'
import { Namespace, Pod, Service } from '../../src/api/core/core-v1.ts'
import { EndpointSlice } from '../../src/api/core/discovery-v1.ts'
import { HTTPRoute } from '../../src/api/gateway-api/v1.ts'
import { DestinationRule, Gateway, VirtualService } from '../../src/api/istio/networking.ts'
import { TrafficRoute } from '../../src/api/kuma/v1alpha1.ts'
import { startApiServer } from '../../src/playground/apiserver/server.ts'
import { followCluster } from '../../src/playground/gateway/follow.ts'
import { type Mesh, startMesh } from '../../src/playground/gateway/mesh.ts'
import type { Client } from '../../src/runtime/client.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { newEventRecorder } from '../../src/runtime/events.ts'
import { newClient } from '../../src/runtime/http-client.ts'
import { newInformerSet } from '../../src/runtime/informer-set.ts'
import { silentLogger } from '../../src/runtime/log.ts'
import { definitionsOf, installDefinitions } from './kinds.ts'

/** A mesh, its API, and what stands behind its Services. */
export interface TestMesh {
  readonly mesh: Mesh
  readonly client: Client
  /** The base URL of the gateway. */
  readonly gatewayUrl: string
  /**
   * Makes Services in the namespace `test`, one for each name, each with one pod that answers with the Service's name;
   * resolves when the mesh serves them.
   */
  addServices(names: readonly string[], labels?: (name: string) => Record<string, string>): Promise<void>
  close(): Promise<void>
}

const namespace = 'test'

/** Starts one, with the Gateway `istio-system/public` that takes all hosts. */
export async function startTestMesh(): Promise<TestMesh> {
  const api = await startApiServer({ loopbackPods: true })
  const deps = { clock: systemClock, random: Math.random, log: silentLogger }
  const client = newClient({ kubeconfig: api.kubeconfig, clock: systemClock })
  const stop = new AbortController()
  const servers: Server[] = []
  await installDefinitions(client, definitionsOf([VirtualService, DestinationRule, Gateway, HTTPRoute, TrafficRoute]))
  for (const name of [namespace, 'istio-system']) await client.create(Namespace, { metadata: { name } })
  await client.apply(
    Gateway,
    {
      metadata: { name: 'public', namespace: 'istio-system' },
      spec: { servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }] },
    },
    { fieldManager: 'test' },
  )
  const mesh = await startMesh({ address: '127.0.0.1', proxyPort: 0, gatewayPort: 0, ...deps })
  const informers = newInformerSet({ client, ...deps })
  const events = newEventRecorder({ client, ...deps, component: 'mesh' })
  const unfollow = followCluster({ mesh, informers, clock: systemClock, events })
  const running = informers.run(stop.signal)
  await informers.synced()
  return {
    mesh,
    client,
    gatewayUrl: `http://127.0.0.1:${mesh.gateway.port}`,
    async addServices(names, labels = name => ({ app: name })) {
      for (const name of names) {
        const { server, port } = await listening(name)
        servers.push(server)
        await client.create(Pod, {
          metadata: { name: `${name}-1`, namespace, labels: labels(name) },
          spec: { containers: [{ name: 'web', image: 'web' }] },
        })
        await client.create(Service, { metadata: { name, namespace }, spec: { ports: [{ name: 'http', port: 80 }] } })
        await client.create(EndpointSlice, {
          metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
          addressType: 'IPv4',
          ports: [{ name: 'http', port }],
          endpoints: [{ addresses: ['127.0.0.1'], targetRef: { kind: 'Pod', name: `${name}-1`, namespace } }],
        })
      }
    },
    async close() {
      stop.abort()
      unfollow()
      await running.catch(() => {})
      await events.close()
      await client.close()
      await mesh.close()
      for (const server of servers) {
        server.closeAllConnections()
        server.close()
      }
      await api.close()
    },
  }
}

async function listening(name: string): Promise<{ server: Server; port: number }> {
  const server = createServer((_, response) => response.end(name))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  return { server, port: typeof bound === 'object' && bound ? bound.port : 0 }
}
