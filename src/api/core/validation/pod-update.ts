/** What of a pod may change, and what of its status. */
import { forbidden, invalid, required } from '../../../apimachinery/field-error.ts'
import { jsonEqual } from '../../../apimachinery/json.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { dns1123SubdomainProblems } from '../../../apimachinery/names.ts'
import { has, numberAt, objectAt, objectsAt, stringAt } from '../draft.ts'
import { isIpAddress, notAnAddress } from './addresses.ts'
import { checkImmutable, checkQualifiedName, checkRange, type Problems, textProblems } from './checks.ts'
import { internalJsonLines } from './internal-json.ts'
import { checkPod } from './pods.ts'
import { checkTolerations } from './scheduling.ts'
import { unifiedDiff } from './unified-diff.ts'

const updatable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',')
const maxDeadline = 2 ** 31 - 1

/** An update of a pod, but for its metadata. */
export function checkPodUpdate(next: JsonObject, previous: JsonObject): Problems {
  const [spec, old] = [objectAt(next, 'spec'), objectAt(previous, 'spec')]
  const problems = checkPod(next)
  for (const list of ['containers', 'initContainers']) {
    const found = checkImages(`spec.${list}`, objectsAt(spec, list), objectsAt(old, list))
    problems.push(...found.problems)
    if (found.stop) return problems
  }
  const deadline = checkDeadline(spec, old)
  problems.push(...deadline.problems)
  if (deadline.stop) return problems
  problems.push(...checkAddedTolerations(objectsAt(spec, 'tolerations'), objectsAt(old, 'tolerations')))
  problems.push(...checkGates(spec, old))
  const frozen = withoutUpdatable(spec, old)
  if (jsonEqual(frozen, old)) return problems
  const diff = unifiedDiff(internalJsonLines('core.PodSpec', old), internalJsonLines('core.PodSpec', frozen))
  return [...problems, forbidden('spec', `pod updates may not change fields other than ${updatable}\n${diff}`)]
}

interface Found {
  readonly problems: Problems
  /** Nothing after this is looked at. */
  readonly stop: boolean
}

function checkImages(path: string, next: readonly JsonObject[], old: readonly JsonObject[]): Found {
  if (next.length !== old.length) {
    return { problems: [forbidden(path, 'pod updates may not add or remove containers')], stop: true }
  }
  const problems = next.flatMap((container, i) => {
    const image = stringAt(container, 'image')
    if (image === '') return [required(`${path}[${i}].image`)]
    if (image.trim() === image) return []
    return [invalid(`${path}[${i}].image`, image, 'must not have leading or trailing whitespace')]
  })
  return { problems, stop: false }
}

function checkDeadline(spec: JsonObject, old: JsonObject): Found {
  const path = 'spec.activeDeadlineSeconds'
  const [next, before] = [numberAt(spec, 'activeDeadlineSeconds'), numberAt(old, 'activeDeadlineSeconds')]
  if (next === undefined) {
    if (before === undefined) return { problems: [], stop: false }
    return { problems: [invalid(path, undefined, 'must not update from a positive integer to nil value')], stop: false }
  }
  const problems = checkRange(path, next, 0, maxDeadline)
  if (problems.length === 0 && before !== undefined && before < next) {
    problems.push(invalid(path, next, 'must be less than or equal to previous value'))
  }
  return { problems, stop: problems.length > 0 }
}

function checkAddedTolerations(next: readonly JsonObject[], old: readonly JsonObject[]): Problems {
  const path = 'spec.tolerations'
  const without = ({ tolerationSeconds: _, ...rest }: JsonObject) => rest
  const kept = old.every(toleration => next.some(other => jsonEqual(without(toleration), without(other))))
  if (!kept) return [forbidden(path, 'existing toleration can not be modified except its tolerationSeconds')]
  return checkTolerations(path, next)
}

function checkGates(spec: JsonObject, old: JsonObject): Problems {
  const before = objectsAt(old, 'schedulingGates').map(gate => stringAt(gate, 'name'))
  return objectsAt(spec, 'schedulingGates')
    .map(gate => stringAt(gate, 'name'))
    .filter(name => !before.includes(name))
    .map(() => forbidden('spec.schedulingGates', 'only deletion is allowed, but found new scheduling gate'))
}

/** The new spec with the old values of what may change. */
function withoutUpdatable(spec: JsonObject, old: JsonObject): JsonObject {
  const frozen: Record<string, JsonObject[string]> = { ...spec }
  for (const list of ['containers', 'initContainers']) {
    if (!has(spec, list)) continue
    const before = objectsAt(old, list)
    frozen[list] = objectsAt(spec, list).map((container, i) => ({ ...container, image: before[i]?.['image'] ?? '' }))
  }
  for (const field of ['activeDeadlineSeconds', 'schedulingGates', 'tolerations']) {
    const value = old[field]
    if (value === undefined) delete frozen[field]
    else frozen[field] = value
  }
  const grace = numberAt(old, 'terminationGracePeriodSeconds') ?? 0
  if (grace < 0 && frozen['terminationGracePeriodSeconds'] === 1) frozen['terminationGracePeriodSeconds'] = grace
  return frozen
}

const systemConditions = ['PodScheduled', 'Ready', 'Initialized']

/** An update of a pod's status, but for its metadata. */
export function checkPodStatusUpdate(next: JsonObject, previous: JsonObject): Problems {
  const [status, old] = [objectAt(next, 'status'), objectAt(previous, 'status')]
  const nominated = stringAt(status, 'nominatedNodeName')
  return [
    ...objectsAt(status, 'conditions').flatMap((condition, i) => {
      const type = stringAt(condition, 'type')
      return systemConditions.includes(type) ? [] : checkQualifiedName(`status.conditions[${i}].Type`, type)
    }),
    ...(nominated === '' || nominated === stringAt(old, 'nominatedNodeName')
      ? []
      : textProblems('status.nominatedNodeName', nominated, dns1123SubdomainProblems)),
    ...checkImmutable('status.qosClass', status['qosClass'] ?? '', jsonEqual(status['qosClass'], old['qosClass'])),
    ...checkIps(status, old),
  ]
}

function checkIps(status: JsonObject, old: JsonObject): Problems {
  const known = objectsAt(old, 'podIPs').map(entry => stringAt(entry, 'ip'))
  return objectsAt(status, 'podIPs').flatMap((entry, i) => {
    const ip = stringAt(entry, 'ip')
    return isIpAddress(ip) || known.includes(ip) ? [] : [invalid(`status.podIPs[${i}]`, ip, notAnAddress)]
  })
}
