/** What the server itself sets, puts back and counts when objects of built-in kinds are written. */
import { jsonEqual } from '../../../apimachinery/json.ts'
import type { Json, JsonObject } from '../../../apimachinery/meta.ts'
import { child, type Draft, draftOf, each, ensure, numberAt, objectAt, stringAt } from '../draft.ts'
import type { WritePart } from '../write-part.ts'
import { prepareDaemonSet, prepareDaemonSetUpdate } from './daemon-sets.ts'
import { generateJobLabels } from './jobs.ts'
import { preparePodStatus, preparePodStatusUpdate } from './pods.ts'
import { mergeStringData } from './secrets.ts'
import { dropTypeDependentFields } from './service-fields.ts'

/** What differs from kind to kind. Drafts may be changed. */
export interface PrepareRules {
  /** The status of a new object, where clients cannot set one. */
  readonly newStatus?: JsonObject
  /** Labels and annotations that the URL of the status does not write. */
  readonly keptByStatus?: readonly string[]
  /** The fields whose change counts the generation up; absent for kinds that have none. */
  readonly generationOf?: readonly string[]
  /** Changes a new object further, when its name and uid are there. */
  readonly create?: (draft: Draft) => void
  /** Changes an updated object further, after the status or spec was put back. */
  readonly update?: (draft: Draft, previous: JsonObject) => void
  /** Changes an object whose status is updated. */
  readonly updateStatus?: (draft: Draft, previous: JsonObject) => void
}

const workload = { newStatus: {}, generationOf: ['spec'] }

/** The rules by `group/version/kind`. A kind that is not here is stored as it comes. */
export const prepareRules: Readonly<Record<string, PrepareRules>> = {
  '/v1/Namespace': {
    newStatus: { phase: 'Active' },
    create: addNamespaceFinalizer,
    update: (draft, previous) => putBack(ensure(draft, 'spec'), objectAt(previous, 'spec'), 'finalizers'),
  },
  '/v1/PersistentVolume': {
    newStatus: { phase: 'Pending' },
    create: draft => {
      const now = stringAt(child(draft, 'metadata'), 'creationTimestamp')
      if (now !== '') ensure(draft, 'status')['lastPhaseTransitionTime'] = now
    },
  },
  '/v1/PersistentVolumeClaim': { newStatus: { phase: 'Pending' } },
  '/v1/Pod': {
    newStatus: { phase: 'Pending' },
    generationOf: ['spec'],
    create: preparePodStatus,
    updateStatus: preparePodStatusUpdate,
  },
  '/v1/PodTemplate': { generationOf: ['template'] },
  '/v1/ReplicationController': { newStatus: { replicas: 0 }, generationOf: ['spec'] },
  '/v1/ResourceQuota': { newStatus: {} },
  '/v1/Secret': { create: mergeStringData, update: mergeStringData },
  '/v1/Service': { newStatus: { loadBalancer: {} }, update: dropTypeDependentFields },
  'admissionregistration.k8s.io/v1/MutatingWebhookConfiguration': { generationOf: ['webhooks'] },
  'admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration': { generationOf: ['webhooks'] },
  'apiextensions.k8s.io/v1/CustomResourceDefinition': {
    newStatus: { conditions: null, acceptedNames: { plural: '', kind: '' } },
    generationOf: ['spec'],
    create: setStoredVersions,
  },
  'apiregistration.k8s.io/v1/APIService': { newStatus: {} },
  'apps/v1/DaemonSet': {
    newStatus: { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
    generationOf: ['spec'],
    create: prepareDaemonSet,
    update: prepareDaemonSetUpdate,
  },
  'apps/v1/Deployment': {
    newStatus: {},
    generationOf: ['spec', 'metadata.annotations'],
    keptByStatus: ['labels'],
  },
  'apps/v1/ReplicaSet': { newStatus: { replicas: 0 }, generationOf: ['spec'] },
  'apps/v1/StatefulSet': { newStatus: { replicas: 0, availableReplicas: 0 }, generationOf: ['spec'] },
  'autoscaling/v2/HorizontalPodAutoscaler': {
    newStatus: { desiredReplicas: 0, currentMetrics: null },
    generationOf: ['spec'],
  },
  'batch/v1/CronJob': workload,
  'batch/v1/Job': { ...workload, create: generateJobLabels },
  'coordination.k8s.io/v1/Lease': { create: dropCoordination, update: dropCoordination },
  'discovery.k8s.io/v1/EndpointSlice': {
    generationOf: ['addressType', 'endpoints', 'ports', 'metadata.labels'],
  },
  'networking.k8s.io/v1/Ingress': { newStatus: { loadBalancer: {} }, generationOf: ['spec'] },
  'networking.k8s.io/v1/IngressClass': { generationOf: ['spec'] },
  'networking.k8s.io/v1/NetworkPolicy': { generationOf: ['spec'] },
  'policy/v1/PodDisruptionBudget': {
    newStatus: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
    generationOf: ['spec'],
  },
  'scheduling.k8s.io/v1/PriorityClass': { generationOf: [] },
}

/** A new object as the server stores it. Its name, uid and creation time have to be there. */
export function prepareForCreate(rules: PrepareRules, object: JsonObject): JsonObject {
  const draft = draftFor(object, rules.create)
  const metadata = ensure(draft, 'metadata')
  if (rules.generationOf) metadata['generation'] = 1
  if (rules.newStatus) draft['status'] = draftOf(rules.newStatus)
  rules.create?.(draft)
  return draft
}

/** An updated object as the server stores it: what this URL does not write is put back. */
export function prepareForUpdate(
  rules: PrepareRules,
  next: JsonObject,
  previous: JsonObject,
  part: WritePart,
): JsonObject {
  const draft = draftFor(next, part === 'status' ? rules.updateStatus : rules.update)
  const metadata = ensure(draft, 'metadata')
  const old = objectAt(previous, 'metadata')
  putBack(metadata, old, 'generation')
  if (part === 'status') {
    putBack(draft, previous, 'spec')
    for (const key of rules.keptByStatus ?? []) putBack(metadata, old, key)
    rules.updateStatus?.(draft, previous)
    return draft
  }
  if (rules.newStatus || 'status' in previous) putBack(draft, previous, 'status')
  rules.update?.(draft, previous)
  const counted = rules.generationOf ?? []
  if (counted.some(path => !jsonEqual(valueAt(draft, path), valueAt(previous, path)))) {
    metadata['generation'] = (numberAt(old, 'generation') ?? 0) + 1
  }
  return draft
}

/** A draft that `change` may change at any depth; without it, one whose own fields and metadata may be changed. */
function draftFor(object: JsonObject, change: PrepareRules['create'] | PrepareRules['update']): Draft {
  return change ? draftOf(object) : { ...object, metadata: { ...objectAt(object, 'metadata') } }
}

function putBack(draft: Draft, previous: JsonObject, key: string): void {
  const value = previous[key]
  if (value !== undefined) draft[key] = value
  else if (key in draft) delete draft[key]
}

function valueAt(object: JsonObject, path: string): Json | undefined {
  const keys = path.split('.')
  return keys.slice(0, -1).reduce(objectAt, object)[keys.at(-1) ?? '']
}

// Fields of coordinated leader election, which is off by default.
function dropCoordination(lease: Draft): void {
  const spec = child(lease, 'spec')
  for (const key of ['strategy', 'preferredHolder']) delete spec?.[key]
}

function addNamespaceFinalizer(namespace: Draft): void {
  const spec = ensure(namespace, 'spec')
  const finalizers = Array.isArray(spec['finalizers']) ? spec['finalizers'] : []
  if (!finalizers.includes('kubernetes')) spec['finalizers'] = [...finalizers, 'kubernetes']
}

function setStoredVersions(crd: Draft): void {
  const stored = each(child(crd, 'spec'), 'versions').find(version => version['storage'] === true)
  ensure(crd, 'status')['storedVersions'] = stored ? [stringAt(stored, 'name')] : null
}
