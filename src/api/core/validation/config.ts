/** ConfigMaps, Secrets and Namespaces. */
import { forbidden, invalid, required, tooLong } from '../../../apimachinery/field-error.ts'
import { jsonEqual } from '../../../apimachinery/json.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { configMapKeyProblems, qualifiedNameProblems } from '../../../apimachinery/names.ts'
import { objectAt, stringAt, stringMapAt, stringsAt } from '../draft.ts'
import { checkImmutable, type Problems, textProblems } from './checks.ts'

// k8s.io/api/core/v1.MaxSecretSize
const maxBytes = 1024 * 1024

/** A ConfigMap, but for its metadata. */
export function checkConfigMap(configMap: JsonObject): Problems {
  const data = stringMapAt(configMap, 'data')
  const binary = stringMapAt(configMap, 'binaryData')
  const problems: Problems = []
  for (const key of Object.keys(data)) {
    problems.push(...textProblems(`data[${key}]`, key, configMapKeyProblems))
    if (Object.hasOwn(binary, key))
      problems.push(invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'))
  }
  for (const key of Object.keys(binary)) problems.push(...textProblems(`binaryData[${key}]`, key, configMapKeyProblems))
  const bytes =
    sum(Object.values(data).map(text => Buffer.byteLength(text))) + sum(Object.values(binary).map(base64Bytes))
  // The real server's name for the whole object.
  if (bytes > maxBytes) problems.push(tooLong('[]', maxBytes))
  return problems
}

/** What of a ConfigMap may not change once it says so. */
export function checkConfigMapUpdate(next: JsonObject, previous: JsonObject): Problems {
  return checkFrozen(next, previous, ['data', 'binaryData'])
}

/** A Secret, but for its metadata. */
export function checkSecret(secret: JsonObject): Problems {
  const data = stringMapAt(secret, 'data')
  const problems = Object.keys(data).flatMap(key => textProblems(`data[${key}]`, key, configMapKeyProblems))
  if (sum(Object.values(data).map(base64Bytes)) > maxBytes) problems.push(tooLong('data', maxBytes))
  return [...problems, ...checkSecretType(secret, data)]
}

/** What of a Secret may not change. Its type is said last, by a later stage of the API's. */
export function checkSecretUpdate(next: JsonObject, previous: JsonObject): Problems {
  return checkFrozen(next, previous, ['data'])
}

/** The type of a Secret never changes. */
export function checkSecretTypeUpdate(next: JsonObject, previous: JsonObject): Problems {
  const type = stringAt(next, 'type')
  return checkImmutable('type', type, type === stringAt(previous, 'type'))
}

function checkSecretType(secret: JsonObject, data: Readonly<Record<string, string>>): Problems {
  const missing = (...keys: readonly string[]) =>
    keys.filter(key => data[key] === undefined).map(key => required(`data[${key}]`))
  switch (stringAt(secret, 'type')) {
    case 'kubernetes.io/service-account-token': {
      const account = 'kubernetes.io/service-account.name'
      const annotations = stringMapAt(objectAt(secret, 'metadata'), 'annotations')
      return annotations[account] ? [] : [required(`metadata.annotations[${account}]`)]
    }
    case 'kubernetes.io/dockercfg':
      return checkJson(data, '.dockercfg')
    case 'kubernetes.io/dockerconfigjson':
      return checkJson(data, '.dockerconfigjson')
    case 'kubernetes.io/basic-auth': {
      const problems = missing('username', 'password')
      // One of them is enough.
      return problems.length === 2 ? problems : []
    }
    case 'kubernetes.io/ssh-auth':
      return data['ssh-privatekey'] ? [] : [required('data[ssh-privatekey]')]
    case 'kubernetes.io/tls':
      return missing('tls.crt', 'tls.key')
    default:
      return []
  }
}

function checkJson(data: Readonly<Record<string, string>>, key: string): Problems {
  const value = data[key]
  if (value === undefined) return [required(`data[${key}]`)]
  const problem = jsonProblem(Buffer.from(value, 'base64').toString())
  return problem === undefined ? [] : [invalid(`data[${key}]`, '<secret contents redacted>', problem)]
}

// The first character that cannot start a value is what most mistakes are about; encoding/json words it so.
function jsonProblem(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && !Array.isArray(value)) return undefined
    const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
    return `json: cannot unmarshal ${found} into Go value of type map[string]interface {}`
  } catch {
    const first = text.trimStart().charAt(0)
    if (first === '') return 'unexpected end of JSON input'
    return /[[{"0-9tfn-]/.test(first)
      ? 'unexpected end of JSON input'
      : `invalid character '${first}' looking for beginning of value`
  }
}

function checkFrozen(next: JsonObject, previous: JsonObject, fields: readonly string[]): Problems {
  if (previous['immutable'] !== true) return []
  const sentence = 'field is immutable when `immutable` is set'
  const problems = next['immutable'] === true ? [] : [forbidden('immutable', sentence)]
  for (const field of fields) {
    if (!jsonEqual(objectAt(next, field), objectAt(previous, field))) problems.push(forbidden(field, sentence))
  }
  return problems
}

/** A Namespace, but for its metadata. */
export function checkNamespace(namespace: JsonObject): Problems {
  return stringsAt(objectAt(namespace, 'spec'), 'finalizers').flatMap(finalizer => {
    const problems = textProblems('spec.finalizers', finalizer, qualifiedNameProblems)
    if (finalizer.includes('/') || finalizer === 'kubernetes') return problems
    const sentence = 'name is neither a standard finalizer name nor is it fully qualified'
    return [...problems, invalid('spec.finalizers', finalizer, sentence)]
  })
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, value) => total + value, 0)
}

function base64Bytes(text: string): number {
  return (text.length / 4) * 3 - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0)
}
