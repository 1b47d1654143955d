/** PersistentVolumes, claims and StorageClasses. */
import { forbidden, invalid, notSupported, required } from '../../../apimachinery/field-error.ts'
import { jsonEqual } from '../../../apimachinery/json.ts'
import type { Json, JsonObject } from '../../../apimachinery/meta.ts'
import { compareQuantities, parseQuantity } from '../../../apimachinery/quantity.ts'
import { has, objectAt, stringAt, stringMapAt, stringsAt } from '../draft.ts'
import { checkOptionalChoice, checkSubdomain, immutableMessage, type Problems } from './checks.ts'
import { checkClaimSpec } from './claims.ts'
import { internalJsonLines } from './internal-json.ts'
import { checkAmount, checkResourceName } from './resources.ts'
import { unifiedDiff } from './unified-diff.ts'

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']
const notSources = [
  'accessModes',
  'capacity',
  'claimRef',
  'mountOptions',
  'nodeAffinity',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'volumeAttributesClassName',
  'volumeMode',
]

/** A PersistentVolume, but for its metadata; its source as such is taken as it is. */
export function checkPersistentVolume(volume: JsonObject): Problems {
  const spec = objectAt(volume, 'spec')
  const modes = stringsAt(spec, 'accessModes')
  const capacity = stringMapAt(spec, 'capacity')
  const names = Object.keys(capacity)
  const className = stringAt(spec, 'storageClassName')
  const problems: Problems = []
  if (modes.length === 0) problems.push(required('spec.accessModes'))
  for (const mode of modes.filter(each => !accessModes.includes(each))) {
    problems.push(notSupported('spec.accessModes', mode, accessModes))
  }
  if (names.length === 0) problems.push(required('spec.capacity'))
  if (names.length !== 1 || names[0] !== 'storage') {
    problems.push(notSupported('spec.capacity', names.length === 0 ? undefined : capacity, ['storage']))
  }
  for (const [name, amount] of Object.entries(capacity)) {
    const at = `spec.capacity[${name}]`
    problems.push(...checkResourceName(at, name), ...checkAmount(at, name, amount))
    if (parseQuantity(amount)?.nanos === 0n) problems.push(invalid(at, amount, 'must be greater than zero'))
  }
  problems.push(...checkOptionalChoice('spec.persistentVolumeReclaimPolicy', spec, ['Delete', 'Recycle', 'Retain']))
  if (!Object.keys(spec).some(key => !notSources.includes(key))) {
    problems.push(required('spec', 'must specify a volume type'))
  }
  if (className !== '') problems.push(...checkSubdomain('spec.storageClassName', className))
  return [...problems, ...checkOptionalChoice('spec.volumeMode', spec, ['Block', 'Filesystem'])]
}

/** A claim, but for its metadata. */
export function checkClaim(claim: JsonObject): Problems {
  return checkClaimSpec('spec', objectAt(claim, 'spec'))
}

/** What of a claim may change: before it is bound its class, afterwards the storage that it requests, upwards. */
export function checkClaimUpdate(next: JsonObject, previous: JsonObject): Problems {
  const [spec, old] = [objectAt(next, 'spec'), objectAt(previous, 'spec')]
  const isBound = stringAt(objectAt(previous, 'status'), 'phase') === 'Bound'
  const frozen: Record<string, Json> = { ...spec }
  if (!has(old, 'volumeName') && has(spec, 'volumeName')) delete frozen['volumeName']
  if (!has(old, 'storageClassName')) delete frozen['storageClassName']
  if (isBound) {
    const resources = { ...objectAt(spec, 'resources'), requests: objectAt(objectAt(old, 'resources'), 'requests') }
    frozen['resources'] = resources
  }
  const problems: Problems = []
  if (!jsonEqual(frozen, old)) {
    const [before, after] = [old, frozen].map(each => internalJsonLines('core.PersistentVolumeClaimSpec', each))
    const sentence =
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'
    problems.push(forbidden('spec', `${sentence}\n${unifiedDiff(before ?? [], after ?? [])}`))
  }
  const [size, oldSize] = [spec, old].map(each => storageOf(each))
  if (isBound && size && oldSize && compareQuantities(size, oldSize) < 0) {
    problems.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'))
  }
  return problems
}

function storageOf(spec: JsonObject) {
  return parseQuantity(stringMapAt(objectAt(spec, 'resources'), 'requests')['storage'] ?? '')
}

/** A StorageClass, but for its metadata. */
export function checkStorageClass(storageClass: JsonObject): Problems {
  const provisioner = stringAt(storageClass, 'provisioner')
  return [
    ...(provisioner === '' ? [required('provisioner')] : []),
    ...checkOptionalChoice('reclaimPolicy', storageClass, ['Delete', 'Retain']),
    ...checkOptionalChoice('volumeBindingMode', storageClass, ['Immediate', 'WaitForFirstConsumer']),
  ]
}

/** What of a StorageClass may not change; the API shows no value of the provisioner. */
export function checkStorageClassUpdate(next: JsonObject, previous: JsonObject): Problems {
  const same = (key: string) => jsonEqual(next[key], previous[key])
  return [
    ...(same('parameters') ? [] : [forbidden('parameters', 'updates to parameters are forbidden.')]),
    ...(same('reclaimPolicy') ? [] : [forbidden('reclaimPolicy', 'updates to reclaimPolicy are forbidden.')]),
    ...(same('volumeBindingMode') ? [] : [invalid('volumeBindingMode', next['volumeBindingMode'], immutableMessage)]),
    ...(same('provisioner') ? [] : [invalid('provisioner', undefined, immutableMessage)]),
  ]
}
