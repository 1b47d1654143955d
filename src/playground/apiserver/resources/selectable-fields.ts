/** The fields by which objects of each kind can be selected (the field label conversions of k8s.io/kubernetes pkg/apis). */
import { type ApiObject, valueAt } from '../api-object.ts'

/** Gives a field of an object as text. */
export type FieldReader = (object: ApiObject) => string

/** Fields of one kind by the name that selectors use. */
export type SelectableFields = Readonly<Record<string, FieldReader>>

const name: FieldReader = object => object.metadata.name ?? ''
const namespace: FieldReader = object => object.metadata.namespace ?? ''

/** What every namespaced kind can be selected by. */
export const commonFields: SelectableFields = { 'metadata.name': name, 'metadata.namespace': namespace }

/** What every cluster-scoped kind can be selected by. */
export const clusterFields: SelectableFields = { 'metadata.name': name }

/** A reader of the value at a dotted path; what is not there is ''. */
export function readerOf(path: string, whenAbsent = ''): FieldReader {
  const parts = path.split('.')
  return object => {
    const value = valueAt(object, parts)
    return value === undefined || value === null ? whenAbsent : String(value)
  }
}

const involvedObject = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath']

/** The selectable fields of built-in kinds that have more than the common ones, by `group/plural`. */
export const builtInFields: Readonly<Record<string, SelectableFields>> = {
  '/pods': {
    ...commonFields,
    'spec.nodeName': readerOf('spec.nodeName'),
    'spec.restartPolicy': readerOf('spec.restartPolicy'),
    'spec.schedulerName': readerOf('spec.schedulerName'),
    'spec.serviceAccountName': readerOf('spec.serviceAccountName'),
    'spec.hostNetwork': readerOf('spec.hostNetwork', 'false'),
    'status.phase': readerOf('status.phase'),
    'status.podIP': readerOf('status.podIP'),
    'status.nominatedNodeName': readerOf('status.nominatedNodeName'),
  },
  '/nodes': { ...clusterFields, 'spec.unschedulable': readerOf('spec.unschedulable', 'false') },
  '/namespaces': { ...clusterFields, name, 'status.phase': readerOf('status.phase') },
  '/secrets': { ...commonFields, type: readerOf('type') },
  '/services': {
    ...commonFields,
    'spec.clusterIP': readerOf('spec.clusterIP'),
    'spec.type': readerOf('spec.type'),
  },
  '/replicationcontrollers': { ...commonFields, 'status.replicas': readerOf('status.replicas', '0') },
  '/events': {
    ...commonFields,
    ...Object.fromEntries(
      involvedObject.map(field => [`involvedObject.${field}`, readerOf(`involvedObject.${field}`)]),
    ),
    reason: readerOf('reason'),
    reportingComponent: object => readerOf('reportingComponent')(object) || readerOf('source.component')(object),
    source: object => readerOf('source.component')(object) || readerOf('reportingComponent')(object),
    type: readerOf('type'),
  },
  'apps/replicasets': { ...commonFields, 'status.replicas': readerOf('status.replicas', '0') },
  'batch/jobs': { ...commonFields, 'status.successful': readerOf('status.succeeded', '0') },
}

/** events.k8s.io names the same fields of the same objects differently. */
export const eventsV1Fields: SelectableFields = {
  ...commonFields,
  ...Object.fromEntries(involvedObject.map(field => [`regarding.${field}`, readerOf(`involvedObject.${field}`)])),
  reason: readerOf('reason'),
  reportingController: readerOf('reportingComponent'),
  type: readerOf('type'),
}
