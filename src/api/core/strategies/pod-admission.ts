/** What the admission plugins that are on by default do to new pods. */
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { type Draft, draftOf, each, ensure, has, numberAt, objectAt, stringAt } from '../draft.ts'

/** A PriorityClass, as far as pods are concerned. */
export interface PriorityOfClass {
  readonly value: number
  readonly preemptionPolicy: string
}

/** The pod as admission leaves it, or why it is forbidden (the part after `pods "NAME" is forbidden: `). */
export type PodAdmission = { readonly pod: JsonObject } | { readonly forbidden: string }

const systemClasses: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
}

/** Gives a new pod its priority and the tolerations of nodes that fail for a while. `classOf` looks a PriorityClass up. */
export function admitPod(pod: JsonObject, classOf: (name: string) => PriorityOfClass | undefined): PodAdmission {
  const draft = draftOf(pod)
  const spec = ensure(draft, 'spec')
  const refusal = setPriority(spec, classOf)
  if (refusal !== undefined) return { forbidden: refusal }
  addTolerations(spec)
  return { pod: draft }
}

/** The same for an update: what admission gave the pod stays. */
export function admitPodUpdate(pod: JsonObject, previous: JsonObject): JsonObject {
  const draft = draftOf(pod)
  const spec = ensure(draft, 'spec')
  const old = objectAt(previous, 'spec')
  for (const key of ['priority', 'preemptionPolicy']) {
    const value = old[key]
    if (!has(spec, key) && value !== undefined) spec[key] = value
  }
  addTolerations(spec)
  return draft
}

function setPriority(spec: Draft, classOf: (name: string) => PriorityOfClass | undefined): string | undefined {
  const name = stringAt(spec, 'priorityClassName')
  const system = systemClasses[name]
  const found = system === undefined ? classOf(name) : { value: system, preemptionPolicy: 'PreemptLowerPriority' }
  if (name !== '' && !found) return `no PriorityClass with name ${name} was found`
  const { value, preemptionPolicy } = found ?? { value: 0, preemptionPolicy: 'PreemptLowerPriority' }
  const given = numberAt(spec, 'priority')
  const computed = `priority admission controller computed ${value} from the given PriorityClass name`
  if (given !== undefined && given !== value) {
    return `the integer value of priority (${given}) must not be provided in pod spec; ${computed}`
  }
  spec['priority'] = value
  const policy = stringAt(spec, 'preemptionPolicy')
  if (policy !== '' && policy !== preemptionPolicy) {
    return `the string value of PreemptionPolicy (${policy}) must not be provided in pod spec; ${computed.replace(String(value), preemptionPolicy)}`
  }
  spec['preemptionPolicy'] = preemptionPolicy
  return undefined
}

const outageSeconds = 300

function addTolerations(spec: Draft): void {
  const tolerations = each(spec, 'tolerations')
  for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
    const tolerated = tolerations.some(
      toleration =>
        (!has(toleration, 'key') || toleration['key'] === key) &&
        (!has(toleration, 'effect') || toleration['effect'] === 'NoExecute'),
    )
    if (tolerated) continue
    tolerations.push({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: outageSeconds })
  }
  if (tolerations.length > 0) spec['tolerations'] = tolerations
}
