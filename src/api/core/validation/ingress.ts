/** Ingresses and IngressClasses. */
import { forbidden, invalid, notSupported, required, tooLong } from '../../../apimachinery/field-error.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import {
  dns1123LabelProblems,
  dns1123SubdomainProblems,
  portNameProblems,
  wildcardDns1123SubdomainProblems,
} from '../../../apimachinery/names.ts'
import { has, numberAt, objectAt, objectsAt, stringAt, stringMapAt, stringsAt } from '../draft.ts'
import { isIpAddress } from './addresses.ts'
import { checkLabelName, checkPortNumber, checkSubdomain, type Problems, textProblems } from './checks.ts'
import { pathSegmentProblems } from './names.ts'

/** A new Ingress, but for its metadata. */
export function checkNewIngress(ingress: JsonObject): Problems {
  const key = 'kubernetes.io/ingress.class'
  const annotation = stringMapAt(objectAt(ingress, 'metadata'), 'annotations')[key]
  const className = objectAt(ingress, 'spec')['ingressClassName']
  const problems = checkIngress(ingress)
  if (annotation === undefined || typeof className !== 'string' || annotation === className) return problems
  const sentence = 'must match `ingressClassName` when both are specified'
  return [...problems, invalid(`annotations.${key}`, annotation, sentence)]
}

/** An Ingress of any age, but for its metadata. */
export function checkIngress(ingress: JsonObject): Problems {
  const spec = objectAt(ingress, 'spec')
  const rules = objectsAt(spec, 'rules')
  const className = spec['ingressClassName']
  const problems: Problems = []
  if (rules.length === 0 && !has(spec, 'defaultBackend')) {
    problems.push(invalid('spec', undefined, 'either `defaultBackend` or `rules` must be specified'))
  }
  if (has(spec, 'defaultBackend'))
    problems.push(...checkBackend('spec.defaultBackend', objectAt(spec, 'defaultBackend')))
  problems.push(...rules.flatMap((rule, i) => checkRule(`spec.rules[${i}]`, rule)))
  problems.push(...objectsAt(spec, 'tls').flatMap((tls, i) => checkTls(`spec.tls[${i}]`, tls)))
  return typeof className === 'string' ? [...problems, ...checkSubdomain('spec.ingressClassName', className)] : problems
}

function checkHost(path: string, host: string): Problems {
  return textProblems(path, host, host.includes('*') ? wildcardDns1123SubdomainProblems : dns1123SubdomainProblems)
}

function checkRule(path: string, rule: JsonObject): Problems {
  const host = stringAt(rule, 'host')
  const problems: Problems = []
  if (isIpAddress(host)) problems.push(invalid(`${path}.host`, host, 'must be a DNS name, not an IP address'))
  if (host !== '') problems.push(...checkHost(`${path}.host`, host))
  if (!has(rule, 'http')) return problems
  const paths = objectsAt(objectAt(rule, 'http'), 'paths')
  if (paths.length === 0) return [...problems, required(`${path}.http.paths`)]
  return [...problems, ...paths.flatMap((each, i) => checkPath(`${path}.http.paths[${i}]`, each))]
}

const badParts = ['//', '/./', '/../', '%2f', '%2F']
const badEnds = ['/..', '/.']
const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix']

function checkPath(path: string, rule: JsonObject): Problems {
  if (!has(rule, 'pathType')) return [required(`${path}.pathType`, 'pathType must be specified')]
  const type = stringAt(rule, 'pathType')
  return [
    ...(pathTypes.includes(type)
      ? checkUrlPath(`${path}.path`, stringAt(rule, 'path'), type === 'ImplementationSpecific')
      : [notSupported(`${path}.pathType`, type, pathTypes)]),
    ...checkBackend(`${path}.backend`, objectAt(rule, 'backend')),
  ]
}

function checkUrlPath(path: string, value: string, isFree: boolean): Problems {
  if (isFree && value === '') return []
  const problems = value.startsWith('/') ? [] : [invalid(path, value, 'must be an absolute path')]
  if (isFree) return problems
  const parts = badParts.filter(part => value.includes(part)).map(part => `must not contain '${part}'`)
  const ends = badEnds.filter(end => value.endsWith(end)).map(end => `cannot end with '${end}'`)
  return [...problems, ...[...parts, ...ends].map(sentence => invalid(path, value, sentence))]
}

function checkBackend(path: string, backend: JsonObject): Problems {
  if (has(backend, 'resource')) {
    if (has(backend, 'service')) return [invalid(path, '', 'cannot set both resource and service backends')]
    return checkResource(`${path}.resource`, objectAt(backend, 'resource'))
  }
  if (!has(backend, 'service')) return [invalid(path, '', 'resource or service backend is required')]
  const service = objectAt(backend, 'service')
  const name = stringAt(service, 'name')
  const port = objectAt(service, 'port')
  const problems =
    name === '' ? [required(`${path}.service.name`)] : textProblems(`${path}.service.name`, name, dns1123LabelProblems)
  const [portName, number] = [stringAt(port, 'name'), numberAt(port, 'number') ?? 0]
  if (portName !== '' && number !== 0) problems.push(invalid(path, '', 'cannot set both port name & port number'))
  else if (portName !== '') problems.push(...textProblems(`${path}.service.port.name`, portName, portNameProblems))
  else if (number !== 0) problems.push(...checkPortNumber(`${path}.service.port.number`, number))
  else problems.push(required(path, 'port name or number is required'))
  return problems
}

function checkResource(path: string, resource: JsonObject): Problems {
  const group = resource['apiGroup']
  return [
    ...(typeof group === 'string' ? checkSubdomain(`${path}.apiGroup`, group) : []),
    ...['kind', 'name'].flatMap(key => {
      const value = stringAt(resource, key)
      if (value === '') return [required(`${path}.${key}`)]
      return textProblems(`${path}.${key}`, value, text => pathSegmentProblems(text, false))
    }),
  ]
}

function checkTls(path: string, tls: JsonObject): Problems {
  const secret = stringAt(tls, 'secretName')
  return [
    ...stringsAt(tls, 'hosts').flatMap((host, i) => checkHost(`${path}.hosts[${i}]`, host)),
    ...(secret === '' ? [] : checkSubdomain(`${path}.secretName`, secret)),
  ]
}

const controllerMaxBytes = 250

/** An IngressClass, but for its metadata. What is missing in its parameters is said last, by a later stage of the API's. */
export function checkIngressClass(ingressClass: JsonObject): Problems {
  const spec = objectAt(ingressClass, 'spec')
  const controller = stringAt(spec, 'controller')
  const problems: Problems = []
  if (Buffer.byteLength(controller) > controllerMaxBytes) problems.push(tooLong('spec.controller', controllerMaxBytes))
  if (controller === '') problems.push(required('spec.controller'))
  else if (!/^[^/]+\/.+/.test(controller)) {
    problems.push(invalid('spec.controller', controller, 'must be a domain-prefixed path (such as "acme.io/foo")'))
  }
  return has(spec, 'parameters') ? [...problems, ...checkParameters(objectAt(spec, 'parameters'))] : problems
}

function checkParameters(parameters: JsonObject): Problems {
  const path = 'spec.parameters'
  const scope = stringAt(parameters, 'scope')
  const namespace = parameters['namespace']
  const group = parameters['apiGroup']
  const problems = typeof group === 'string' ? checkSubdomain(`${path}.apiGroup`, group) : []
  const missing: Problems = []
  for (const key of ['kind', 'name']) {
    const value = stringAt(parameters, key)
    if (value === '') missing.push(required(`${path}.${key}`))
    else problems.push(...textProblems(`${path}.${key}`, value, text => pathSegmentProblems(text, false)))
  }
  if (scope !== 'Cluster' && scope !== 'Namespace') {
    problems.push(notSupported(`${path}.scope`, scope, ['Cluster', 'Namespace']))
  } else if (scope === 'Cluster' && namespace !== undefined) {
    problems.push(forbidden(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'"))
  } else if (scope === 'Namespace') {
    problems.push(
      ...(typeof namespace === 'string'
        ? checkLabelName(`${path}.namespace`, namespace)
        : [required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'")]),
    )
  }
  return [...problems, ...missing]
}
