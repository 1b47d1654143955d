/** NetworkPolicies. */
import { forbidden, invalid, notSupportedInOrder, required } from '../../../apimachinery/field-error.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { has, objectAt, objectsAt, stringAt, stringsAt } from '../draft.ts'
import { isCidr } from './addresses.ts'
import { checkPort, checkPortNumber, type Problems } from './checks.ts'
import { checkLabelSelector } from './labels.ts'

/** A NetworkPolicy, but for its metadata. */
export function checkNetworkPolicy(policy: JsonObject): Problems {
  const spec = objectAt(policy, 'spec')
  const types = stringsAt(spec, 'policyTypes')
  const problems = [
    ...checkLabelSelector('spec.podSelector', objectAt(spec, 'podSelector')),
    ...checkRules('spec.ingress', objectsAt(spec, 'ingress'), 'from'),
    ...checkRules('spec.egress', objectsAt(spec, 'egress'), 'to'),
  ]
  if (types.length > 2)
    return [...problems, invalid('spec.policyTypes', types, 'may not specify more than two policyTypes')]
  const known = ['Ingress', 'Egress']
  return [
    ...problems,
    ...types.flatMap((type, i) =>
      known.includes(type) ? [] : [notSupportedInOrder(`spec.policyTypes[${i}]`, type, known)],
    ),
  ]
}

function checkRules(path: string, rules: readonly JsonObject[], peers: 'from' | 'to'): Problems {
  return rules.flatMap((rule, i) => [
    ...objectsAt(rule, 'ports').flatMap((port, j) => checkPolicyPort(`${path}[${i}].ports[${j}]`, port)),
    ...objectsAt(rule, peers).flatMap((peer, j) => checkPeer(`${path}[${i}].${peers}[${j}]`, peer)),
  ])
}

function checkPolicyPort(path: string, { protocol, port, endPort }: JsonObject): Problems {
  const protocols = ['TCP', 'UDP', 'SCTP']
  const problems: Problems = []
  if (typeof protocol === 'string' && !protocols.includes(protocol)) {
    problems.push(notSupportedInOrder(`${path}.protocol`, protocol, protocols))
  }
  const end = typeof endPort === 'number' ? endPort : undefined
  if (port === undefined) {
    if (end === undefined) return problems
    return [...problems, invalid(`${path}.endPort`, end, 'may not be specified when `port` is not specified')]
  }
  if (typeof port === 'string' && end !== undefined) {
    problems.push(invalid(`${path}.endPort`, end, 'may not be specified when `port` is non-numeric'))
  }
  problems.push(...checkPort(`${path}.port`, port))
  if (typeof port !== 'number' || end === undefined) return problems
  if (end < port) problems.push(invalid(`${path}.endPort`, end, 'must be greater than or equal to `port`'))
  return [...problems, ...checkPortNumber(`${path}.endPort`, end)]
}

function checkPeer(path: string, peer: JsonObject): Problems {
  const given = ['podSelector', 'namespaceSelector', 'ipBlock'].filter(key => has(peer, key))
  const problems = ['podSelector', 'namespaceSelector'].flatMap(key =>
    checkLabelSelector(`${path}.${key}`, objectAt(peer, key)),
  )
  if (has(peer, 'ipBlock')) problems.push(...checkBlock(`${path}.ipBlock`, objectAt(peer, 'ipBlock')))
  if (given.length === 0) problems.push(required(path, 'must specify a peer'))
  if (given.length > 1 && has(peer, 'ipBlock')) {
    problems.push(forbidden(path, 'may not specify both ipBlock and another peer'))
  }
  return problems
}

function checkBlock(path: string, block: JsonObject): Problems {
  const malformed = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'
  const cidr = stringAt(block, 'cidr')
  if (cidr === '') return [required(`${path}.cidr`)]
  if (!isCidr(cidr)) return [invalid(`${path}.cidr`, cidr, malformed)]
  return stringsAt(block, 'except').flatMap((except, i) => {
    if (!isCidr(except)) return [invalid(`${path}.except[${i}]`, except, malformed)]
    const [length, inner] = [cidr, except].map(text => Number(text.split('/')[1]))
    return (length ?? 0) < (inner ?? 0)
      ? []
      : [invalid(`${path}.except[${i}]`, except, 'must be a strict subset of `cidr`')]
  })
}
