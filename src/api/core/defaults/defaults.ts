/** The defaults of every built-in kind, by group, version and kind. */
import { isJsonObject } from '../../../apimachinery/json.ts'
import type { GroupVersionKind, JsonObject } from '../../../apimachinery/meta.ts'
import { type Draft, draftOf } from '../draft.ts'
import { defaultDaemonSet, defaultDeployment, defaultReplicaSet, defaultStatefulSet } from './apps.ts'
import { defaultHorizontalPodAutoscaler } from './autoscaling.ts'
import { defaultCronJob, defaultJob } from './batch.ts'
import {
  defaultEndpoints,
  defaultLimitRange,
  defaultNamespace,
  defaultNode,
  defaultPersistentVolume,
  defaultPersistentVolumeClaim,
  defaultPodTemplate,
  defaultReplicationController,
  defaultResourceQuota,
  defaultSecret,
} from './core.ts'
import {
  defaultApiService,
  defaultCustomResourceDefinition,
  defaultEndpointSlice,
  defaultIngressClass,
  defaultMutatingWebhooks,
  defaultNetworkPolicy,
  defaultPriorityClass,
  defaultRoleBinding,
  defaultStorageClass,
  defaultValidatingWebhooks,
} from './others.ts'
import { defaultPod } from './pod.ts'
import { defaultService } from './service.ts'

type Defaulter = (draft: Draft) => void

/** Those that look at nothing but the spec. */
const specDefaulters: Readonly<Record<string, Defaulter>> = {
  'apps/v1/DaemonSet': defaultDaemonSet,
  'apps/v1/Deployment': defaultDeployment,
  'apps/v1/ReplicaSet': defaultReplicaSet,
  'apps/v1/StatefulSet': defaultStatefulSet,
}

const defaulters: Readonly<Record<string, Defaulter>> = {
  '/v1/Endpoints': defaultEndpoints,
  '/v1/LimitRange': defaultLimitRange,
  '/v1/Namespace': defaultNamespace,
  '/v1/Node': defaultNode,
  '/v1/PersistentVolume': defaultPersistentVolume,
  '/v1/PersistentVolumeClaim': defaultPersistentVolumeClaim,
  '/v1/Pod': defaultPod,
  '/v1/PodTemplate': defaultPodTemplate,
  '/v1/ReplicationController': defaultReplicationController,
  '/v1/ResourceQuota': defaultResourceQuota,
  '/v1/Secret': defaultSecret,
  '/v1/Service': defaultService,
  'admissionregistration.k8s.io/v1/MutatingWebhookConfiguration': defaultMutatingWebhooks,
  'admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration': defaultValidatingWebhooks,
  'apiextensions.k8s.io/v1/CustomResourceDefinition': defaultCustomResourceDefinition,
  'apiregistration.k8s.io/v1/APIService': defaultApiService,
  'autoscaling/v2/HorizontalPodAutoscaler': defaultHorizontalPodAutoscaler,
  'batch/v1/CronJob': defaultCronJob,
  'batch/v1/Job': defaultJob,
  'discovery.k8s.io/v1/EndpointSlice': defaultEndpointSlice,
  'networking.k8s.io/v1/IngressClass': defaultIngressClass,
  'networking.k8s.io/v1/NetworkPolicy': defaultNetworkPolicy,
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': defaultRoleBinding,
  'rbac.authorization.k8s.io/v1/RoleBinding': defaultRoleBinding,
  'scheduling.k8s.io/v1/PriorityClass': defaultPriorityClass,
  'storage.k8s.io/v1/StorageClass': defaultStorageClass,
}

/**
 * A copy of a decoded object with the defaults that a kube-apiserver writes. Idempotent. What it allocates (addresses,
 * names, times) is not a default; kinds without defaults come back as they are. What `object` shares with `known`, the very
 * same values, has its defaults already.
 */
export function applyBuiltinDefaults<T extends JsonObject>(gvk: GroupVersionKind, object: T, known?: JsonObject): T {
  const key = `${gvk.group}/${gvk.version}/${gvk.kind}`
  const completeSpec = specDefaulters[key]
  const complete = completeSpec ?? defaulters[key]
  const { spec } = object
  if (!complete || (completeSpec && spec !== undefined && spec === known?.['spec'])) return object
  const draft = completeSpec && isJsonObject(spec) ? { ...object, spec: draftOf(spec) } : draftOf(object)
  complete(draft)
  // Defaults add fields of the kind and take none away that it needs.
  return draft as JsonObject as T
}
