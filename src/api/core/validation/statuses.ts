/** The statuses of workloads, as controllers write them. */
import { invalid } from '../../../apimachinery/field-error.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { numberAt, objectAt } from '../draft.ts'
import { checkAllNotNegative, type Problems } from './checks.ts'

/** How the numbers of one kind's status relate. */
interface StatusRules {
  readonly notNegative: readonly string[]
  /** None of these may be greater than `replicas`. */
  readonly atMostReplicas: readonly string[]
  /** What the API says where more are available than ready. */
  readonly readyMessage?: string
}

const rules: Readonly<Record<string, StatusRules>> = {
  Deployment: {
    notNegative: [
      'observedGeneration',
      'replicas',
      'updatedReplicas',
      'readyReplicas',
      'availableReplicas',
      'unavailableReplicas',
      'terminatingReplicas',
      'collisionCount',
    ],
    atMostReplicas: ['updatedReplicas', 'readyReplicas', 'availableReplicas'],
    readyMessage: 'cannot be greater than readyReplicas',
  },
  ReplicaSet: {
    notNegative: [
      'replicas',
      'fullyLabeledReplicas',
      'readyReplicas',
      'availableReplicas',
      'observedGeneration',
      'terminatingReplicas',
    ],
    atMostReplicas: ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'],
    readyMessage: 'cannot be greater than readyReplicas',
  },
  StatefulSet: {
    notNegative: [
      'replicas',
      'readyReplicas',
      'currentReplicas',
      'updatedReplicas',
      'availableReplicas',
      'observedGeneration',
      'collisionCount',
    ],
    atMostReplicas: ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'],
    readyMessage: 'cannot be greater than status.readyReplicas',
  },
  DaemonSet: {
    notNegative: [
      'currentNumberScheduled',
      'numberMisscheduled',
      'desiredNumberScheduled',
      'numberReady',
      'observedGeneration',
      'updatedNumberScheduled',
      'numberAvailable',
      'numberUnavailable',
      'collisionCount',
    ],
    atMostReplicas: [],
  },
}

/** The status of a Deployment, ReplicaSet, StatefulSet or DaemonSet. */
export function checkWorkloadStatus(kind: 'Deployment' | 'ReplicaSet' | 'StatefulSet' | 'DaemonSet') {
  return (object: JsonObject): Problems => {
    const { notNegative = [], atMostReplicas = [], readyMessage } = rules[kind] ?? {}
    const status = objectAt(object, 'status')
    const count = (key: string) => numberAt(status, key) ?? 0
    const problems = checkAllNotNegative(status, notNegative, 'status')
    for (const key of atMostReplicas) {
      if (count(key) <= count('replicas')) continue
      problems.push(invalid(`status.${key}`, count(key), 'cannot be greater than status.replicas'))
    }
    if (readyMessage !== undefined && count('availableReplicas') > count('readyReplicas')) {
      problems.push(invalid('status.availableReplicas', count('availableReplicas'), readyMessage))
    }
    return problems
  }
}
