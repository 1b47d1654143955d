/** What the guides expect a cluster with a traffic provider to have: a Gateway, and Prometheus under the names they use. */
import { Namespace, Service } from '../api/core/core-v1.ts'
import { EndpointSlice } from '../api/core/discovery-v1.ts'
import { Gateway } from '../api/istio/networking.ts'
import type { Client } from '../runtime/client.ts'

const options = { fieldManager: 'serin', force: true }

interface PrometheusName {
  readonly namespace: string
  readonly name: string
  readonly port: number
}

/** Where the guides' metric templates look for Prometheus; that for nginx holds the member's name. */
function prometheusNames(member: string): readonly PrometheusName[] {
  const ofFlagger = (name: string) => ({
    namespace: 'ingress-nginx',
    name: `ingress-nginx-flagger-${name}-prometheus`,
    port: 9090,
  })
  // The guides' manifests have the name of their own member in them.
  const members = new Set([member, 'kurator-member'])
  return [
    { namespace: 'istio-system', name: 'prometheus', port: 9090 },
    { namespace: 'mesh-observability', name: 'prometheus-server', port: 80 },
    ...[...members].map(ofFlagger),
  ]
}

/** Applies them. Idempotent; `prometheusUrl` is on loopback. */
export async function installGuideObjects(
  client: Client,
  { member, prometheusUrl }: { readonly member: string; readonly prometheusUrl: string },
): Promise<void> {
  const services = prometheusNames(member)
  const namespaces = new Set(services.map(({ namespace }) => namespace))
  await Promise.all([...namespaces].map(name => client.apply(Namespace, { metadata: { name } }, options)))
  const { hostname, port } = new URL(prometheusUrl)
  await Promise.all([
    client.apply(Gateway, publicGateway, options),
    ...services.map(service => applyService(client, service, { address: hostname, port: Number(port) })),
  ])
}

const publicGateway = {
  metadata: { name: 'public-gateway', namespace: 'istio-system' },
  spec: {
    selector: { istio: 'ingressgateway' },
    servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
  },
}

/** A Service without selector, whose one endpoint is outside of the cluster. */
async function applyService(
  client: Client,
  { namespace, name, port }: PrometheusName,
  endpoint: { readonly address: string; readonly port: number },
): Promise<void> {
  await client.apply(
    Service,
    { metadata: { name, namespace }, spec: { ports: [{ name: 'http', port, protocol: 'TCP' }] } },
    options,
  )
  await client.apply(
    EndpointSlice,
    {
      metadata: {
        name,
        namespace,
        labels: { 'kubernetes.io/service-name': name, 'endpointslice.kubernetes.io/managed-by': 'serin' },
      },
      addressType: 'IPv4',
      ports: [{ name: 'http', port: endpoint.port, protocol: 'TCP' }],
      endpoints: [{ addresses: [endpoint.address], conditions: { ready: true } }],
    },
    options,
  )
}
