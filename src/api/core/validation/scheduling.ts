/** Where pods may run: affinity, tolerations, topology spread. */
import {
  duplicate,
  forbidden,
  invalid,
  notSupported,
  notSupportedInOrder,
  required,
} from '../../../apimachinery/field-error.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { dns1123LabelProblems, dns1123SubdomainProblems, labelValueProblems } from '../../../apimachinery/names.ts'
import { has, numberAt, objectAt, objectsAt, stringAt, stringsAt } from '../draft.ts'
import { checkLabelValue, checkOptionalChoice, checkQualifiedName, type Problems, textProblems } from './checks.ts'
import { checkLabelSelector, checkOperator } from './labels.ts'

const hard = 'requiredDuringSchedulingIgnoredDuringExecution'
const soft = 'preferredDuringSchedulingIgnoredDuringExecution'

/** `affinity` of a pod. */
export function checkAffinity(path: string, affinity: JsonObject): Problems {
  return [
    ...checkNodeAffinity(`${path}.nodeAffinity`, objectAt(affinity, 'nodeAffinity')),
    ...checkPodAffinity(`${path}.podAffinity`, objectAt(affinity, 'podAffinity')),
    ...checkPodAffinity(`${path}.podAntiAffinity`, objectAt(affinity, 'podAntiAffinity')),
  ]
}

function checkNodeAffinity(path: string, affinity: JsonObject): Problems {
  return [
    ...(has(affinity, hard) ? checkNodeSelector(`${path}.${hard}.nodeSelectorTerms`, objectAt(affinity, hard)) : []),
    ...objectsAt(affinity, soft).flatMap((term, i) => [
      ...checkWeight(`${path}.${soft}[${i}].weight`, term),
      ...checkNodeTerm(`${path}.${soft}[${i}].preference`, objectAt(term, 'preference'), false),
    ]),
  ]
}

function checkNodeSelector(path: string, selector: JsonObject): Problems {
  const terms = objectsAt(selector, 'nodeSelectorTerms')
  if (terms.length === 0) return [required(path, 'must have at least one node selector term')]
  return terms.flatMap((term, i) => checkNodeTerm(`${path}[${i}]`, term, true))
}

function checkNodeTerm(path: string, term: JsonObject, withValues: boolean): Problems {
  return [
    ...objectsAt(term, 'matchExpressions').flatMap((requirement, i) =>
      checkNodeRequirement(`${path}.matchExpressions[${i}]`, requirement, withValues),
    ),
    ...objectsAt(term, 'matchFields').flatMap((requirement, i) =>
      checkNodeField(`${path}.matchFields[${i}]`, requirement),
    ),
  ]
}

function checkNodeRequirement(path: string, requirement: JsonObject, withValues: boolean): Problems {
  const operator = stringAt(requirement, 'operator')
  const values = stringsAt(requirement, 'values')
  const compares = operator === 'Gt' || operator === 'Lt'
  const count = "must be specified single value when `operator` is 'Lt' or 'Gt'"
  return [
    ...(compares
      ? values.length === 1
        ? []
        : [required(`${path}.values`, count)]
      : checkOperator(path, operator, values)),
    ...checkQualifiedName(`${path}.key`, stringAt(requirement, 'key')),
    ...(withValues ? values.flatMap((value, i) => checkLabelValue(`${path}.values[${i}]`, value)) : []),
  ]
}

function checkNodeField(path: string, requirement: JsonObject): Problems {
  const operator = stringAt(requirement, 'operator')
  const key = stringAt(requirement, 'key')
  const values = stringsAt(requirement, 'values')
  const problems: Problems = []
  if (operator !== 'In' && operator !== 'NotIn') {
    problems.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'))
  } else if (values.length !== 1) {
    const sentence = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
    problems.push(required(`${path}.values`, sentence))
  }
  if (key !== 'metadata.name') return [...problems, invalid(`${path}.key`, key, 'not a valid field selector key')]
  return [
    ...problems,
    ...values.flatMap((value, i) => textProblems(`${path}.values[${i}]`, value, dns1123SubdomainProblems)),
  ]
}

function checkWeight(path: string, term: JsonObject): Problems {
  const weight = numberAt(term, 'weight') ?? 0
  return weight >= 1 && weight <= 100 ? [] : [invalid(path, weight, 'must be in the range 1-100')]
}

function checkPodAffinity(path: string, affinity: JsonObject): Problems {
  return [
    ...objectsAt(affinity, hard).flatMap((term, i) => checkPodTerm(`${path}.${hard}[${i}]`, term)),
    ...objectsAt(affinity, soft).flatMap((weighted, i) => [
      ...checkWeight(`${path}.${soft}[${i}].weight`, weighted),
      ...checkPodTerm(`${path}.${soft}[${i}].podAffinityTerm`, objectAt(weighted, 'podAffinityTerm')),
    ]),
  ]
}

function checkPodTerm(path: string, term: JsonObject): Problems {
  const topologyKey = stringAt(term, 'topologyKey')
  return [
    ...checkLabelSelector(`${path}.labelSelector`, objectAt(term, 'labelSelector')),
    ...checkLabelSelector(`${path}.namespaceSelector`, objectAt(term, 'namespaceSelector')),
    ...stringsAt(term, 'namespaces').flatMap(name => textProblems(`${path}.namespace`, name, dns1123LabelProblems)),
    ...['matchLabelKeys', 'mismatchLabelKeys'].flatMap(list =>
      checkLabelKeys(`${path}.${list}`, stringsAt(term, list), term),
    ),
    ...(topologyKey === '' ? [required(`${path}.topologyKey`, 'can not be empty')] : []),
    ...checkQualifiedName(`${path}.topologyKey`, topologyKey),
  ]
}

function checkLabelKeys(path: string, keys: readonly string[], owner: JsonObject): Problems {
  if (keys.length === 0) return []
  if (!has(owner, 'labelSelector')) return [forbidden(path, 'must not be specified when labelSelector is not set')]
  return keys.flatMap((key, i) => checkQualifiedName(`${path}[${i}]`, key))
}

/** `tolerations` of a pod. Errors of keys come last, from a later stage of the API's. */
export function checkTolerations(path: string, tolerations: readonly JsonObject[]): Problems {
  return [
    ...tolerations.flatMap((toleration, i) => checkToleration(`${path}[${i}]`, toleration)),
    ...tolerations.flatMap((toleration, i) => {
      const key = stringAt(toleration, 'key')
      return key === '' ? [] : checkQualifiedName(`${path}[${i}].key`, key)
    }),
  ]
}

/** The effects of taints. */
export const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

function checkToleration(path: string, toleration: JsonObject): Problems {
  const [key, operator, effect] = ['key', 'operator', 'effect'].map(name => stringAt(toleration, name))
  const problems: Problems = []
  if (key === '' && operator !== 'Exists') {
    const sentence = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
    problems.push(invalid(`${path}.operator`, operator, sentence))
  }
  if (has(toleration, 'tolerationSeconds') && effect !== 'NoExecute') {
    problems.push(invalid(`${path}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"))
  }
  problems.push(...checkTolerationValue(`${path}.operator`, operator ?? '', stringAt(toleration, 'value')))
  if (effect !== '' && effect !== undefined && !taintEffects.includes(effect)) {
    problems.push(notSupportedInOrder(`${path}.effect`, effect, taintEffects))
  }
  return problems
}

function checkTolerationValue(path: string, operator: string, value: string): Problems {
  switch (operator) {
    case '':
    case 'Equal': {
      const problems = labelValueProblems(value)
      return problems.length === 0 ? [] : [invalid(path, value, problems.join(';'))]
    }
    case 'Exists':
      return value === '' ? [] : [invalid(path, value, "value must be empty when `operator` is 'Exists'")]
    case 'Lt':
    case 'Gt':
      return [notSupportedInOrder(path, operator, ['Equal', 'Exists', 'Lt', 'Gt'])]
    default:
      return [notSupportedInOrder(path, operator, ['Equal', 'Exists'])]
  }
}

/** `topologySpreadConstraints` of a pod. */
export function checkTopologySpread(path: string, constraints: readonly JsonObject[]): Problems {
  const same = (a: JsonObject, b: JsonObject) =>
    ['topologyKey', 'whenUnsatisfiable'].every(key => stringAt(a, key) === stringAt(b, key))
  return constraints.flatMap((constraint, i) => {
    const at = `${path}[${i}]`
    const action = stringAt(constraint, 'whenUnsatisfiable')
    const key = stringAt(constraint, 'topologyKey')
    const repeated = constraints.slice(i + 1).some(later => same(constraint, later))
    return [
      ...checkPositive(`${at}.maxSkew`, numberAt(constraint, 'maxSkew') ?? 0),
      ...(key === '' ? [required(`${at}.topologyKey`, 'can not be empty')] : []),
      ...(['DoNotSchedule', 'ScheduleAnyway'].includes(action)
        ? []
        : [notSupported(`${at}.whenUnsatisfiable`, action, ['DoNotSchedule', 'ScheduleAnyway'])]),
      ...(repeated ? [duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${key}, ${action}}`)] : []),
      ...checkMinDomains(`${at}.minDomains`, numberAt(constraint, 'minDomains'), action),
      ...checkOptionalChoice(`${at}.nodeAffinityPolicy`, constraint, ['Honor', 'Ignore']),
      ...checkOptionalChoice(`${at}.nodeTaintsPolicy`, constraint, ['Honor', 'Ignore']),
      ...checkLabelKeys(`${at}.matchLabelKeys`, stringsAt(constraint, 'matchLabelKeys'), constraint),
      ...checkLabelSelector(`${at}.labelSelector`, objectAt(constraint, 'labelSelector')),
    ]
  })
}

function checkMinDomains(path: string, minDomains: number | undefined, action: string): Problems {
  if (minDomains === undefined) return []
  const problems = checkPositive(path, minDomains)
  if (action === 'DoNotSchedule') return problems
  const sentence = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`
  return [...problems, invalid(path, minDomains, sentence)]
}

function checkPositive(path: string, value: number): Problems {
  return value > 0 ? [] : [invalid(path, value, 'must be greater than zero')]
}
