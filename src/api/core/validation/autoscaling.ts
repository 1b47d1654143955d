/** HorizontalPodAutoscalers. */
import { forbidden, invalid, notSupported, required } from '../../../apimachinery/field-error.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { parseQuantity } from '../../../apimachinery/quantity.ts'
import { has, numberAt, objectAt, objectsAt, stringAt } from '../draft.ts'
import { checkAllNotNegative, checkLabelName, type Problems, textProblems } from './checks.ts'
import { pathSegmentProblems } from './names.ts'
import { checkContainerResourceName } from './resources.ts'

/** A HorizontalPodAutoscaler, but for its metadata. The maximum as such is said last, by a later stage of the API's. */
export function checkAutoscaler(autoscaler: JsonObject): Problems {
  const spec = objectAt(autoscaler, 'spec')
  const [min, max] = [numberAt(spec, 'minReplicas'), numberAt(spec, 'maxReplicas') ?? 0]
  const problems: Problems = []
  if (min !== undefined && max < min) {
    problems.push(invalid('spec.maxReplicas', max, 'must be greater than or equal to `minReplicas`'))
  }
  problems.push(...checkReference('spec.scaleTargetRef', objectAt(spec, 'scaleTargetRef')))
  problems.push(...checkMetrics(spec, min))
  const behavior = objectAt(spec, 'behavior')
  problems.push(
    ...['scaleUp', 'scaleDown'].flatMap(direction =>
      has(behavior, direction) ? checkScaling(`spec.behavior.${direction}`, objectAt(behavior, direction)) : [],
    ),
  )
  if (min !== undefined && min < 0)
    problems.push(invalid('spec.minReplicas', min, 'must be greater than or equal to 0'))
  if (max === 0) problems.push(required('spec.maxReplicas'))
  if (max < 0) problems.push(invalid('spec.maxReplicas', max, 'must be greater than or equal to 1'))
  return problems
}

/** The status of a HorizontalPodAutoscaler. */
export function checkAutoscalerStatus(autoscaler: JsonObject): Problems {
  return checkAllNotNegative(objectAt(autoscaler, 'status'), ['currentReplicas', 'desiredReplicas'], 'status')
}

function checkReference(path: string, reference: JsonObject): Problems {
  const version = stringAt(reference, 'apiVersion')
  const problems = ['kind', 'name'].flatMap(key => checkSegment(`${path}.${key}`, stringAt(reference, key), ''))
  if (version.split('/').length > 2) {
    problems.push(invalid(`${path}.apiVersion`, version, `unexpected GroupVersion string: ${version}`))
  } else if (!/^[^/]+\//.test(version)) {
    problems.push(invalid(`${path}.apiVersion`, version, 'apiVersion must specify API group'))
  }
  return problems
}

function checkSegment(path: string, value: string, detail: string): Problems {
  if (value === '') return [required(path, detail)]
  return textProblems(path, value, text => pathSegmentProblems(text, false))
}

function checkMetrics(spec: JsonObject, min: number | undefined): Problems {
  const metrics = objectsAt(spec, 'metrics')
  const problems = metrics.flatMap((metric, i) => checkMetric(`spec.metrics[${i}]`, metric))
  const outside = metrics.some(metric => ['Object', 'External'].includes(stringAt(metric, 'type')))
  if (min !== 0 || outside) return problems
  const sentence = 'must specify at least one Object or External metric to support scaling to zero replicas'
  return [...problems, forbidden('spec.metrics', sentence)]
}

const sourceOfType: Readonly<Record<string, string>> = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
}
const sources: Readonly<Record<string, (source: JsonObject, path: string) => Problems>> = {
  object: checkObject,
  external: checkExternal,
  pods: checkPods,
  resource: (source, path) => [
    ...(stringAt(source, 'name') === '' ? [required(`${path}.name`, 'must specify a resource name')] : []),
    ...checkUsage(source, path),
  ],
  containerResource: checkContainerResource,
}

function checkMetric(path: string, metric: JsonObject): Problems {
  const type = stringAt(metric, 'type')
  const expected = sourceOfType[type]
  const given = Object.keys(sources).filter(name => has(metric, name))
  const problems: Problems = []
  if (type === '') problems.push(required(`${path}.type`, 'must specify a metric source type'))
  if (!expected) problems.push(notSupported(`${path}.type`, type, Object.keys(sourceOfType)))
  const first = given[0]
  if (first) problems.push(...(sources[first]?.(objectAt(metric, first), `${path}.${first}`) ?? []))
  if (expected && !given.includes(expected)) {
    problems.push(required(`${path}.${expected}`, 'must populate information for the given metric source'))
  }
  if (given.length < 2) return problems
  const others = given.filter(name => name !== expected)
  return [
    ...problems,
    ...others.map(name => forbidden(`${path}.${name}`, 'must populate the given metric source only')),
  ]
}

function checkObject(source: JsonObject, path: string): Problems {
  const target = objectAt(source, 'target')
  const none = !has(target, 'value') && !has(target, 'averageValue')
  return [
    ...checkDescribed(`${path}.describedObject`, objectAt(source, 'describedObject')),
    ...checkNamedTarget(source, path),
    ...(none ? [required(`${path}.target.averageValue`, 'must set either a target value or averageValue')] : []),
  ]
}

// An object may be of the core group, which has no name.
function checkDescribed(path: string, reference: JsonObject): Problems {
  return ['kind', 'name'].flatMap(key => checkSegment(`${path}.${key}`, stringAt(reference, key), ''))
}

function checkExternal(source: JsonObject, path: string): Problems {
  const target = objectAt(source, 'target')
  const [value, average] = [has(target, 'value'), has(target, 'averageValue')]
  const problems = checkNamedTarget(source, path)
  if (!value && !average) {
    const sentence = 'must set either a target value for metric or a per-pod target'
    problems.push(required(`${path}.target.averageValue`, sentence))
  }
  if (value && average) {
    const sentence = 'may not set both a target value for metric and a per-pod target'
    problems.push(forbidden(`${path}.target.value`, sentence))
  }
  return problems
}

function checkPods(source: JsonObject, path: string): Problems {
  const missing = !has(objectAt(source, 'target'), 'averageValue')
  return [
    ...checkNamedTarget(source, path),
    ...(missing ? [required(`${path}.target.averageValue`, 'must specify a positive target averageValue')] : []),
  ]
}

function checkContainerResource(source: JsonObject, path: string): Problems {
  const [name, container] = [stringAt(source, 'name'), stringAt(source, 'container')]
  return [
    ...(name === ''
      ? [required(`${path}.name`, 'must specify a resource name')]
      : checkContainerResourceName(`${path}.name`, name)),
    ...(container === ''
      ? [required(`${path}.container`, 'must specify a container')]
      : checkLabelName(`${path}.container`, container)),
    ...checkUsage(source, path),
  ]
}

function checkNamedTarget(source: JsonObject, path: string): Problems {
  return [
    ...checkSegment(`${path}.metric.name`, stringAt(objectAt(source, 'metric'), 'name'), 'must specify a metric name'),
    ...checkTarget(`${path}.target`, objectAt(source, 'target')),
  ]
}

function checkUsage(source: JsonObject, path: string): Problems {
  const target = objectAt(source, 'target')
  const [share, average] = [has(target, 'averageUtilization'), has(target, 'averageValue')]
  const problems = checkTarget(`${path}.target`, target)
  if (!share && !average) {
    const sentence = 'must set either a target raw value or a target utilization'
    problems.push(required(`${path}.target.averageUtilization`, sentence))
  }
  if (share && average) {
    const sentence = 'may not set both a target raw value and a target utilization'
    problems.push(forbidden(`${path}.target.averageValue`, sentence))
  }
  return problems
}

function checkTarget(path: string, target: JsonObject): Problems {
  const type = stringAt(target, 'type')
  const share = numberAt(target, 'averageUtilization')
  const problems: Problems = []
  if (type === '') problems.push(required(`${path}.type`, 'must specify a metric target type'))
  if (!['Utilization', 'Value', 'AverageValue'].includes(type)) {
    problems.push(invalid(`${path}.type`, type, 'must be either Utilization, Value, or AverageValue'))
  }
  for (const key of ['value', 'averageValue']) {
    const text = stringAt(target, key)
    const amount = parseQuantity(text)
    if (amount && amount.nanos <= 0n) problems.push(invalid(`${path}.${key}`, text, 'must be positive'))
  }
  if (share !== undefined && share < 1) {
    problems.push(invalid(`${path}.averageUtilization`, share, 'must be greater than 0'))
  }
  return problems
}

// pkg/apis/autoscaling/validation: MaxStabilizationWindowSeconds, MaxPeriodSeconds
const maxWindowSeconds = 3600
const maxPeriodSeconds = 1800

function checkScaling(path: string, rules: JsonObject): Problems {
  const window = numberAt(rules, 'stabilizationWindowSeconds')
  const select = stringAt(rules, 'selectPolicy')
  const policies = objectsAt(rules, 'policies')
  const at = `${path}.stabilizationWindowSeconds`
  const problems: Problems = []
  if (window !== undefined && window < 0) problems.push(invalid(at, window, 'must be greater than or equal to zero'))
  if (window !== undefined && window > maxWindowSeconds) {
    problems.push(invalid(at, window, `must be less than or equal to ${maxWindowSeconds}`))
  }
  if (select !== '' && !['Disabled', 'Max', 'Min'].includes(select)) {
    problems.push(notSupported(`${path}.selectPolicy`, select, ['Disabled', 'Max', 'Min']))
  }
  if (policies.length === 0) problems.push(required(`${path}.policies`, 'must specify at least one Policy'))
  return [...problems, ...policies.flatMap((policy, i) => checkPolicy(`${path}.policies[${i}]`, policy))]
}

function checkPolicy(path: string, policy: JsonObject): Problems {
  const type = stringAt(policy, 'type')
  const period = numberAt(policy, 'periodSeconds') ?? 0
  const positive = (key: string) => {
    const value = numberAt(policy, key) ?? 0
    return value > 0 ? [] : [invalid(`${path}.${key}`, value, 'must be greater than zero')]
  }
  return [
    ...(['Percent', 'Pods'].includes(type) ? [] : [notSupported(`${path}.type`, type, ['Percent', 'Pods'])]),
    ...positive('value'),
    ...positive('periodSeconds'),
    ...(period > maxPeriodSeconds
      ? [invalid(`${path}.periodSeconds`, period, `must be less than or equal to ${maxPeriodSeconds}`)]
      : []),
  ]
}
