/** Services. */
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  notSupportedInOrder,
  required,
} from '../../../apimachinery/field-error.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { has, numberAt, objectAt, objectsAt, stringAt, stringMapAt, stringsAt } from '../draft.ts'
import { isCidr, isInBlock, isIpAddress, isIpv4, isIpv6, notAnAddress } from './addresses.ts'
import {
  checkLabelName,
  checkPort,
  checkPortNumber,
  checkQualifiedName,
  checkSubdomain,
  type Problems,
} from './checks.ts'
import { internalJson } from './internal-json.ts'
import { checkLabels } from './labels.ts'

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']
const protocols = ['SCTP', 'TCP', 'UDP']

/** A Service, but for its metadata, with its addresses as they are allocated. */
export function checkService(service: JsonObject): Problems {
  const spec = objectAt(service, 'spec')
  const ports = objectsAt(spec, 'ports')
  const type = stringAt(spec, 'type')
  const names = new Set<string>()
  const noPorts = ports.length === 0 && !isHeadless(spec) && type !== 'ExternalName'
  return [
    ...(noPorts ? [required('spec.ports')] : []),
    ...checkType(spec, type),
    ...ports.flatMap((port, i) => checkServicePort(`spec.ports[${i}]`, port, ports.length > 1, names)),
    ...checkLabels('spec.selector', stringMapAt(spec, 'selector')),
    ...checkAffinity(spec),
    ...checkClusterIps(spec, type),
    ...stringsAt(spec, 'externalIPs').flatMap((ip, i) => checkEndpointAddress(`spec.externalIPs[${i}]`, ip)),
    ...(types.includes(type) ? [] : [type === '' ? required('spec.type') : notSupported('spec.type', type, types)]),
    ...checkPortNumbers(ports, type),
    ...checkLoadBalancer(spec, type),
    ...checkExternalTraffic(spec, type),
    ...checkInternalTraffic(spec, type),
    ...checkDistribution(spec),
  ]
}

/** What of a Service may not change. */
export function checkServiceUpdate(next: JsonObject, previous: JsonObject): Problems {
  const [spec, old] = [objectAt(next, 'spec'), objectAt(previous, 'spec')]
  const type = stringAt(spec, 'type')
  const problems = checkSameAddresses(spec, old)
  const keepsBalancer = type === 'LoadBalancer' && stringAt(old, 'type') === 'LoadBalancer'
  if (keepsBalancer && stringAt(spec, 'loadBalancerClass') !== stringAt(old, 'loadBalancerClass')) {
    problems.push(invalid('spec.loadBalancerClass', spec['loadBalancerClass'], 'may not change once set'))
  }
  const ports = [spec, old].map(each => numberAt(each, 'healthCheckNodePort'))
  if (needsHealthCheck(spec) && needsHealthCheck(old) && ports[0] !== ports[1]) {
    problems.push(forbidden('spec.healthCheckNodePort', 'field is immutable'))
  }
  return problems
}

/** Whether a Service has no address of its own. */
export function isHeadless(spec: JsonObject): boolean {
  return stringsAt(spec, 'clusterIPs')[0] === 'None'
}

function checkSameAddresses(spec: JsonObject, old: JsonObject): Problems {
  if ([spec, old].some(each => stringAt(each, 'type') === 'ExternalName')) return []
  if (isHeadless(spec) && isHeadless(old)) return []
  const [next, before] = [stringsAt(spec, 'clusterIPs'), stringsAt(old, 'clusterIPs')]
  const shown = next.length === 0 ? undefined : next
  const path = 'spec.clusterIPs'
  if (next.length === 0 && before.length > 0)
    return [invalid(`${path}[0]`, shown, 'primary clusterIP can not be unset')]
  return before
    .flatMap((ip, i) => (next[i] === undefined || next[i] === ip ? [] : [`${path}[${i}]`]))
    .map(at => invalid(at, shown, 'may not change once set'))
}

function checkType(spec: JsonObject, type: string): Problems {
  if ((type === 'LoadBalancer' || type === 'NodePort') && isHeadless(spec)) {
    return [invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`)]
  }
  if (type !== 'ExternalName') return []
  const name = stringAt(spec, 'externalName').replace(/\.$/, '')
  return [
    ...['clusterIPs', 'ipFamilies', 'ipFamilyPolicy']
      .filter(key => has(spec, key))
      .map(key => forbidden(`spec.${key}`, 'may not be set for ExternalName services')),
    ...(name === '' ? [required('spec.externalName')] : checkSubdomain('spec.externalName', name)),
  ]
}

function checkServicePort(path: string, port: JsonObject, needsName: boolean, names: Set<string>): Problems {
  const name = stringAt(port, 'name')
  const protocol = stringAt(port, 'protocol')
  const problems: Problems = []
  if (name === '') {
    if (needsName) problems.push(required(`${path}.name`))
  } else {
    problems.push(...checkLabelName(`${path}.name`, name))
    if (names.has(name)) problems.push(duplicate(`${path}.name`, name))
    names.add(name)
  }
  problems.push(...checkPortNumber(`${path}.port`, numberAt(port, 'port') ?? 0))
  if (protocol === '') problems.push(required(`${path}.protocol`))
  else if (!protocols.includes(protocol)) problems.push(notSupported(`${path}.protocol`, protocol, protocols))
  problems.push(...checkPort(`${path}.targetPort`, port['targetPort']))
  const application = port['appProtocol']
  return typeof application === 'string'
    ? [...problems, ...checkQualifiedName(`${path}.appProtocol`, application)]
    : problems
}

const maxAffinitySeconds = 86_400

function checkAffinity(spec: JsonObject): Problems {
  const affinity = stringAt(spec, 'sessionAffinity')
  const path = 'spec.sessionAffinityConfig'
  if (affinity === '') return [required('spec.sessionAffinity')]
  if (affinity !== 'ClientIP' && affinity !== 'None') {
    return [notSupported('spec.sessionAffinity', affinity, ['ClientIP', 'None'])]
  }
  if (affinity === 'None') {
    const given = has(spec, 'sessionAffinityConfig')
    return given ? [forbidden(path, 'must not be set when session affinity is None')] : []
  }
  const seconds = numberAt(objectAt(objectAt(spec, 'sessionAffinityConfig'), 'clientIP'), 'timeoutSeconds') ?? 0
  if (seconds > 0 && seconds <= maxAffinitySeconds) return []
  const sentence = `must be greater than 0 and less than ${maxAffinitySeconds}`
  return [invalid(`${path}.clientIP.timeoutSeconds`, seconds, sentence)]
}

/** The addresses of a Service and what belongs to them. */
export function checkClusterIps(spec: JsonObject, type: string): Problems {
  if (type === 'ExternalName') return []
  const ip = stringAt(spec, 'clusterIP')
  const ips = stringsAt(spec, 'clusterIPs')
  const path = 'spec.clusterIPs'
  const problems: Problems = []
  if (ip === '' && ips.length > 0) problems.push(invalid(path, ips, 'must be empty when `clusterIP` is not specified'))
  if (ip !== '' && ips.length === 0) problems.push(required(path))
  if (ip !== '' && ips.length > 0 && ips[0] !== ip)
    problems.push(invalid(path, ips, 'first value must match `clusterIP`'))
  problems.push(...checkFamilies(spec))
  if (ips[0] === 'None') {
    return ips.length > 1 ? [...problems, invalid(path, ips, "'None' must be the first and only value")] : problems
  }
  const malformed = ips.flatMap((each, i) => (isIpAddress(each) ? [] : [invalid(`${path}[${i}]`, each, notAnAddress)]))
  problems.push(...malformed)
  if (ips.length > 2) problems.push(invalid(path, ips, 'may only hold up to 2 values'))
  if (malformed.length > 0) return problems
  if (ips.length > 1 && new Set(ips.map(isIpv4)).size === 1) {
    problems.push(invalid(path, ips, 'may specify no more than one IP for each IP family'))
  }
  const families = stringsAt(spec, 'ipFamilies')
  for (const [i, each] of ips.entries()) {
    const family = families[i]
    const fits = family === 'IPv4' ? isIpv4(each) : family === 'IPv6' ? isIpv6(each) : true
    if (!fits)
      problems.push(invalid(`${path}[${i}]`, each, `expected an ${family} value as indicated by \`ipFamilies[${i}]\``))
  }
  return problems
}

function checkFamilies(spec: JsonObject): Problems {
  const seen = new Set<string>()
  const problems: Problems = []
  for (const [i, family] of stringsAt(spec, 'ipFamilies').entries()) {
    const at = `spec.ipFamilies[${i}]`
    if (!['IPv4', 'IPv6'].includes(family)) problems.push(notSupported(at, family, ['IPv4', 'IPv6']))
    if (seen.has(family)) problems.push(duplicate(at, family))
    seen.add(family)
  }
  const policy = stringAt(spec, 'ipFamilyPolicy')
  const policies = ['PreferDualStack', 'RequireDualStack', 'SingleStack']
  if (policy !== '' && !policies.includes(policy)) {
    problems.push(notSupported('spec.ipFamilyPolicy', policy, policies))
  }
  return problems
}

/** How the address of an endpoint is refused that only this machine can reach. */
export const notLoopbackMessage = 'may not be in the loopback range (127.0.0.0/8, ::1/128)'

const blocks: readonly (readonly [block: string, ipv6: string | undefined, sentence: string])[] = [
  ['0.0.0.0/32', '::', 'may not be unspecified (0.0.0.0 or ::)'],
  ['127.0.0.0/8', '::1', notLoopbackMessage],
  ['169.254.0.0/16', undefined, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)'],
  ['224.0.0.0/24', undefined, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
]

/** An address to which traffic may be led. */
export function checkEndpointAddress(path: string, ip: string): Problems {
  if (!isIpAddress(ip)) return [invalid(path, ip, notAnAddress)]
  return checkReachable(path, ip)
}

/** An address that other machines can reach. */
export function checkReachable(path: string, ip: string): Problems {
  return blocks
    .filter(([block, ipv6]) => isInBlock(ip, block) || ip === ipv6)
    .map(([, , sentence]) => invalid(path, ip, sentence))
}

function checkPortNumbers(ports: readonly JsonObject[], type: string): Problems {
  const problems: Problems = []
  const [nodePorts, numbers] = [new Set<string>(), new Set<string>()]
  for (const [i, port] of ports.entries()) {
    const nodePort = numberAt(port, 'nodePort') ?? 0
    if (nodePort !== 0 && type === 'ClusterIP') {
      problems.push(forbidden(`spec.ports[${i}].nodePort`, "may not be used when `type` is 'ClusterIP'"))
    }
  }
  for (const [i, port] of ports.entries()) {
    const nodePort = numberAt(port, 'nodePort') ?? 0
    if (nodePort === 0) continue
    const key = `${stringAt(port, 'protocol')}/${nodePort}`
    if (nodePorts.has(key)) problems.push(duplicate(`spec.ports[${i}].nodePort`, nodePort))
    nodePorts.add(key)
  }
  for (const [i, { protocol, port }] of ports.entries()) {
    const key = `${protocol}/${port}`
    if (numbers.has(key)) problems.push(samePort(`spec.ports[${i}]`, { protocol: protocol ?? '', port: port ?? 0 }))
    numbers.add(key)
  }
  return problems
}

function samePort(path: string, port: JsonObject): FieldError {
  return { ...duplicate(path, ''), message: `Duplicate value: ${internalJson('core.ServicePort', port)}` }
}

function checkLoadBalancer(spec: JsonObject, type: string): Problems {
  const isBalancer = type === 'LoadBalancer'
  const sentence = "may only be used when `type` is 'LoadBalancer'"
  const ranges = stringsAt(spec, 'loadBalancerSourceRanges')
  const problems: Problems = []
  if (ranges.length > 0 && !isBalancer) problems.push(forbidden('spec.LoadBalancerSourceRanges', sentence))
  for (const [i, range] of ranges.entries()) {
    const block = range.trim()
    const malformed = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'
    if (!isCidr(block)) problems.push(invalid(`spec.LoadBalancerSourceRanges[${i}]`, block, malformed))
  }
  if (has(spec, 'allocateLoadBalancerNodePorts') && !isBalancer) {
    problems.push(forbidden('spec.allocateLoadBalancerNodePorts', sentence))
  }
  const className = spec['loadBalancerClass']
  if (typeof className !== 'string') return problems
  return [
    ...problems,
    ...(isBalancer
      ? checkQualifiedName('spec.loadBalancerClass', className)
      : [forbidden('spec.loadBalancerClass', sentence)]),
  ]
}

function isExternallyAccessible(spec: JsonObject, type: string): boolean {
  if (type === 'LoadBalancer' || type === 'NodePort') return true
  return type === 'ClusterIP' && stringsAt(spec, 'externalIPs').length > 0
}

function needsHealthCheck(spec: JsonObject): boolean {
  return stringAt(spec, 'type') === 'LoadBalancer' && stringAt(spec, 'externalTrafficPolicy') === 'Local'
}

const policies = ['Cluster', 'Local']

function checkExternalTraffic(spec: JsonObject, type: string): Problems {
  const policy = stringAt(spec, 'externalTrafficPolicy')
  const port = numberAt(spec, 'healthCheckNodePort') ?? 0
  const at = 'spec.externalTrafficPolicy'
  const problems: Problems = []
  if (!isExternallyAccessible(spec, type)) {
    if (policy !== '') problems.push(invalid(at, policy, 'may only be set for externally-accessible services'))
  } else if (policy === '') problems.push(required(at))
  else if (!policies.includes(policy)) problems.push(notSupported(at, policy, policies))
  if (port !== 0 && !needsHealthCheck(spec)) {
    const sentence = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
    problems.push(invalid('spec.healthCheckNodePort', port, sentence))
  }
  return problems
}

function checkInternalTraffic(spec: JsonObject, type: string): Problems {
  const policy = stringAt(spec, 'internalTrafficPolicy')
  const at = 'spec.internalTrafficPolicy'
  if (policy === '') return ['ClusterIP', 'LoadBalancer', 'NodePort'].includes(type) ? [required(at)] : []
  return policies.includes(policy) ? [] : [notSupported(at, policy, policies)]
}

function checkDistribution(spec: JsonObject): Problems {
  const distribution = spec['trafficDistribution']
  const supported = ['PreferClose', 'PreferSameZone', 'PreferSameNode']
  if (typeof distribution !== 'string' || supported.includes(distribution)) return []
  return [notSupportedInOrder('spec.trafficDistribution', distribution, supported)]
}
