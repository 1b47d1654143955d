/** The mesh's view of Services: their ports and the ready pods behind each. Pure. */
import type { Pod, Service } from '../../api/core/core-v1.ts'
import type { EndpointSlice } from '../../api/core/discovery-v1.ts'
import type { Endpoint, ProviderCount, ServiceConfig, Workload } from './config.ts'

/** The objects that Services are made of. */
export interface ServiceObjects {
  readonly services: readonly Service[]
  readonly endpointSlices: readonly EndpointSlice[]
  /** Finds a pod by namespace and name. */
  readonly pod: (namespace: string, name: string) => Pod | undefined
}

/** All Services with their ready endpoints. Slices belong to the Service that their label names. */
export function servicesOf({ services, endpointSlices, pod }: ServiceObjects): ServiceConfig[] {
  const slices = Map.groupBy(
    endpointSlices,
    slice => `${slice.metadata?.namespace}/${slice.metadata?.labels?.['kubernetes.io/service-name']}`,
  )
  return services.map(service => {
    const { namespace = '', name = '' } = service.metadata ?? {}
    const key = `${namespace}/${name}`
    const clusterIP = service.spec?.clusterIP
    return {
      key,
      namespace,
      name,
      ...(clusterIP && clusterIP !== 'None' ? { clusterIP } : {}),
      ports: (service.spec?.ports ?? []).map(port => ({
        name: port.name ?? '',
        port: port.port,
        endpoints: (slices.get(key) ?? []).flatMap(slice => endpointsOf(slice, port.name ?? '', pod)),
        ...countedByKuma(service, port.port),
      })),
    }
  })
}

/** Kuma's sidecars count requests to ports whose protocol an annotation names; to them other ports carry bytes. */
function countedByKuma({ metadata }: Service, port: number): { readonly counted?: ProviderCount } {
  const protocol = metadata?.annotations?.[`${port}.service.kuma.io/protocol`] ?? ''
  if (!/^(http|http2|grpc)$/.test(protocol)) return {}
  const service = `${metadata?.name}_${metadata?.namespace}_svc_${port}`
  return { counted: { proxy: 'kuma', labels: { mesh: 'default', service } } }
}

/** Who a pod belongs to, as Istio's telemetry names it: its Deployment, DaemonSet or Job; else the pod itself. */
export function workloadOf(pod: Pod): Workload {
  const { namespace = '', name = '', labels = {}, ownerReferences = [] } = pod.metadata ?? {}
  const owner = ownerReferences.find(reference => reference.controller)
  const hash = labels['pod-template-hash']
  const app = labels['app'] ?? labels['app.kubernetes.io/name'] ?? 'unknown'
  return {
    namespace,
    // A ReplicaSet's name is its Deployment's with the hash of the template.
    name: hash && owner?.name.endsWith(`-${hash}`) ? owner.name.slice(0, -hash.length - 1) : (owner?.name ?? name),
    app,
    version: labels['version'] ?? labels['app.kubernetes.io/version'] ?? 'unknown',
  }
}

function endpointsOf(slice: EndpointSlice, portName: string, pod: ServiceObjects['pod']): Endpoint[] {
  const port = slice.ports?.find(candidate => (candidate.name ?? '') === portName)?.port
  if (port === undefined) return []
  const namespace = slice.metadata?.namespace ?? ''
  return (slice.endpoints ?? [])
    .filter(endpoint => endpoint.conditions?.ready !== false)
    .flatMap(endpoint => {
      const name = endpoint.targetRef?.name ?? ''
      const found = pod(namespace, name)
      return endpoint.addresses.map(address => ({
        address,
        port,
        pod: name,
        labels: found?.metadata?.labels ?? {},
        workload: found
          ? workloadOf(found)
          : { namespace, name: name || 'unknown', app: 'unknown', version: 'unknown' },
      }))
    })
}
