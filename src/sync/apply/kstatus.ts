/** Whether an object has become what its spec asks for, by the rules of kstatus (fluxcd/cli-utils). Pure. */
import { isJsonArray, isJsonObject } from '../../apimachinery/json.ts'
import type { Json, JsonObject } from '../../apimachinery/meta.ts'

/** How far an object is. `Current` is done; `Failed` will not get there by waiting. */
export type ObjectStatus = 'InProgress' | 'Failed' | 'Current' | 'Terminating' | 'NotFound' | 'Unknown'

/** The status of an object; undefined stands for one that is not there. */
export function objectStatus(object: JsonObject | undefined): ObjectStatus {
  if (object === undefined) return 'NotFound'
  const metadata = objectAt(object, 'metadata')
  if (metadata['deletionTimestamp'] !== undefined) return 'Terminating'
  const status = objectAt(object, 'status')
  const observed = status['observedGeneration']
  const generation = metadata['generation']
  if (typeof observed === 'number' && typeof generation === 'number' && observed !== generation) return 'InProgress'
  if (conditionOf(status, 'Reconciling') === 'True') return 'InProgress'
  if (conditionOf(status, 'Stalled') === 'True') return 'Failed'
  const rule = rules[String(object['kind'])]
  return rule ? rule(objectAt(object, 'spec'), status) : byReadyCondition(status)
}

type Rule = (spec: JsonObject, status: JsonObject) => ObjectStatus

const always: Rule = () => 'Current'

const rules: Readonly<Record<string, Rule>> = {
  Deployment: deploymentStatus,
  StatefulSet: statefulSetStatus,
  DaemonSet: daemonSetStatus,
  ReplicaSet: replicaSetStatus,
  Pod: podStatus,
  Job: jobStatus,
  PersistentVolumeClaim: (_spec, status) => (status['phase'] === 'Bound' ? 'Current' : 'InProgress'),
  CustomResourceDefinition: (_spec, status) => {
    if (conditionOf(status, 'NamesAccepted') === 'False') return 'Failed'
    return conditionOf(status, 'Established') === 'True' ? 'Current' : 'InProgress'
  },
  Service: spec => (spec['type'] === 'LoadBalancer' && !spec['clusterIP'] ? 'InProgress' : 'Current'),
  Namespace: (_spec, status) => (status['phase'] === 'Terminating' ? 'Terminating' : 'Current'),
  Secret: always,
  ConfigMap: always,
  CronJob: always,
  PodDisruptionBudget: always,
}

function deploymentStatus(spec: JsonObject, status: JsonObject): ObjectStatus {
  const progressing = conditionAt(status, 'Progressing')
  if (progressing?.['reason'] === 'ProgressDeadlineExceeded') return 'Failed'
  const wanted = numberAt(spec, 'replicas', 1)
  const counts = ['replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas'].map(key => numberAt(status, key))
  const hasAll =
    counts.every(count => count >= wanted) && numberAt(status, 'replicas') <= numberAt(status, 'updatedReplicas')
  if (!hasAll) return 'InProgress'
  return conditionOf(status, 'Available') === 'True' || wanted === 0 ? 'Current' : 'InProgress'
}

function statefulSetStatus(spec: JsonObject, status: JsonObject): ObjectStatus {
  const strategy = objectAt(spec, 'updateStrategy')
  if (strategy['type'] === 'OnDelete') return 'Current'
  const wanted = numberAt(spec, 'replicas', 1)
  const counts = ['replicas', 'readyReplicas', 'currentReplicas'].map(key => numberAt(status, key))
  if (!counts.slice(0, 2).every(count => count >= wanted)) return 'InProgress'
  const isUpdated = status['currentRevision'] === status['updateRevision']
  return isUpdated && numberAt(status, 'replicas') <= wanted ? 'Current' : 'InProgress'
}

function daemonSetStatus(_spec: JsonObject, status: JsonObject): ObjectStatus {
  if (typeof status['observedGeneration'] !== 'number') return 'InProgress'
  const wanted = numberAt(status, 'desiredNumberScheduled')
  const counts = ['currentNumberScheduled', 'updatedNumberScheduled', 'numberAvailable', 'numberReady']
  return counts.every(key => numberAt(status, key) >= wanted) ? 'Current' : 'InProgress'
}

function replicaSetStatus(spec: JsonObject, status: JsonObject): ObjectStatus {
  if (conditionOf(status, 'ReplicaFailure') === 'True') return 'InProgress'
  const wanted = numberAt(spec, 'replicas', 1)
  const counts = ['fullyLabeledReplicas', 'availableReplicas', 'readyReplicas'].map(key => numberAt(status, key))
  return counts.every(count => count >= wanted) && numberAt(status, 'replicas') <= wanted ? 'Current' : 'InProgress'
}

function podStatus(_spec: JsonObject, status: JsonObject): ObjectStatus {
  switch (status['phase']) {
    case 'Succeeded':
      return 'Current'
    case 'Failed':
      return 'Failed'
    case 'Running':
      return conditionOf(status, 'Ready') === 'True' ? 'Current' : podProblem(status)
    default:
      return podProblem(status)
  }
}

function podProblem(status: JsonObject): ObjectStatus {
  const containers = isJsonArray(status['containerStatuses']) ? status['containerStatuses'].filter(isJsonObject) : []
  const reasons = containers.map(container => objectAt(objectAt(container, 'state'), 'waiting')['reason'])
  return reasons.includes('CrashLoopBackOff') ? 'Failed' : 'InProgress'
}

function jobStatus(_spec: JsonObject, status: JsonObject): ObjectStatus {
  if (conditionOf(status, 'Failed') === 'True') return 'Failed'
  return conditionOf(status, 'Complete') === 'True' ? 'Current' : 'InProgress'
}

function byReadyCondition(status: JsonObject): ObjectStatus {
  const ready = conditionOf(status, 'Ready')
  return ready === undefined || ready === 'True' ? 'Current' : 'InProgress'
}

function conditionAt(status: JsonObject, type: string): JsonObject | undefined {
  const conditions = status['conditions']
  if (!isJsonArray(conditions)) return undefined
  return conditions.filter(isJsonObject).find(condition => condition['type'] === type)
}

function conditionOf(status: JsonObject, type: string): Json | undefined {
  return conditionAt(status, type)?.['status']
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key]
  return isJsonObject(value) ? value : {}
}

function numberAt(object: JsonObject, key: string, absent = 0): number {
  const value = object[key]
  return typeof value === 'number' ? value : absent
}
