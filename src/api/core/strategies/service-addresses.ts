/** Addresses and node ports of Services. */
import { type FieldError, invalid } from '../../../apimachinery/field-error.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import {
  type Draft,
  draftOf,
  each,
  ensure,
  fill,
  numberAt,
  objectAt,
  objectsAt,
  stringAt,
  stringsAt,
} from '../draft.ts'
import { isInBlock, isIpv4 } from '../validation/addresses.ts'
import { checkClusterIps } from '../validation/services.ts'

/** Who has which address and port. `take` answers whether it was free, or gives a free one. */
export interface ServiceAllocator {
  /** The block of addresses for Services, such as `10.0.0.0/16`. */
  readonly block: string
  isTaken(ip: string): boolean
  /** A free address; undefined when none is left. */
  freeIp(): string | undefined
  isPortTaken(port: number): boolean
  /** A free node port; undefined when none is left. */
  freePort(): number | undefined
}

/** The lowest and the highest node port. */
export const nodePortRange = { min: 30_000, max: 32_767 }

/**
 * A Service with an address and node ports as its type needs them, and with the families of its addresses. Runs before
 * validation: errors here are all that the user is told.
 */
export function allocateService(
  service: JsonObject,
  allocator: ServiceAllocator,
  previous?: JsonObject,
): { readonly service: JsonObject; readonly errors: readonly FieldError[] } {
  const draft = draftOf(service)
  const spec = ensure(draft, 'spec')
  const type = stringAt(spec, 'type')
  normalizeIps(spec)
  if (type === 'ExternalName') return { service: draft, errors: [] }
  const malformed = checkClusterIps(spec, type)
  if (malformed.length > 0) return { service: draft, errors: malformed }
  if (stringAt(spec, 'ipFamilyPolicy') === 'RequireDualStack') {
    const sentence = 'this cluster is not configured for dual-stack services'
    return { service: draft, errors: [invalid('spec.ipFamilyPolicy', 'RequireDualStack', sentence)] }
  }
  fill(spec, { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'] })
  const keeps = stringAt(objectAt(previous, 'spec'), 'clusterIP') === stringAt(spec, 'clusterIP')
  const errors = keeps && previous ? [] : allocateIp(spec, allocator)
  if (errors.length > 0) return { service: draft, errors }
  return { service: draft, errors: allocatePorts(spec, type, allocator, previous) }
}

// `clusterIP` is the first of `clusterIPs`; a client may know only one of the two fields.
function normalizeIps(spec: Draft): void {
  const ip = stringAt(spec, 'clusterIP')
  if (ip !== '' && stringsAt(spec, 'clusterIPs').length === 0) spec['clusterIPs'] = [ip]
}

function allocateIp(spec: Draft, allocator: ServiceAllocator): FieldError[] {
  const wanted = stringsAt(spec, 'clusterIPs')[0]
  if (wanted === 'None') return []
  if (wanted === undefined) {
    const ip = allocator.freeIp()
    if (ip === undefined)
      return [
        {
          type: 'InternalError',
          field: 'spec.clusterIPs',
          message: 'Internal error: failed to allocate a serviceIP: range is full',
        },
      ]
    spec['clusterIP'] = ip
    spec['clusterIPs'] = [ip]
    return []
  }
  const refuse = (why: string) => [invalid('spec.clusterIPs', [wanted], `failed to allocate IP ${wanted}: ${why}`)]
  if (!isIpv4(wanted) || !isInBlock(wanted, allocator.block)) {
    return refuse('the provided network does not match the current range')
  }
  return allocator.isTaken(wanted) ? refuse('provided IP is already allocated') : []
}

function allocatePorts(
  spec: Draft,
  type: string,
  allocator: ServiceAllocator,
  previous: JsonObject | undefined,
): FieldError[] {
  const wantsPorts = type === 'NodePort' || (type === 'LoadBalancer' && spec['allocateLoadBalancerNodePorts'] !== false)
  if (type !== 'NodePort' && type !== 'LoadBalancer') return []
  const own = new Set(objectsAt(objectAt(previous, 'spec'), 'ports').map(port => numberAt(port, 'nodePort')))
  const used = new Set<number>()
  for (const [i, port] of each(spec, 'ports').entries()) {
    const wanted = numberAt(port, 'nodePort') ?? 0
    const path = `spec.ports[${i}].nodePort`
    if (wanted === 0) {
      if (!wantsPorts) continue
      let free = allocator.freePort()
      while (free !== undefined && used.has(free)) free = allocator.freePort()
      if (free === undefined) {
        const message = 'Internal error: failed to allocate a nodePort: range is full'
        return [{ type: 'InternalError', field: path, message }]
      }
      port['nodePort'] = free
      used.add(free)
      continue
    }
    if (own.has(wanted)) continue
    if (wanted < nodePortRange.min || wanted > nodePortRange.max) {
      const range = `${nodePortRange.min}-${nodePortRange.max}`
      return [invalid(path, wanted, `provided port is not in the valid range. The range of valid ports is ${range}`)]
    }
    if (allocator.isPortTaken(wanted)) return [invalid(path, wanted, 'provided port is already allocated')]
  }
  return []
}
