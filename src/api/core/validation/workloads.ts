/** Deployments, ReplicaSets, DaemonSets, StatefulSets and ReplicationControllers. */
import { forbidden, invalid, notSupportedInOrder, required } from '../../../apimachinery/field-error.ts'
import { jsonEqual } from '../../../apimachinery/json.ts'
import { matchesLabels } from '../../../apimachinery/labels.ts'
import type { Json, JsonObject } from '../../../apimachinery/meta.ts'
import { regexProblem } from '../../../apimachinery/names.ts'
import { has, numberAt, objectAt, objectsAt, stringAt, stringMapAt } from '../draft.ts'
import {
  checkAllNotNegative,
  checkImmutable,
  checkLabelName,
  checkNotNegative,
  notNegativeMessage,
  type Problems,
} from './checks.ts'
import { checkClaimSpec } from './claims.ts'
import { internalJson } from './internal-json.ts'
import { checkLabelSelector } from './labels.ts'
import { checkPodTemplate } from './pod-template.ts'
import { readSelector } from './selectors.ts'

/** `spec` of a Deployment. */
export function checkDeploymentSpec(spec: JsonObject): Problems {
  const deadline = numberAt(spec, 'progressDeadlineSeconds')
  const tooShort = deadline !== undefined && deadline <= (numberAt(spec, 'minReadySeconds') ?? 0)
  return [
    ...checkNotNegative(spec, 'replicas', 'spec'),
    ...checkSelectorAndTemplate(spec, 'deployment', 'invalid label selector', template =>
      checkLastingTemplate(template, 'ReplicaSet'),
    ),
    ...checkDeploymentStrategy('spec.strategy', objectAt(spec, 'strategy')),
    ...checkAllNotNegative(spec, ['minReadySeconds', 'revisionHistoryLimit', 'progressDeadlineSeconds'], 'spec'),
    ...(tooShort ? [invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds')] : []),
  ]
}

/** `spec` of a ReplicaSet. */
export function checkReplicaSetSpec(spec: JsonObject): Problems {
  return [
    ...checkAllNotNegative(spec, ['replicas', 'minReadySeconds'], 'spec'),
    // The API says deployment here too.
    ...checkSelectorAndTemplate(spec, 'deployment', 'invalid label selector', template =>
      checkLastingTemplate(template, 'ReplicaSet'),
    ),
  ]
}

/** `spec` of a DaemonSet. */
export function checkDaemonSetSpec(spec: JsonObject): Problems {
  const template = objectAt(spec, 'template')
  const labels = stringMapAt(objectAt(template, 'metadata'), 'labels')
  const selector = readSelector(spec)
  const mismatches = selector !== 'unusable' && !matchesLabels(selector, labels)
  return [
    ...checkLabelSelector('spec.selector', objectAt(spec, 'selector')),
    ...(mismatches ? [mismatch(labels)] : []),
    ...(has(spec, 'selector') && isEmptySelector(objectAt(spec, 'selector')) ? [emptySelector(spec, 'daemonset')] : []),
    ...checkPodTemplate('spec.template', template),
    ...checkRestarts(objectAt(template, 'spec'), 'DaemonSet'),
    ...checkNotNegative(spec, 'minReadySeconds', 'spec'),
    ...checkDaemonSetStrategy('spec.updateStrategy', objectAt(spec, 'updateStrategy')),
    ...checkNotNegative(spec, 'revisionHistoryLimit', 'spec'),
  ]
}

/** `spec` of a StatefulSet. */
export function checkStatefulSetSpec(spec: JsonObject): Problems {
  const policy = stringAt(spec, 'podManagementPolicy')
  const serviceName = stringAt(spec, 'serviceName')
  const problems: Problems = []
  if (policy !== 'OrderedReady' && policy !== 'Parallel') {
    problems.push(invalid('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'"))
  }
  return [
    ...problems,
    ...checkStatefulSetStrategy('spec.updateStrategy', objectAt(spec, 'updateStrategy')),
    ...['whenDeleted', 'whenScaled'].flatMap(key => {
      const value = stringAt(objectAt(spec, 'persistentVolumeClaimRetentionPolicy'), key)
      if (value === 'Retain' || value === 'Delete') return []
      return [notSupportedInOrder(`spec.persistentVolumeClaimRetentionPolicy.${key}`, value, ['Retain', 'Delete'])]
    }),
    ...objectsAt(spec, 'volumeClaimTemplates').flatMap((claim, i) =>
      checkClaimSpec(`spec.volumeClaimTemplates[${i}].spec`, objectAt(claim, 'spec')),
    ),
    ...checkAllNotNegative(spec, ['replicas', 'minReadySeconds'], 'spec'),
    ...checkNotNegative(objectAt(spec, 'ordinals'), 'start', 'spec.ordinals'),
    ...(serviceName === '' ? [] : checkLabelName('spec.serviceName', serviceName)),
    ...checkSelectorAndTemplate(spec, 'statefulset', '', template => [
      ...checkPodTemplate('spec.template', withClaimVolumes(spec, template)),
      ...checkRestarts(objectAt(template, 'spec'), 'StatefulSet'),
    ]),
  ]
}

/** `spec` of a ReplicationController. */
export function checkReplicationControllerSpec(spec: JsonObject): Problems {
  const selector = stringMapAt(spec, 'selector')
  const isEmpty = Object.keys(selector).length === 0
  const problems = checkAllNotNegative(spec, ['minReadySeconds'], 'spec')
  if (isEmpty) problems.push(required('spec.selector'))
  problems.push(...checkNotNegative(spec, 'replicas', 'spec'))
  if (!has(spec, 'template')) return [...problems, required('spec.template')]
  const labels = stringMapAt(objectAt(objectAt(spec, 'template'), 'metadata'), 'labels')
  if (!isEmpty && !Object.entries(selector).every(([key, value]) => labels[key] === value))
    problems.push(mismatch(labels))
  return [...problems, ...checkLastingTemplate(objectAt(spec, 'template'), 'ReplicationController')]
}

/** The rules of the fields of an apps kind that may not change. */
export function checkAppsUpdate(next: JsonObject, previous: JsonObject, keys: readonly string[]): Problems {
  return keys.flatMap(key => {
    const [value, old] = [next[key], previous[key]]
    const shown = internalValue(key, value)
    const problems = checkImmutable(`spec.${key}`, value, jsonEqual(value, old))
    return shown === undefined
      ? problems
      : problems.map(problem => ({ ...problem, message: `Invalid value: ${shown}: field is immutable` }))
  })
}

function internalValue(key: string, value: Json | undefined): string | undefined {
  return key === 'selector' ? internalJson('v1.LabelSelector', value) : undefined
}

/**
 * A selector and the template that it has to match. `owner` is who the API says may not have an empty selector, `why` what
 * it says of one that cannot be used.
 */
function checkSelectorAndTemplate(
  spec: JsonObject,
  owner: string,
  why: string,
  checkTemplate: (template: JsonObject) => Problems,
): Problems {
  const template = objectAt(spec, 'template')
  const problems: Problems = []
  if (!has(spec, 'selector')) problems.push(required('spec.selector'))
  else {
    problems.push(...checkLabelSelector('spec.selector', objectAt(spec, 'selector')))
    if (isEmptySelector(objectAt(spec, 'selector'))) problems.push(emptySelector(spec, owner))
  }
  const selector = readSelector(spec)
  if (selector === 'unusable') return [...problems, selectorProblem(spec, why)]
  const labels = stringMapAt(objectAt(template, 'metadata'), 'labels')
  if (!matchesLabels(selector, labels)) problems.push(mismatch(labels))
  return [...problems, ...checkTemplate(template)]
}

function mismatch(labels: Readonly<Record<string, string>>) {
  const shown = Object.keys(labels).length === 0 ? undefined : labels
  return invalid('spec.template.metadata.labels', shown, '`selector` does not match template `labels`')
}

function isEmptySelector(selector: JsonObject): boolean {
  return Object.keys(stringMapAt(selector, 'matchLabels')).length + objectsAt(selector, 'matchExpressions').length === 0
}

function emptySelector(spec: JsonObject, owner: string) {
  return selectorProblem(spec, `empty selector is invalid for ${owner}`)
}

function selectorProblem(spec: JsonObject, sentence: string) {
  const shown = internalJson('v1.LabelSelector', spec['selector'])
  return { ...invalid('spec.selector', '', ''), message: `Invalid value: ${shown}: ${sentence}` }
}

// A template whose pods run for good.
function checkLastingTemplate(template: JsonObject, kind: string): Problems {
  return [...checkPodTemplate('spec.template', template), ...checkRestarts(objectAt(template, 'spec'), kind)]
}

function checkRestarts(podSpec: JsonObject, kind: string): Problems {
  const policy = stringAt(podSpec, 'restartPolicy')
  return [
    ...(policy === 'Always' ? [] : [notSupportedInOrder('spec.template.spec.restartPolicy', policy, ['Always'])]),
    ...(has(podSpec, 'activeDeadlineSeconds')
      ? [forbidden('spec.template.spec.activeDeadlineSeconds', `activeDeadlineSeconds in ${kind} is not Supported`)]
      : []),
  ]
}

// The pods of a StatefulSet have volumes by its claims' names.
function withClaimVolumes(spec: JsonObject, template: JsonObject): JsonObject {
  const claims = objectsAt(spec, 'volumeClaimTemplates').map(claim => stringAt(objectAt(claim, 'metadata'), 'name'))
  if (claims.length === 0) return template
  const podSpec = objectAt(template, 'spec')
  const own = objectsAt(podSpec, 'volumes').filter(volume => !claims.includes(stringAt(volume, 'name')))
  const made = claims.map(name => ({ name, persistentVolumeClaim: { claimName: name } }))
  return { ...template, spec: { ...podSpec, volumes: [...made, ...own] } }
}

function checkDeploymentStrategy(path: string, strategy: JsonObject): Problems {
  const update = objectAt(strategy, 'rollingUpdate')
  switch (stringAt(strategy, 'type')) {
    case 'Recreate': {
      if (!has(strategy, 'rollingUpdate')) return []
      return [forbidden(`${path}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")]
    }
    case 'RollingUpdate': {
      const at = `${path}.rollingUpdate`
      const { maxUnavailable, maxSurge } = update
      return [
        ...checkShare(`${at}.maxUnavailable`, maxUnavailable),
        ...checkShare(`${at}.maxSurge`, maxSurge),
        ...(amountOf(maxUnavailable) === 0 && amountOf(maxSurge) === 0
          ? [invalid(`${at}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0')]
          : []),
        ...checkNotMoreThanAll(`${at}.maxUnavailable`, maxUnavailable),
      ]
    }
    default:
      return [unknownStrategy(path, 'apps.DeploymentStrategy', strategy, ['Recreate', 'RollingUpdate'])]
  }
}

function checkDaemonSetStrategy(path: string, strategy: JsonObject): Problems {
  const type = stringAt(strategy, 'type')
  if (type === 'OnDelete') return []
  if (type !== 'RollingUpdate') {
    return [unknownStrategy(path, 'apps.DaemonSetUpdateStrategy', strategy, ['RollingUpdate', 'OnDelete'])]
  }
  const at = `${path}.rollingUpdate`
  const { maxUnavailable, maxSurge } = objectAt(strategy, 'rollingUpdate')
  const problems = [
    ...checkShare(`${at}.maxUnavailable`, maxUnavailable),
    ...checkShare(`${at}.maxSurge`, maxSurge),
    ...checkNotMoreThanAll(`${at}.maxUnavailable`, maxUnavailable),
    ...checkNotMoreThanAll(`${at}.maxSurge`, maxSurge),
  ]
  const [misses, surges] = [amountOf(maxUnavailable) !== 0, amountOf(maxSurge) !== 0]
  if (misses && surges) {
    problems.push(invalid(`${at}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'))
  } else if (!misses && !surges) problems.push(required(`${at}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'))
  return problems
}

function checkStatefulSetStrategy(path: string, strategy: JsonObject): Problems {
  const update = objectAt(strategy, 'rollingUpdate')
  const at = `${path}.rollingUpdate`
  switch (stringAt(strategy, 'type')) {
    case 'OnDelete': {
      if (!has(strategy, 'rollingUpdate')) return []
      const shown = internalJson('apps.RollingUpdateStatefulSetStrategy', update)
      const sentence = "only allowed for updateStrategy 'RollingUpdate'"
      return [{ ...invalid(at, '', sentence), message: `Invalid value: ${shown}: ${sentence}` }]
    }
    case 'RollingUpdate':
      return has(strategy, 'rollingUpdate') ? checkPartition(at, update) : []
    default: {
      const shown = internalJson('apps.StatefulSetUpdateStrategy', strategy)
      const sentence = "must be 'RollingUpdate' or 'OnDelete'"
      return [{ ...invalid(path, '', sentence), message: `Invalid value: ${shown}: ${sentence}` }]
    }
  }
}

function checkPartition(path: string, update: JsonObject): Problems {
  const { maxUnavailable } = update
  const problems = checkNotNegative(update, 'partition', path)
  if (maxUnavailable === undefined) return problems
  problems.push(...checkShare(`${path}.maxUnavailable`, maxUnavailable))
  if (amountOf(maxUnavailable) === 0) problems.push(invalid(`${path}.maxUnavailable`, maxUnavailable, 'cannot be 0'))
  return [...problems, ...checkNotMoreThanAll(`${path}.maxUnavailable`, maxUnavailable)]
}

function unknownStrategy(path: string, struct: string, strategy: JsonObject, supported: readonly string[]) {
  const problem = notSupportedInOrder(path, '', supported)
  return { ...problem, message: problem.message.replace('""', () => internalJson(struct, strategy)) }
}

const percent = '[0-9]+%'

/** A number of pods or a share of them. */
export function checkShare(path: string, value: Json | undefined): Problems {
  if (typeof value === 'string') {
    if (new RegExp(`^${percent}$`).test(value)) return []
    const sentence = "a valid percent string must be a numeric string followed by an ending '%'"
    return [invalid(path, value, regexProblem(sentence, percent, '1%', '93%'))]
  }
  return typeof value === 'number' && value < 0 ? [invalid(path, value, notNegativeMessage)] : []
}

/** A share of pods that is no more than all of them. */
export function checkNotMoreThanAll(path: string, value: Json | undefined): Problems {
  if (typeof value !== 'string' || !new RegExp(`^${percent}$`).test(value) || Number.parseInt(value, 10) <= 100)
    return []
  return [invalid(path, value, 'must not be greater than 100%')]
}

// What is no percentage counts as 0, as the API has it.
function amountOf(value: Json | undefined): number {
  if (typeof value === 'number') return value
  return typeof value === 'string' && new RegExp(`^${percent}$`).test(value) ? Number.parseInt(value, 10) : 0
}
