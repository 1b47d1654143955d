/** Kinds with a few rules each: leases, budgets, quotas, priorities, nodes, events, revisions. */
import {
  duplicate,
  forbidden,
  invalid,
  notSupported,
  notSupportedInOrder,
  required,
} from '../../../apimachinery/field-error.ts'
import { isJsonObject, jsonEqual } from '../../../apimachinery/json.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { compareQuantities, parseQuantity } from '../../../apimachinery/quantity.ts'
import { has, numberAt, objectAt, objectsAt, stringAt, stringMapAt } from '../draft.ts'
import { checkNotNegative, checkQualifiedName, immutableMessage, notNegativeMessage, type Problems } from './checks.ts'
import { internalJson } from './internal-json.ts'
import { checkLabelSelector } from './labels.ts'
import { checkAmount, checkQuotaResourceName } from './resources.ts'
import { taintEffects } from './scheduling.ts'
import { checkNotMoreThanAll, checkShare } from './workloads.ts'

/** A Lease, but for its metadata. */
export function checkLease(lease: JsonObject): Problems {
  const spec = objectAt(lease, 'spec')
  const [seconds, transitions] = [numberAt(spec, 'leaseDurationSeconds'), numberAt(spec, 'leaseTransitions')]
  const problems: Problems = []
  if (seconds !== undefined && seconds <= 0) {
    problems.push(invalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0'))
  }
  if (transitions !== undefined && transitions < 0) {
    problems.push(invalid('spec.leaseTransitions', transitions, notNegativeMessage))
  }
  return problems
}

/** A PodDisruptionBudget, but for its metadata. */
export function checkDisruptionBudget(budget: JsonObject): Problems {
  const spec = objectAt(budget, 'spec')
  const { minAvailable, maxUnavailable } = spec
  const policy = stringAt(spec, 'unhealthyPodEvictionPolicy')
  const policies = ['AlwaysAllow', 'IfHealthyBudget']
  const problems: Problems = []
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    const shown = internalJson('policy.PodDisruptionBudgetSpec', spec)
    const message = `Invalid value: ${shown}: minAvailable and maxUnavailable cannot be both set`
    problems.push({ ...invalid('spec', '', ''), message })
  }
  for (const key of ['minAvailable', 'maxUnavailable']) {
    problems.push(...checkShare(`spec.${key}`, spec[key]), ...checkNotMoreThanAll(`spec.${key}`, spec[key]))
  }
  problems.push(...checkLabelSelector('spec.selector', objectAt(spec, 'selector')))
  if (policy === '' || policies.includes(policy)) return problems
  return [...problems, notSupported('spec.unhealthyPodEvictionPolicy', policy, policies)]
}

/** A ResourceQuota, but for its metadata. */
export function checkResourceQuota(quota: JsonObject): Problems {
  return Object.entries(stringMapAt(objectAt(quota, 'spec'), 'hard')).flatMap(([name, amount]) => [
    ...checkQuotaResourceName(`spec.hard[${name}]`, name),
    ...checkAmount(`spec.hard[${name}]`, name, amount),
  ])
}

/** A LimitRange, but for its metadata. */
export function checkLimitRange(range: JsonObject): Problems {
  const seen = new Set<string>()
  return objectsAt(objectAt(range, 'spec'), 'limits').flatMap((limit, i) => {
    const path = `spec.limits[${i}]`
    const type = stringAt(limit, 'type')
    const problems: Problems = []
    if (seen.has(type)) problems.push(duplicate(`${path}.type`, type))
    seen.add(type)
    return [...problems, ...checkLimits(path, limit)]
  })
}

function checkLimits(path: string, limit: JsonObject): Problems {
  const amount = (list: string, name: string) => stringMapAt(limit, list)[name]
  const names = new Set(['max', 'min', 'default', 'defaultRequest'].flatMap(list => Object.keys(objectAt(limit, list))))
  // Pairs of which the first may not be greater than the second, with the place where the API says so.
  const pairs: readonly (readonly [low: string, high: string, at: string, value: string])[] = [
    ['min', 'max', 'min', 'min'],
    ['min', 'defaultRequest', 'defaultRequest', 'defaultRequest'],
    ['defaultRequest', 'max', 'defaultRequest', 'defaultRequest'],
    ['defaultRequest', 'default', 'defaultRequest', 'defaultRequest'],
    ['min', 'default', 'default', 'min'],
    ['default', 'max', 'default', 'max'],
  ]
  const words: Readonly<Record<string, string>> = { default: 'default', defaultRequest: 'default request' }
  const word = (list: string) => words[list] ?? list
  return [...names].flatMap(name =>
    pairs.flatMap(([low, high, at, shown]) => {
      const [a, b] = [amount(low, name), amount(high, name)]
      const isGreater = a !== undefined && b !== undefined && greater(a, b)
      const sentence = `${word(low)} value ${a} is greater than ${word(high)} value ${b}`
      return isGreater ? [invalid(`${path}.${at}[${name}]`, amount(shown, name), sentence)] : []
    }),
  )
}

function greater(a: string, b: string): boolean {
  const [x, y] = [parseQuantity(a), parseQuantity(b)]
  return x !== undefined && y !== undefined && compareQuantities(x, y) > 0
}

// pkg/apis/scheduling: HighestUserDefinablePriority
const highestPriority = 1_000_000_000

/** A PriorityClass, but for its metadata. */
export function checkPriorityClass(priorityClass: JsonObject): Problems {
  const name = stringAt(objectAt(priorityClass, 'metadata'), 'name')
  const policy = stringAt(priorityClass, 'preemptionPolicy')
  const policies = ['PreemptLowerPriority', 'Never']
  const problems: Problems = []
  if (name.startsWith('system-')) {
    const sentence = `priority class names with 'system-' prefix are reserved for system use only. error: ${name} is not a known system priority class`
    problems.push(forbidden('metadata.name', sentence))
  } else if ((numberAt(priorityClass, 'value') ?? 0) > highestPriority) {
    problems.push(forbidden('value', `maximum allowed value of a user defined priority is ${highestPriority}`))
  }
  if (policy !== '' && !policies.includes(policy)) {
    problems.push(notSupportedInOrder('preemptionPolicy', policy, policies))
  }
  return problems
}

/** What of a PriorityClass may not change. */
export function checkPriorityClassUpdate(next: JsonObject, previous: JsonObject): Problems {
  const same = (key: string) => jsonEqual(next[key], previous[key])
  return [
    ...(same('value') ? [] : [forbidden('value', 'may not be changed in an update.')]),
    ...(same('preemptionPolicy') ? [] : [invalid('preemptionPolicy', next['preemptionPolicy'], immutableMessage)]),
  ]
}

/** The taints of a Node; the API gives their place as if they were metadata. */
export function checkNode(node: JsonObject): Problems {
  const seen = new Set<string>()
  return objectsAt(objectAt(node, 'spec'), 'taints').flatMap((taint, i) => {
    const path = `metadata.taints[${i}]`
    const [key, effect] = [stringAt(taint, 'key'), stringAt(taint, 'effect')]
    const problems = checkQualifiedName(`${path}.key`, key)
    if (effect === '') problems.push(required(`${path}.effect`))
    else if (!taintEffects.includes(effect)) problems.push(notSupportedInOrder(`${path}.effect`, effect, taintEffects))
    if (seen.has(`${key} ${effect}`)) problems.push(duplicate(path, taint))
    seen.add(`${key} ${effect}`)
    return problems
  })
}

/** An Event of core/v1, but for its metadata. */
export function checkEvent(event: JsonObject): Problems {
  const namespace = stringAt(objectAt(event, 'metadata'), 'namespace')
  const involved = stringAt(objectAt(event, 'involvedObject'), 'namespace')
  if (involved === namespace || (involved === '' && namespace === 'default')) return []
  return [invalid('involvedObject.namespace', involved, 'does not match event.namespace')]
}

/** An Event of events.k8s.io/v1, but for its metadata: as of core, and stricter. */
export function checkNewEvent(event: JsonObject): Problems {
  const type = stringAt(event, 'type')
  const regarding = stringAt(objectAt(event, 'regarding'), 'namespace')
  const namespace = stringAt(objectAt(event, 'metadata'), 'namespace')
  return [
    ...(regarding === namespace || (regarding === '' && namespace === 'default')
      ? []
      : [invalid('involvedObject.namespace', regarding, 'does not match event.namespace')]),
    ...(stringAt(event, 'eventTime') === '' ? [required('eventTime')] : []),
    ...(type === 'Normal' || type === 'Warning' ? [] : [invalid('type', type, `has invalid value: ${type}`)]),
  ]
}

/** A ControllerRevision, but for its metadata. */
export function checkNewRevision(revision: JsonObject): Problems {
  return [...checkRevisionNumber(revision), ...checkRevisionData(revision)]
}

function checkRevisionData(revision: JsonObject): Problems {
  if (!has(revision, 'data')) return [required('data', 'data is mandatory')]
  return isJsonObject(revision['data']) ? [] : [required('data', 'data must be a valid JSON object')]
}

function checkRevisionNumber(revision: JsonObject): Problems {
  return checkNotNegative(revision, 'revision', '').map(problem => ({ ...problem, field: 'revision' }))
}

/** What of a ControllerRevision may not change: its data. */
export function checkRevisionUpdate(next: JsonObject, previous: JsonObject): Problems {
  const same = jsonEqual(next['data'], previous['data'])
  return [...checkRevisionNumber(next), ...(same ? [] : [invalid('data', next['data'], immutableMessage)])]
}
