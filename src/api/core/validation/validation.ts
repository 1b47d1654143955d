/** The validation of every built-in kind, by group, version and kind. */
import { invalid } from '../../../apimachinery/field-error.ts'
import { jsonEqual } from '../../../apimachinery/json.ts'
import type { GroupVersionKind, JsonObject, ObjectMeta } from '../../../apimachinery/meta.ts'
import { objectAt, stringAt } from '../draft.ts'
import type { WritePart } from '../write-part.ts'
import { checkAutoscaler, checkAutoscalerStatus } from './autoscaling.ts'
import type { Problems } from './checks.ts'
import {
  checkConfigMap,
  checkConfigMapUpdate,
  checkNamespace,
  checkSecret,
  checkSecretTypeUpdate,
  checkSecretUpdate,
} from './config.ts'
import { checkEndpointSlice, checkEndpointSliceUpdate, checkEndpoints } from './endpoints.ts'
import { checkIngress, checkIngressClass, checkNewIngress } from './ingress.ts'
import { checkCronJobSpec, checkJobUpdate, checkNewJob } from './jobs.ts'
import { nameRuleOf } from './names.ts'
import { checkNetworkPolicy } from './network-policies.ts'
import { validateObjectMeta, validateObjectMetaUpdate } from './object-meta.ts'
import {
  checkDisruptionBudget,
  checkEvent,
  checkLease,
  checkLimitRange,
  checkNewEvent,
  checkNewRevision,
  checkNode,
  checkPriorityClass,
  checkPriorityClassUpdate,
  checkResourceQuota,
  checkRevisionUpdate,
} from './others.ts'
import { checkPodTemplate } from './pod-template.ts'
import { checkPodStatusUpdate, checkPodUpdate } from './pod-update.ts'
import { checkNewPod } from './pods.ts'
import { checkRole, checkRoleBinding, checkRoleRefUpdate } from './rbac.ts'
import { checkService, checkServiceUpdate } from './services.ts'
import { checkWorkloadStatus } from './statuses.ts'
import {
  checkClaim,
  checkClaimUpdate,
  checkPersistentVolume,
  checkStorageClass,
  checkStorageClassUpdate,
} from './storage.ts'
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

function apps(
  kind: Parameters<typeof checkWorkloadStatus>[0],
  check: (spec: JsonObject) => Problems,
  frozen: readonly string[],
): Rules {
  return {
    create: ofSpec(check),
    updateStatus: checkWorkloadStatus(kind),
    update: (next, previous) => [
      ...check(objectAt(next, 'spec')),
      ...checkAppsUpdate(objectAt(next, 'spec'), objectAt(previous, 'spec'), frozen),
    ],
  }
}

function binding(namespaced: boolean): Rules {
  return {
    create: object => checkRoleBinding(object, namespaced),
    update: (next, previous) => [...checkRoleBinding(next, namespaced), ...checkRoleRefUpdate(next, previous)],
  }
}

const rules: Readonly<Record<string, Rules>> = {
  '/v1/ConfigMap': {
    create: checkConfigMap,
    update: (next, previous) => [...checkConfigMapUpdate(next, previous), ...checkConfigMap(next)],
  },
  '/v1/Endpoints': { create: checkEndpoints },
  '/v1/Event': { create: checkEvent, update: () => [] },
  '/v1/LimitRange': { create: checkLimitRange },
  '/v1/Namespace': { create: checkNamespace, update: () => [] },
  '/v1/Node': { create: checkNode },
  '/v1/PersistentVolume': { create: checkPersistentVolume },
  '/v1/PersistentVolumeClaim': {
    create: checkClaim,
    update: (next, previous) => [...checkClaim(next), ...checkClaimUpdate(next, previous)],
  },
  '/v1/Pod': { create: checkNewPod, update: checkPodUpdate, updateStatus: checkPodStatusUpdate },
  '/v1/PodTemplate': { create: object => checkPodTemplate('template', objectAt(object, 'template')) },
  '/v1/ReplicationController': { create: ofSpec(checkReplicationControllerSpec) },
  '/v1/ResourceQuota': { create: checkResourceQuota },
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
  'apps/v1/ControllerRevision': { create: checkNewRevision, update: checkRevisionUpdate },
  'apps/v1/DaemonSet': apps('DaemonSet', checkDaemonSetSpec, ['selector']),
  'apps/v1/Deployment': apps('Deployment', checkDeploymentSpec, ['selector']),
  'apps/v1/ReplicaSet': apps('ReplicaSet', checkReplicaSetSpec, ['selector']),
  'apps/v1/StatefulSet': apps('StatefulSet', checkStatefulSetSpec, [
    'selector',
    'volumeClaimTemplates',
    'serviceName',
    'podManagementPolicy',
  ]),
  'autoscaling/v2/HorizontalPodAutoscaler': { create: checkAutoscaler, updateStatus: checkAutoscalerStatus },
  'batch/v1/CronJob': {
    create: object => [...checkCronJobSpec(objectAt(object, 'spec')), ...checkCronJobName(object)],
  },
  'batch/v1/Job': { create: checkNewJob, update: checkJobUpdate },
  'coordination.k8s.io/v1/Lease': { create: checkLease },
  'discovery.k8s.io/v1/EndpointSlice': {
    create: checkEndpointSlice,
    update: (next, previous) => [...checkEndpointSlice(next), ...checkEndpointSliceUpdate(next, previous)],
  },
  'events.k8s.io/v1/Event': { create: checkNewEvent, update: () => [] },
  'networking.k8s.io/v1/Ingress': { create: checkNewIngress, update: checkIngress },
  'networking.k8s.io/v1/IngressClass': { create: checkIngressClass },
  'networking.k8s.io/v1/NetworkPolicy': { create: checkNetworkPolicy },
  'policy/v1/PodDisruptionBudget': { create: checkDisruptionBudget },
  'rbac.authorization.k8s.io/v1/ClusterRole': { create: role => checkRole(role, false) },
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': binding(false),
  'rbac.authorization.k8s.io/v1/Role': { create: role => checkRole(role, true) },
  'rbac.authorization.k8s.io/v1/RoleBinding': binding(true),
  'scheduling.k8s.io/v1/PriorityClass': { create: checkPriorityClass, update: checkPriorityClassUpdate },
  'storage.k8s.io/v1/StorageClass': {
    create: checkStorageClass,
    update: (next, previous) => [...checkStorageClass(next), ...checkStorageClassUpdate(next, previous)],
  },
}

const nothing: Rules = { create: () => [] }

/** What is wrong with a new object of a built-in kind. */
export function validateBuiltin(gvk: GroupVersionKind, object: JsonObject, namespaced: boolean): Problems {
  const { create } = rules[`${gvk.group}/${gvk.version}/${gvk.kind}`] ?? nothing
  const metaRules = { namespaced, nameProblems: nameRuleOf(gvk), qualifiedFinalizers: true }
  const metadata = gvk.kind === 'Job' ? withoutTemplateLabels(object) : metadataOf(object)
  return unique([...validateObjectMeta(metadata, metaRules), ...create(object)])
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
  if (part === 'status') return unique([...problems, ...(updateStatus?.(next, previous) ?? [])])
  return unique([...problems, ...(update ? update(next, previous) : create(next))])
}

// A Job that took the labels of its pods is not told twice what is wrong with them.
function withoutTemplateLabels(job: JsonObject): ObjectMeta {
  const { labels, ...rest } = metadataOf(job)
  const template = objectAt(objectAt(job, 'spec'), 'template')
  const taken = jsonEqual(labels, objectAt(objectAt(template, 'metadata'), 'labels'))
  return taken || labels === undefined ? rest : { ...rest, labels }
}

// The API says nothing twice.
function unique(problems: Problems): Problems {
  const seen = new Set<string>()
  return problems.filter(problem => {
    const key = JSON.stringify(problem)
    return !seen.has(key) && seen.add(key)
  })
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
