/** The cells of what leads traffic to pods. */
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { has, numberAt, objectAt, objectsAt, stringAt, stringMapAt, stringsAt } from '../draft.ts'
import { ageOf, annotationsOf, type Cells, firstOf, labelsCell, nameOf, none, selectorCell } from './cell.ts'

// As many addresses as fit into a line.
const maxShown = 3

/** The cells of a Service. */
export const serviceCells: Cells = (service, now) => {
  const spec = objectAt(service, 'spec')
  const ports = objectsAt(spec, 'ports').map(portText)
  return [
    nameOf(service),
    stringAt(spec, 'type'),
    stringsAt(spec, 'clusterIPs')[0] ?? none,
    externalIp(service),
    ports.join(',') || none,
    ageOf(service, now),
    labelsCell(stringMapAt(spec, 'selector')),
  ]
}

function portText(port: JsonObject): string {
  const nodePort = numberAt(port, 'nodePort') ?? 0
  return `${numberAt(port, 'port') ?? 0}${nodePort > 0 ? `:${nodePort}` : ''}/${stringAt(port, 'protocol')}`
}

function externalIp(service: JsonObject): string {
  const spec = objectAt(service, 'spec')
  const own = stringsAt(spec, 'externalIPs')
  switch (stringAt(spec, 'type')) {
    case 'ClusterIP':
    case 'NodePort':
      return own.join(',') || none
    case 'LoadBalancer':
      return [...balancerAddresses(service), ...own].join(',') || '<pending>'
    case 'ExternalName':
      return stringAt(spec, 'externalName')
    default:
      return '<unknown>'
  }
}

function balancerAddresses(object: JsonObject): string[] {
  const ingress = objectsAt(objectAt(objectAt(object, 'status'), 'loadBalancer'), 'ingress')
  const addresses = ingress.map(point => stringAt(point, 'ip') || stringAt(point, 'hostname'))
  return [...new Set(addresses.filter(address => address !== ''))].sort()
}

/** The cells of Endpoints. */
export const endpointsCells: Cells = (endpoints, now) => {
  const subsets = objectsAt(endpoints, 'subsets')
  const all = subsets.flatMap(subset => {
    const ips = objectsAt(subset, 'addresses').map(address => stringAt(address, 'ip'))
    const ports = objectsAt(subset, 'ports').map(port => numberAt(port, 'port') ?? 0)
    return ports.length === 0 ? ips : ports.flatMap(port => ips.map(ip => withPort(ip, port)))
  })
  return [nameOf(endpoints), subsets.length === 0 ? none : firstOf(all, maxShown), ageOf(endpoints, now)]
}

function withPort(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
}

/** The cells of an EndpointSlice. */
export const endpointSliceCells: Cells = (slice, now) => {
  const ports = objectsAt(slice, 'ports').map(port =>
    has(port, 'port') ? String(port['port']) : has(port, 'name') ? stringAt(port, 'name') : '*',
  )
  const addresses = objectsAt(slice, 'endpoints').flatMap(endpoint => stringsAt(endpoint, 'addresses'))
  return [
    nameOf(slice),
    stringAt(slice, 'addressType'),
    firstOf(ports, maxShown) || '<unset>',
    firstOf(addresses, maxShown) || '<unset>',
    ageOf(slice, now),
  ]
}

/** The cells of an Ingress. */
export const ingressCells: Cells = (ingress, now) => {
  const spec = objectAt(ingress, 'spec')
  return [
    nameOf(ingress),
    stringAt(spec, 'ingressClassName') || none,
    hostsCell(objectsAt(spec, 'rules').map(rule => stringAt(rule, 'host'))),
    balancerAddresses(ingress).join(','),
    objectsAt(spec, 'tls').length > 0 ? '80, 443' : '80',
    ageOf(ingress, now),
  ]
}

// Rules without a host count where there are more than are shown.
function hostsCell(hosts: readonly string[]): string {
  const named = hosts.filter(host => host !== '')
  if (named.length === 0) return '*'
  const text = named.slice(0, maxShown).join(',')
  const isCut = named.length >= maxShown && hosts.indexOf(named[maxShown - 1] ?? '') < hosts.length - 1
  return isCut ? `${text} + ${hosts.length - maxShown} more...` : text
}

/** The cells of an IngressClass. */
export const ingressClassCells: Cells = (ingressClass, now) => {
  const spec = objectAt(ingressClass, 'spec')
  const parameters = objectAt(spec, 'parameters')
  const isDefault = annotationsOf(ingressClass)['ingressclass.kubernetes.io/is-default-class'] === 'true'
  const group = stringAt(parameters, 'apiGroup')
  const reference = `${stringAt(parameters, 'kind')}${group === '' ? '' : `.${group}`}/${stringAt(parameters, 'name')}`
  return [
    `${nameOf(ingressClass)}${isDefault ? ' (default)' : ''}`,
    stringAt(spec, 'controller'),
    has(spec, 'parameters') ? reference : none,
    ageOf(ingressClass, now),
  ]
}

/** The cells of a NetworkPolicy. */
export const networkPolicyCells: Cells = (policy, now) => [
  nameOf(policy),
  selectorCell(objectAt(policy, 'spec'), 'podSelector'),
  ageOf(policy, now),
]
