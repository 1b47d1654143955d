/** Environment variables of containers. */
import { invalid, notSupported, required } from '../../../apimachinery/field-error.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { configMapKeyProblems, dns1123SubdomainProblems, envVarNameProblems } from '../../../apimachinery/names.ts'
import { has, objectAt, objectsAt, stringAt } from '../draft.ts'
import { checkQualifiedName, type Member, type Problems, textProblems } from './checks.ts'

/** The list `env` of a container. */
export function checkEnv(path: string, container: JsonObject): Problems {
  return objectsAt(container, 'env').flatMap((variable, i) => {
    const at = `${path}.env[${i}]`
    const name = stringAt(variable, 'name')
    return [
      ...(name === '' ? [required(`${at}.name`)] : textProblems(`${at}.name`, name, envVarNameProblems)),
      ...checkSource(`${at}.valueFrom`, variable),
    ]
  })
}

const sources: Readonly<Record<string, Member>> = {
  fieldRef: (ref, path) => checkFieldRef(path, ref, envFields),
  resourceFieldRef: (ref, path) => checkResourceFieldRef(path, ref, false),
  configMapKeyRef: checkKeyRef,
  secretKeyRef: checkKeyRef,
  fileKeyRef: () => [],
}

function checkSource(path: string, variable: JsonObject): Problems {
  if (!has(variable, 'valueFrom')) return []
  const from = objectAt(variable, 'valueFrom')
  const given = Object.keys(sources).filter(name => has(from, name))
  const problems = given.flatMap(name => sources[name]?.(objectAt(from, name), `${path}.${name}`) ?? [])
  if (given.length === 0) {
    const sentence =
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`'
    problems.push(invalid(path, '', sentence))
  } else if (stringAt(variable, 'value') !== '') {
    problems.push(invalid(path, '', 'may not be specified when `value` is not empty'))
  } else if (given.length > 1) problems.push(invalid(path, '', 'may not have more than one field specified at a time'))
  return problems
}

function checkKeyRef(ref: JsonObject, path: string): Problems {
  const key = stringAt(ref, 'key')
  return [
    ...textProblems(`${path}.name`, stringAt(ref, 'name'), dns1123SubdomainProblems),
    ...(key === '' ? [required(`${path}.key`)] : textProblems(`${path}.key`, key, configMapKeyProblems)),
  ]
}

const envFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]

// What the API can read of a pod at all; each place allows some of it.
const knownFields = [...envFields, 'metadata.annotations', 'metadata.labels', 'spec.restartPolicy', 'status.phase']

/** A reference to a field of the pod. */
export function checkFieldRef(path: string, ref: JsonObject, allowed: readonly string[]): Problems {
  const field = stringAt(ref, 'fieldPath')
  if (stringAt(ref, 'apiVersion') === '') return [required(`${path}.apiVersion`)]
  if (field === '') return [required(`${path}.fieldPath`)]
  const [, map = '', key = ''] = /^(.*?)\['(.*)'\]$/.exec(field) ?? []
  if (map === 'metadata.labels') return checkQualifiedName(path, key)
  if (map === 'metadata.annotations') return checkQualifiedName(path, key.toLowerCase())
  if (!knownFields.includes(field)) {
    const sentence = `error converting fieldPath: field label not supported: ${field}`
    return [invalid(`${path}.fieldPath`, field, sentence)]
  }
  return allowed.includes(field) ? [] : [notSupported(`${path}.fieldPath`, field, allowed)]
}

const resourceFields = ['cpu', 'memory', 'ephemeral-storage'].flatMap(name => [`limits.${name}`, `requests.${name}`])
const divisors: Readonly<Record<string, { readonly allowed: readonly string[]; readonly name: string }>> = {
  cpu: { allowed: ['1m', '1'], name: 'cpu resource' },
  memory: { allowed: [], name: 'memory resource' },
  'ephemeral-storage': { allowed: [], name: 'local ephemeral storage resource' },
}
const byteDivisors = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei']

/** A reference to a resource of a container; in a volume, the container has to be named. */
export function checkResourceFieldRef(path: string, ref: JsonObject, inVolume: boolean): Problems {
  const resource = stringAt(ref, 'resource')
  if (inVolume && stringAt(ref, 'containerName') === '') return [required(`${path}.containerName`)]
  if (resource === '') return [required(`${path}.resource`)]
  if (!resourceFields.includes(resource) && !/^(limits|requests)\.hugepages-/.test(resource)) {
    return [notSupported(`${path}.resource`, resource, resourceFields)]
  }
  return checkDivisor(path, resource, stringAt(ref, 'divisor'))
}

function checkDivisor(path: string, resource: string, divisor: string): Problems {
  if (divisor === '' || divisor === '0') return []
  const rule = divisors[resource.slice(resource.indexOf('.') + 1)] ?? { allowed: [], name: 'hugepages resource' }
  const allowed = rule.allowed.length > 0 ? rule.allowed : byteDivisors
  if (allowed.includes(divisor)) return []
  const list = allowed.length === 2 ? allowed.join(' and ') : allowed.join(', ')
  return [invalid(`${path}.divisor`, resource, `only divisor's values ${list} are supported with the ${rule.name}`)]
}

/** The list `envFrom` of a container. */
export function checkEnvFrom(path: string, container: JsonObject): Problems {
  return objectsAt(container, 'envFrom').flatMap((source, i) => {
    const at = `${path}.envFrom[${i}]`
    const prefix = stringAt(source, 'prefix')
    const given = ['configMapRef', 'secretRef'].filter(name => has(source, name))
    const problems = prefix === '' ? [] : textProblems(`${at}.prefix`, prefix, envVarNameProblems)
    for (const ref of given) {
      const name = stringAt(objectAt(source, ref), 'name')
      problems.push(
        ...(name === ''
          ? [required(`${at}.${ref}.name`)]
          : textProblems(`${at}.${ref}.name`, name, dns1123SubdomainProblems)),
      )
    }
    // The API puts these at the list, not at its item.
    if (given.length === 0)
      problems.push(invalid(`${path}.envFrom`, '', 'must specify one of: `configMapRef` or `secretRef`'))
    if (given.length > 1) {
      problems.push(invalid(`${path}.envFrom`, '', 'may not have more than one field specified at a time'))
    }
    return problems
  })
}
