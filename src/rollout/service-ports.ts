/** Ports of the services of a Canary: the one of its spec, and those found in the target's containers. */
import type { PodTemplateSpec, ServicePort } from '../api/core/core-v1.ts'

/** The fields of `spec.service` that decide about ports. */
export interface ServicePorts {
  readonly port: number
  readonly portName?: string
  readonly targetPort?: number | string
  readonly appProtocol?: string
  readonly portDiscovery?: boolean
}

/** Containers that a mesh adds; their ports are not the application's. */
const sidecars: readonly string[] = ['istio-proxy', 'envoy']

/** The ports of `svc`, `svc-primary` and `svc-canary`, the service's own first, the others by number. */
export function servicePorts(service: ServicePorts, template: PodTemplateSpec | undefined): readonly ServicePort[] {
  const main: ServicePort = {
    name: service.portName || 'http',
    protocol: 'TCP',
    port: service.port,
    targetPort: isSet(service.targetPort) ? service.targetPort : service.port,
    ...(service.appProtocol ? { appProtocol: service.appProtocol } : {}),
  }
  return [main, ...(service.portDiscovery && template ? discovered(service, template) : [])]
}

/** Flagger's test for "not set": the port's text is `0`. */
function isSet(port: number | string | undefined): port is number | string {
  return port !== undefined && String(port) !== '0' && port !== ''
}

function discovered(service: ServicePorts, template: PodTemplateSpec): readonly ServicePort[] {
  const containers = (template.spec?.containers ?? []).filter(({ name }) => !sidecars.includes(name))
  const found = containers.flatMap(container =>
    (container.ports ?? []).flatMap(({ name, containerPort }, i): ServicePort[] => {
      if (isMain(service, containerPort, name)) return []
      // Names are unique in a Service, and the main port has its own already.
      const portName = name && name !== (service.portName || 'http') ? name : `tcp-${container.name}-${i}`
      return [{ name: portName, protocol: 'TCP', port: containerPort, targetPort: containerPort }]
    }),
  )
  // A name stands once; the last port that has it wins.
  const byName = new Map(found.map(port => [port.name, port]))
  return [...byName.values()].sort((a, b) => a.port - b.port)
}

function isMain({ port, targetPort }: ServicePorts, containerPort: number, name: string | undefined): boolean {
  if (!isSet(targetPort)) return containerPort === port
  return typeof targetPort === 'number' ? containerPort === targetPort : name === targetPort
}
