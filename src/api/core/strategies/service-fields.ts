/** What the server does with fields of Services that belong to a type which the Service no longer has. */

import { jsonEqual } from '../../../apimachinery/json.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { type Draft, each, ensure, numberAt, objectAt, objectsAt, stringAt, stringsAt } from '../draft.ts'

/** Drops what was allocated for the old type where the update has it unchanged, and keeps what it left out. */
export function dropTypeDependentFields(service: Draft, previous: JsonObject): void {
  const spec = ensure(service, 'spec')
  const old = objectAt(previous, 'spec')
  keepAllocated(spec, old)
  const same = (key: string) => jsonEqual(spec[key], old[key])
  const [type, oldType] = [stringAt(spec, 'type'), stringAt(old, 'type')]
  const lost = (needs: (type: string) => boolean) => needs(oldType) && !needs(type)
  if (lost(hasAddress) && same('clusterIP') && same('clusterIPs')) {
    for (const key of ['clusterIP', 'clusterIPs']) delete spec[key]
  }
  if (lost(hasAddress)) for (const key of ['ipFamilies', 'ipFamilyPolicy']) if (same(key)) delete spec[key]
  if (lost(hasNodePorts) && samePorts(spec, old)) for (const port of each(spec, 'ports')) delete port['nodePort']
  if (oldType === 'LoadBalancer' && type !== 'LoadBalancer') {
    for (const key of ['allocateLoadBalancerNodePorts', 'loadBalancerClass']) if (same(key)) delete spec[key]
  }
  if (lost(isExternal) && same('externalTrafficPolicy') && stringsAt(spec, 'externalIPs').length === 0) {
    delete spec['externalTrafficPolicy']
  }
  if (type === 'ExternalName') delete spec['internalTrafficPolicy']
  if (type !== 'LoadBalancer') ensure(service, 'status')['loadBalancer'] = {}
}

// A client that never read the object leaves these out; they stay.
function keepAllocated(spec: Draft, old: JsonObject): void {
  const [type, oldType] = [stringAt(spec, 'type'), stringAt(old, 'type')]
  if (!hasAddress(type) || !hasAddress(oldType)) return
  if (stringAt(spec, 'clusterIP') === '' && stringsAt(spec, 'clusterIPs').length === 0) {
    for (const key of ['clusterIP', 'clusterIPs']) if (old[key] !== undefined) spec[key] = old[key]
  } else if (stringsAt(spec, 'clusterIPs').length === 0) spec['clusterIPs'] = [stringAt(spec, 'clusterIP')]
  if (stringAt(spec, 'clusterIP') === '') spec['clusterIP'] = stringsAt(spec, 'clusterIPs')[0] ?? ''
  for (const key of ['ipFamilies', 'ipFamilyPolicy']) {
    if (spec[key] === undefined && old[key] !== undefined) spec[key] = old[key]
  }
  if (hasNodePorts(type) && hasNodePorts(oldType)) keepNodePorts(spec, old)
}

function keepNodePorts(spec: Draft, old: JsonObject): void {
  const known = new Map(objectsAt(old, 'ports').map(port => [keyOf(port), numberAt(port, 'nodePort')]))
  for (const port of each(spec, 'ports')) {
    const nodePort = known.get(keyOf(port))
    if (!numberAt(port, 'nodePort') && nodePort) port['nodePort'] = nodePort
  }
}

function keyOf(port: JsonObject): string {
  return `${stringAt(port, 'protocol')}/${numberAt(port, 'port') ?? 0}`
}

function samePorts(spec: JsonObject, old: JsonObject): boolean {
  const ports = (owner: JsonObject) => objectsAt(owner, 'ports').map(port => port['nodePort'] ?? 0)
  return jsonEqual(ports(spec), ports(old))
}

const hasAddress = (type: string) => type !== 'ExternalName'
const hasNodePorts = (type: string) => type === 'NodePort' || type === 'LoadBalancer'
const isExternal = hasNodePorts
