/** Endpoints and EndpointSlices. */
import { duplicate, invalid, notSupported, required, tooMany } from '../../../apimachinery/field-error.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { has, numberAt, objectsAt, stringAt, stringsAt } from '../draft.ts'
import { isIpAddress, isIpv4, isIpv6, notAnAddress } from './addresses.ts'
import {
  checkLabelName,
  checkPortNumber,
  checkQualifiedName,
  checkSubdomain,
  immutableMessage,
  type Problems,
} from './checks.ts'
import { checkEndpointAddress, checkReachable } from './services.ts'

const protocols = ['SCTP', 'TCP', 'UDP']

/** Endpoints, but for their metadata. */
export function checkEndpoints(endpoints: JsonObject): Problems {
  return objectsAt(endpoints, 'subsets').flatMap((subset, i) => {
    const path = `subsets[${i}]`
    const [ready, notReady] = [objectsAt(subset, 'addresses'), objectsAt(subset, 'notReadyAddresses')]
    const ports = objectsAt(subset, 'ports')
    const none = ready.length + notReady.length === 0
    return [
      ...(none ? [required(path, 'must specify `addresses` or `notReadyAddresses`')] : []),
      ...ready.flatMap((address, j) => checkAddress(`${path}.addresses[${j}]`, address)),
      ...notReady.flatMap((address, j) => checkAddress(`${path}.notReadyAddresses[${j}]`, address)),
      ...ports.flatMap((port, j) => checkEndpointPort(`${path}.ports[${j}]`, port, ports.length > 1)),
    ]
  })
}

function checkAddress(path: string, address: JsonObject): Problems {
  const [ip, hostname, node] = ['ip', 'hostname', 'nodeName'].map(key => stringAt(address, key))
  const isValid = isIpAddress(ip ?? '')
  return [
    ...(isValid ? [] : [invalid(`${path}.ip`, ip, notAnAddress)]),
    ...(hostname ? checkLabelName(`${path}.hostname`, hostname) : []),
    ...(node ? checkSubdomain(`${path}.nodeName`, node) : []),
    // The API says it twice.
    ...(isValid ? checkReachable(`${path}.ip`, ip ?? '') : [invalid(`${path}.ip`, ip, 'must be a valid IP address')]),
  ]
}

function checkEndpointPort(path: string, port: JsonObject, needsName: boolean): Problems {
  const name = stringAt(port, 'name')
  const application = port['appProtocol']
  const problems: Problems = []
  if (name !== '') problems.push(...checkLabelName(`${path}.name`, name))
  else if (needsName) problems.push(required(`${path}.name`))
  return [
    ...problems,
    ...checkPortNumber(`${path}.port`, numberAt(port, 'port') ?? 0),
    ...checkProtocol(`${path}.protocol`, stringAt(port, 'protocol')),
    ...(typeof application === 'string' ? checkQualifiedName(`${path}.appProtocol`, application) : []),
  ]
}

function checkProtocol(path: string, protocol: string): Problems {
  if (protocols.includes(protocol)) return []
  return [protocol === '' ? required(path) : notSupported(path, protocol, protocols)]
}

// pkg/apis/discovery/validation: maxEndpoints, maxPorts, maxAddresses
const maxEndpoints = 1000
const maxPorts = 20_000
const maxAddresses = 100

/** An EndpointSlice, but for its metadata. How many addresses there are is said last, by a later stage of the API's. */
export function checkEndpointSlice(slice: JsonObject): Problems {
  const type = stringAt(slice, 'addressType')
  const types = ['FQDN', 'IPv4', 'IPv6']
  const endpoints = objectsAt(slice, 'endpoints')
  if (type === '') return [...checkSliceEndpoints(endpoints, type), ...checkSlicePorts(slice), required('addressType')]
  return [
    ...checkSliceEndpoints(endpoints, type),
    ...checkSlicePorts(slice),
    ...(types.includes(type) ? [] : [notSupported('addressType', type, types)]),
    ...endpoints.flatMap((endpoint, i) => {
      const count = stringsAt(endpoint, 'addresses').length
      if (count === 0) return [required(`endpoints[${i}].addresses`)]
      return count > maxAddresses ? [tooMany(`endpoints[${i}].addresses`, count, maxAddresses)] : []
    }),
  ]
}

/** The type of a slice's addresses never changes; the API shows no value here. */
export function checkEndpointSliceUpdate(next: JsonObject, previous: JsonObject): Problems {
  const same = stringAt(next, 'addressType') === stringAt(previous, 'addressType')
  return same ? [] : [invalid('addressType', undefined, immutableMessage)]
}

function checkSliceEndpoints(endpoints: readonly JsonObject[], type: string): Problems {
  if (endpoints.length > maxEndpoints) return [tooMany('endpoints', endpoints.length, maxEndpoints)]
  return endpoints.flatMap((endpoint, i) => {
    const path = `endpoints[${i}]`
    const [node, hostname] = ['nodeName', 'hostname'].map(key => stringAt(endpoint, key))
    return [
      ...stringsAt(endpoint, 'addresses').flatMap((address, j) =>
        checkSliceAddress(`${path}.addresses`, j, address, type),
      ),
      ...(node ? checkSubdomain(`${path}.nodeName`, node) : []),
      ...(hostname ? checkLabelName(`${path}.hostname`, hostname) : []),
    ]
  })
}

function checkSliceAddress(path: string, i: number, address: string, type: string): Problems {
  const at = `${path}[${i}]`
  if (type !== 'IPv4' && type !== 'IPv6') return type === 'FQDN' ? checkSubdomain(at, address) : []
  if (!isIpAddress(address)) return [invalid(at, address, notAnAddress)]
  const fits = type === 'IPv4' ? isIpv4(address) : isIpv6(address)
  return [...(fits ? [] : [invalid(path, address, `must be an ${type} address`)]), ...checkEndpointAddress(at, address)]
}

function checkSlicePorts(slice: JsonObject): Problems {
  const ports = objectsAt(slice, 'ports')
  if (ports.length > maxPorts) return [tooMany('ports', ports.length, maxPorts)]
  const names = new Set<string>()
  return ports.flatMap((port, i) => {
    const path = `ports[${i}]`
    const name = stringAt(port, 'name')
    const problems = name === '' ? [] : checkLabelName(`${path}.name`, name)
    if (names.has(name)) problems.push(duplicate(`${path}.name`, name))
    names.add(name)
    problems.push(...checkProtocol(`${path}.protocol`, stringAt(port, 'protocol')))
    if (!has(port, 'appProtocol')) return problems
    return [...problems, ...checkQualifiedName(`${path}.appProtocol`, stringAt(port, 'appProtocol'))]
  })
}
