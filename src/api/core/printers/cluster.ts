/** The cells of configuration, storage, nodes, events and access rules. */
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { has, numberAt, objectAt, objectsAt, stringAt, stringMapAt, stringsAt } from '../draft.ts'
import { ageOf, type Cells, nameOf, none, since } from './cell.ts'

const size = (object: JsonObject, key: string) => Object.keys(objectAt(object, key)).length
const unset = '<unset>'

/** The cells of kinds that show their age only. */
export const nameAndAge: Cells = (object, now) => [nameOf(object), ageOf(object, now)]

/** The cells of kinds that show when they were made, which clients turn into an age. */
export const nameAndCreation: Cells = object => [
  nameOf(object),
  stringAt(objectAt(object, 'metadata'), 'creationTimestamp'),
]

/** The cells of a ConfigMap. */
export const configMapCells: Cells = (configMap, now) => [
  nameOf(configMap),
  size(configMap, 'data') + size(configMap, 'binaryData'),
  ageOf(configMap, now),
]

/** The cells of a Secret. */
export const secretCells: Cells = (secret, now) => [
  nameOf(secret),
  stringAt(secret, 'type'),
  size(secret, 'data'),
  ageOf(secret, now),
]

/** The cells of a Namespace. */
export const namespaceCells: Cells = (namespace, now) => [
  nameOf(namespace),
  stringAt(objectAt(namespace, 'status'), 'phase'),
  ageOf(namespace, now),
]

/** The cells of a Node. */
export const nodeCells: Cells = (node, now) => {
  const info = objectAt(objectAt(node, 'status'), 'nodeInfo')
  const architecture = stringAt(info, 'architecture')
  const kernel = stringAt(info, 'kernelVersion') || '<unknown>'
  return [
    nameOf(node),
    nodeStatus(node),
    nodeRoles(stringMapAt(objectAt(node, 'metadata'), 'labels')) || none,
    ageOf(node, now),
    stringAt(info, 'kubeletVersion'),
    addressOf(node, 'InternalIP'),
    addressOf(node, 'ExternalIP'),
    stringAt(info, 'osImage') || '<unknown>',
    architecture === '' ? kernel : `${kernel} (${architecture})`,
    stringAt(info, 'containerRuntimeVersion') || '<unknown>',
  ]
}

function nodeStatus(node: JsonObject): string {
  const ready = objectsAt(objectAt(node, 'status'), 'conditions').find(each => stringAt(each, 'type') === 'Ready')
  const status = ready ? (stringAt(ready, 'status') === 'True' ? 'Ready' : 'NotReady') : 'Unknown'
  return objectAt(node, 'spec')['unschedulable'] === true ? `${status},SchedulingDisabled` : status
}

function nodeRoles(labels: Readonly<Record<string, string>>): string {
  const prefix = 'node-role.kubernetes.io/'
  const roles = Object.entries(labels).flatMap(([key, value]) =>
    key.startsWith(prefix) ? [key.slice(prefix.length)] : key === 'kubernetes.io/role' ? [value] : [],
  )
  return [...new Set(roles.filter(role => role !== ''))].sort().join(',')
}

function addressOf(node: JsonObject, type: string): string {
  const addresses = objectsAt(objectAt(node, 'status'), 'addresses')
  return (
    stringAt(
      addresses.find(address => stringAt(address, 'type') === type),
      'address',
    ) || none
  )
}

/** The cells of an Event of either group. */
export const eventCells: Cells = (event, now) => {
  const first = since(
    stringAt(event, 'firstTimestamp') || stringAt(event, 'deprecatedFirstTimestamp') || stringAt(event, 'eventTime'),
    now,
  )
  const last = stringAt(event, 'lastTimestamp') || stringAt(event, 'deprecatedLastTimestamp')
  const series = objectAt(event, 'series')
  const count = numberAt(event, 'count') ?? numberAt(event, 'deprecatedCount') ?? 0
  const involved = objectAt(event, has(event, 'regarding') ? 'regarding' : 'involvedObject')
  const source = objectAt(event, has(event, 'deprecatedSource') ? 'deprecatedSource' : 'source')
  const kind = stringAt(involved, 'kind').toLowerCase()
  const name = stringAt(involved, 'name')
  return [
    has(event, 'series') ? since(stringAt(series, 'lastObservedTime'), now) : last === '' ? first : since(last, now),
    stringAt(event, 'type'),
    stringAt(event, 'reason'),
    name === '' ? kind : `${kind}/${name}`,
    stringAt(involved, 'fieldPath'),
    sourceCell(event, source),
    (stringAt(event, 'message') || stringAt(event, 'note')).trim(),
    first,
    has(event, 'series') ? (numberAt(series, 'count') ?? 0) : count || 1,
    nameOf(event),
  ]
}

function sourceCell(event: JsonObject, source: JsonObject): string {
  const reporter = stringAt(event, 'reportingController') || stringAt(event, 'reportingComponent')
  const component = stringAt(source, 'component') || reporter
  const instance = stringAt(source, 'host') || stringAt(event, 'reportingInstance')
  return instance === '' ? component : `${component}, ${instance}`
}

const shortModes: readonly (readonly [string, string])[] = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
]

function modesCell(modes: readonly string[]): string {
  return shortModes.flatMap(([mode, short]) => (modes.includes(mode) ? [short] : [])).join(',')
}

function storagePhase(object: JsonObject): string {
  const isDeleted = has(objectAt(object, 'metadata'), 'deletionTimestamp')
  return isDeleted ? 'Terminating' : stringAt(objectAt(object, 'status'), 'phase')
}

/** The cells of a PersistentVolume. */
export const persistentVolumeCells: Cells = (volume, now) => {
  const spec = objectAt(volume, 'spec')
  const claim = objectAt(spec, 'claimRef')
  return [
    nameOf(volume),
    stringMapAt(spec, 'capacity')['storage'] ?? '0',
    modesCell(stringsAt(spec, 'accessModes')),
    stringAt(spec, 'persistentVolumeReclaimPolicy'),
    storagePhase(volume),
    has(spec, 'claimRef') ? `${stringAt(claim, 'namespace')}/${stringAt(claim, 'name')}` : '',
    stringAt(spec, 'storageClassName'),
    stringAt(spec, 'volumeAttributesClassName') || unset,
    stringAt(objectAt(volume, 'status'), 'reason'),
    ageOf(volume, now),
    stringAt(spec, 'volumeMode') || unset,
  ]
}

/** The cells of a PersistentVolumeClaim. */
export const persistentVolumeClaimCells: Cells = (claim, now) => {
  const [spec, status] = [objectAt(claim, 'spec'), objectAt(claim, 'status')]
  const volume = stringAt(spec, 'volumeName')
  return [
    nameOf(claim),
    storagePhase(claim),
    volume,
    volume === '' ? '' : (stringMapAt(status, 'capacity')['storage'] ?? '0'),
    volume === '' ? '' : modesCell(stringsAt(status, 'accessModes')),
    stringAt(spec, 'storageClassName'),
    stringAt(spec, 'volumeAttributesClassName') || unset,
    ageOf(claim, now),
    stringAt(spec, 'volumeMode') || unset,
  ]
}

/** The cells of a StorageClass. */
export const storageClassCells: Cells = (storageClass, now) => [
  nameOf(storageClass),
  stringAt(storageClass, 'provisioner'),
  stringAt(storageClass, 'reclaimPolicy') || 'Delete',
  stringAt(storageClass, 'volumeBindingMode') || 'Immediate',
  storageClass['allowVolumeExpansion'] === true,
  ageOf(storageClass, now),
]

/** The cells of a ResourceQuota. */
export const resourceQuotaCells: Cells = (quota, now) => {
  const status = objectAt(quota, 'status')
  const [hard, used] = [stringMapAt(status, 'hard'), stringMapAt(status, 'used')]
  const names = Object.keys(hard).sort()
  const list = (wanted: readonly string[]) =>
    wanted.map(name => `${name}: ${used[name] ?? '0'}/${hard[name]}`).join(', ')
  const isLimit = (name: string) => name.startsWith('limits.')
  return [nameOf(quota), list(names.filter(name => !isLimit(name))), list(names.filter(isLimit)), ageOf(quota, now)]
}

/** The cells of a PriorityClass. */
export const priorityClassCells: Cells = (priorityClass, now) => [
  nameOf(priorityClass),
  numberAt(priorityClass, 'value') ?? 0,
  priorityClass['globalDefault'] === true,
  ageOf(priorityClass, now),
  stringAt(priorityClass, 'preemptionPolicy'),
]

/** The cells of a Lease. */
export const leaseCells: Cells = (lease, now) => [
  nameOf(lease),
  stringAt(objectAt(lease, 'spec'), 'holderIdentity'),
  ageOf(lease, now),
]

/** The cells of a RoleBinding or ClusterRoleBinding. */
export const roleBindingCells: Cells = (binding, now) => {
  const role = objectAt(binding, 'roleRef')
  const subjects = objectsAt(binding, 'subjects')
  const names = (kind: string) =>
    subjects
      .filter(subject => stringAt(subject, 'kind') === kind)
      .map(subject =>
        kind === 'ServiceAccount'
          ? `${stringAt(subject, 'namespace')}/${stringAt(subject, 'name')}`
          : stringAt(subject, 'name'),
      )
      .join(', ')
  return [
    nameOf(binding),
    `${stringAt(role, 'kind')}/${stringAt(role, 'name')}`,
    ageOf(binding, now),
    names('User'),
    names('Group'),
    names('ServiceAccount'),
  ]
}

/** The cells of a configuration of webhooks. */
export const webhooksCells: Cells = (configuration, now) => [
  nameOf(configuration),
  objectsAt(configuration, 'webhooks').length,
  ageOf(configuration, now),
]

/** The cells of an APIService. */
export const apiServiceCells: Cells = (apiService, now) => {
  const spec = objectAt(apiService, 'spec')
  const service = objectAt(spec, 'service')
  const conditions = objectsAt(objectAt(apiService, 'status'), 'conditions')
  const available = conditions.find(condition => stringAt(condition, 'type') === 'Available')
  const [status, reason] = [stringAt(available, 'status') || 'Unknown', stringAt(available, 'reason')]
  return [
    nameOf(apiService),
    has(spec, 'service') ? `${stringAt(service, 'namespace')}/${stringAt(service, 'name')}` : 'Local',
    status === 'True' || reason === '' ? status : `${status} (${reason})`,
    ageOf(apiService, now),
  ]
}

/** The cells of a CustomResourceDefinition. */
export const customResourceDefinitionCells: Cells = crd => {
  const spec = objectAt(crd, 'spec')
  const conditions = objectsAt(objectAt(crd, 'status'), 'conditions')
  const established = conditions.find(condition => stringAt(condition, 'type') === 'Established')
  return [
    nameOf(crd),
    stringAt(spec, 'scope'),
    versionsCell(objectsAt(spec, 'versions')),
    stringAt(objectAt(crd, 'metadata'), 'creationTimestamp'),
    stringAt(spec, 'group'),
    stringAt(objectAt(spec, 'names'), 'kind'),
    stringsAt(objectAt(spec, 'names'), 'shortNames').join(','),
    stringAt(established, 'status') === 'True',
  ]
}

function versionsCell(versions: readonly JsonObject[]): string {
  const label = (version: JsonObject) => `${stringAt(version, 'name')}${version['storage'] === true ? '(storage)' : ''}`
  return versions
    .filter(version => version['served'] === true)
    .map(label)
    .sort()
    .join(',')
}
