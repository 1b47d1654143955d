/** Defaults of Services. */
import { child, type Draft, each, ensure, fill, has, numberAt, stringAt } from '../draft.ts'

// Three hours (service.spec.sessionAffinityConfig.clientIP.timeoutSeconds).
const affinitySeconds = 10_800

/** Completes a Service; its addresses and node ports are the allocator's. */
export function defaultService(service: Draft): void {
  const spec = ensure(service, 'spec')
  fill(spec, { sessionAffinity: 'None', type: 'ClusterIP' })
  defaultAffinity(spec)
  for (const port of each(spec, 'ports')) defaultPort(port)
  const type = stringAt(spec, 'type')
  if (isExternallyAccessible(spec, type)) fill(spec, { externalTrafficPolicy: 'Cluster' })
  if (type !== 'ExternalName' && ['ClusterIP', 'NodePort', 'LoadBalancer'].includes(type)) {
    fill(spec, { internalTrafficPolicy: 'Cluster' })
  }
  if (type === 'LoadBalancer') {
    fill(spec, { allocateLoadBalancerNodePorts: true })
    for (const ingress of each(child(child(service, 'status'), 'loadBalancer'), 'ingress')) {
      if (has(ingress, 'ip')) fill(ingress, { ipMode: 'VIP' })
    }
  }
}

function defaultAffinity(spec: Draft): void {
  if (spec['sessionAffinity'] === 'None') delete spec['sessionAffinityConfig']
  if (spec['sessionAffinity'] !== 'ClientIP') return
  const configured = numberAt(child(child(spec, 'sessionAffinityConfig'), 'clientIP'), 'timeoutSeconds')
  if (configured === undefined) spec['sessionAffinityConfig'] = { clientIP: { timeoutSeconds: affinitySeconds } }
}

function defaultPort(port: Draft): void {
  fill(port, { protocol: 'TCP' })
  const target = port['targetPort']
  if (target === undefined || target === null || target === 0 || target === '') port['targetPort'] = port['port'] ?? 0
}

function isExternallyAccessible(spec: Draft, type: string): boolean {
  if (type === 'LoadBalancer' || type === 'NodePort') return true
  const addresses = spec['externalIPs']
  return type === 'ClusterIP' && Array.isArray(addresses) && addresses.length > 0
}
