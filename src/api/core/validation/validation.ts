/** The validation of every built-in kind, by group, version and kind. */
import { invalid } from '../../../apimachinery/field-error.ts'
import type { GroupVersionKind, JsonObject, ObjectMeta } from '../../../apimachinery/meta.ts'
import { objectAt, stringAt } from '../draft.ts'
import type { WritePart } from '../write-part.ts'
import type { Problems } from './checks.ts'
import {
  checkConfigMap,
  checkConfigMapUpdate,
  checkNamespace,
  checkSecret,
  checkSecretTypeUpdate,
  checkSecretUpdate,
} from './config.ts'
import { checkCronJobSpec, checkJobUpdate, checkNewJob } from './jobs.ts'
import { nameRuleOf } from './names.ts'
import { validateObjectMeta, validateObjectMetaUpdate } from './object-meta.ts'
import { checkPodStatusUpdate, checkPodUpdate } from './pod-update.ts'
import { checkNewPod } from './pods.ts'
import { checkService, checkServiceUpdate } from './services.ts'
import {
  checkAppsUpdate,
  checkDaemonSetSpec,
  checkDeploymentSpec,
  checkReplicaSetSpec,
  checkReplicationControllerSpec,
  checkStatefulSetSpec,
} from './workloads.ts'

/** How one kind is checked beside its metadata. */
interface Rules {
  readonly create: (object: JsonObject) => Problems
  /** By default what holds for new objects. */
  readonly update?: (next: JsonObject, previous: JsonObject) => Problems
  readonly updateStatus?: (next: JsonObject, previous: JsonObject) => Problems
}

const ofSpec = (check: (spec: JsonObject) => Problems) => (object: JsonObject) => check(objectAt(object, 'spec'))

function apps(check: (spec: JsonObject) => Problems, frozen: readonly string[]): Rules {
  return {
    create: ofSpec(check),
    update: (next, previous) => [
      ...check(objectAt(next, 'spec')),
      ...checkAppsUpdate(objectAt(next, 'spec'), objectAt(previous, 'spec'), frozen),
    ],
  }
}

const rules: Readonly<Record<string, Rules>> = {
  '/v1/ConfigMap': {
    create: checkConfigMap,
    update: (next, previous) => [...checkConfigMapUpdate(next, previous), ...checkConfigMap(next)],
  },
  '/v1/Namespace': { create: checkNamespace, update: () => [] },
  '/v1/Pod': { create: checkNewPod, update: checkPodUpdate, updateStatus: checkPodStatusUpdate },
  '/v1/ReplicationController': { create: ofSpec(checkReplicationControllerSpec) },
  '/v1/Secret': {
    create: checkSecret,
    update: (next, previous) => [
      ...checkSecretUpdate(next, previous),
      ...checkSecret(next),
      ...checkSecretTypeUpdate(next, previous),
    ],
  },
  '/v1/Service': {
    create: checkService,
    update: (next, previous) => [...checkServiceUpdate(next, previous), ...checkService(next)],
  },
  'apps/v1/DaemonSet': apps(checkDaemonSetSpec, ['selector']),
  'apps/v1/Deployment': apps(checkDeploymentSpec, ['selector']),
  'apps/v1/ReplicaSet': apps(checkReplicaSetSpec, ['selector']),
  'apps/v1/StatefulSet': apps(checkStatefulSetSpec, [
    'selector',
    'volumeClaimTemplates',
    'serviceName',
    'podManagementPolicy',
  ]),
  'batch/v1/CronJob': {
    create: object => [...checkCronJobSpec(objectAt(object, 'spec')), ...checkCronJobName(object)],
  },
  'batch/v1/Job': { create: checkNewJob, update: checkJobUpdate },
}

const nothing: Rules = { create: () => [] }

/** What is wrong with a new object of a built-in kind. */
export function validateBuiltin(gvk: GroupVersionKind, object: JsonObject, namespaced: boolean): Problems {
  const { create } = rules[`${gvk.group}/${gvk.version}/${gvk.kind}`] ?? nothing
  const metaRules = { namespaced, nameProblems: nameRuleOf(gvk), qualifiedFinalizers: true }
  return [...validateObjectMeta(metadataOf(object), metaRules), ...create(object)]
}

/** What is wrong with an update of an object of a built-in kind. */
export function validateBuiltinUpdate(
  gvk: GroupVersionKind,
  next: JsonObject,
  previous: JsonObject,
  part: WritePart,
): Problems {
  const { create, update, updateStatus } = rules[`${gvk.group}/${gvk.version}/${gvk.kind}`] ?? nothing
  const problems = validateObjectMetaUpdate(metadataOf(next), metadataOf(previous), { qualifiedFinalizers: true })
  if (part === 'status') return [...problems, ...(updateStatus?.(next, previous) ?? [])]
  return [...problems, ...(update ? update(next, previous) : create(next))]
}

function metadataOf(object: JsonObject): ObjectMeta {
  // Decoded metadata has the types of ObjectMeta.
  return objectAt(object, 'metadata') as ObjectMeta
}

// 63 less the 11 characters that a CronJob adds for its Jobs.
const cronJobNameMax = 52

function checkCronJobName(cronJob: JsonObject): Problems {
  const name = stringAt(objectAt(cronJob, 'metadata'), 'name')
  if (name.length <= cronJobNameMax) return []
  return [invalid('metadata.name', name, `must be no more than ${cronJobNameMax} characters`)]
}
