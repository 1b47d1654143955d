/** Who owns which fields: metadata.managedFields, decoded. */
import type { JsonObject, ManagedFieldsEntry } from '../meta.ts'
import {
  difference,
  equalSets,
  type FieldSet,
  fieldSetOf,
  isEmptySet,
  parseFieldsV1,
  sortSet,
  union,
} from './field-set.ts'

/** What one manager owns by one operation. */
export interface Ownership {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  readonly apiVersion: string
  /** '' for the object's own URL. */
  readonly subresource: string
  /** RFC 3339; absent where it was never written. */
  readonly time?: string
  readonly fields: FieldSet
}

/** All owners by {@link ownerKey}. */
export type Managers = ReadonlyMap<string, Ownership>

/** More owners by Update than this are merged into one. The figure is the real server's. */
const maxUpdateManagers = 10
const ancientChanges = 'ancient-changes'

/** Fields that are never owned: the server sets them, or they say which object it is. */
const neverOwned = fieldSetOf([
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata'],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map(name => ['f:metadata', `f:${name}`]),
])

/** What tells owners apart. An applier stays the same one when it moves to another version of the kind. */
export function ownerKey(owner: Pick<Ownership, 'manager' | 'operation' | 'apiVersion' | 'subresource'>): string {
  const { manager, operation, apiVersion, subresource } = owner
  return JSON.stringify([manager, operation, operation === 'Apply' ? '' : apiVersion, subresource])
}

/** Reads managedFields that a client sent. Throws an Error that says what is wrong with an entry. */
export function decodeManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  return decode(entries, parseFieldsV1)
}

/** Reads managedFields that {@link encodeManagers} wrote: their sets need no check. */
export function readManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  return decode(entries, fields => fields as unknown as FieldSet)
}

function decode(
  entries: readonly ManagedFieldsEntry[] | undefined,
  toFieldSet: (fields: JsonObject) => FieldSet,
): Managers {
  const managers = new Map<string, Ownership>()
  for (const [i, entry] of (entries ?? []).entries()) {
    const { manager = '', operation, apiVersion, subresource = '', time, fieldsType, fieldsV1 } = entry
    if (operation !== 'Apply' && operation !== 'Update') throw new Error('operation must be `Apply` or `Update`')
    if (!apiVersion) throw new Error('apiVersion must not be empty')
    if (!fieldsType) throw new Error(`missing fieldsType in managed fields entry ${i}`)
    if (fieldsType !== 'FieldsV1') throw new Error(`invalid fieldsType "${fieldsType}" in managed fields entry ${i}`)
    const owner = {
      manager,
      operation,
      apiVersion,
      subresource,
      ...(time ? { time } : {}),
      fields: toFieldSet(fieldsV1 ?? {}),
    }
    managers.set(ownerKey(owner), owner)
  }
  return managers
}

/** Writes managedFields in the order of the real server: appliers first, then by time and name. Undefined for none. */
export function encodeManagers(managers: Managers): readonly ManagedFieldsEntry[] | undefined {
  if (managers.size === 0) return undefined
  return [...managers.values()].sort(compareOwners).map(({ fields, subresource, time, ...owner }) => ({
    manager: owner.manager,
    operation: owner.operation,
    apiVersion: owner.apiVersion,
    ...(time ? { time } : {}),
    fieldsType: 'FieldsV1',
    fieldsV1: sortSet(fields),
    ...(subresource === '' ? {} : { subresource }),
  }))
}

/** The fields without those that nobody ever owns. */
export function withoutNeverOwned(fields: FieldSet): FieldSet {
  return difference(fields, neverOwned)
}

/** Takes fields away from every owner but `except`; an owner of nothing is dropped. */
export function withoutFields(managers: Managers, fields: FieldSet, except?: string): Map<string, Ownership> {
  const result = new Map<string, Ownership>()
  for (const [key, owner] of managers) {
    const left = key === except ? owner.fields : difference(owner.fields, fields)
    if (isEmptySet(left) && key !== except) continue
    result.set(key, left === owner.fields ? owner : { ...owner, fields: left })
  }
  return result
}

/** Merges the oldest owners by Update into one a version while there are too many of them. */
export function capUpdateManagers(managers: Managers): Managers {
  const updaters = [...managers].filter(([, { operation }]) => operation === 'Update')
  if (updaters.length <= maxUpdateManagers) return managers
  updaters.sort(([a, left], [b, right]) => compareText(left.time, right.time) || compareText(a, b))
  const result = new Map(managers)
  const firstOfVersion = new Map<string, string>()
  let count = updaters.length
  for (const [key, owner] of updaters) {
    if (count <= maxUpdateManagers) break
    const first = firstOfVersion.get(owner.apiVersion)
    if (first === undefined) {
      firstOfVersion.set(owner.apiVersion, key)
      continue
    }
    const { apiVersion, fields } = owner
    const bucket = { manager: ancientChanges, operation: 'Update', apiVersion, subresource: '', fields } as const
    const bucketKey = ownerKey(bucket)
    const existing = result.get(bucketKey)
    const before = existing ?? result.get(first)
    if (!existing) result.delete(first)
    result.delete(key)
    result.set(bucketKey, {
      ...bucket,
      // The entry that goes in last is the youngest.
      ...(owner.time ? { time: owner.time } : {}),
      fields: before ? union(fields, before.fields) : fields,
    })
    count--
  }
  return result
}

/** Whether two lists of entries say the same but for their times. */
export function equalButForTimes(
  a: readonly ManagedFieldsEntry[] | undefined,
  b: readonly ManagedFieldsEntry[] | undefined,
): boolean {
  if (a === b) return true
  const [left, right] = [readManagers(a), readManagers(b)]
  if (left.size !== right.size) return false
  for (const [key, owner] of left) {
    const other = right.get(key)
    if (!other || owner.apiVersion !== other.apiVersion || !equalSets(owner.fields, other.fields)) return false
  }
  return true
}

function compareOwners(a: Ownership, b: Ownership): number {
  return (
    compareText(a.operation, b.operation) ||
    compareText(a.time, b.time) ||
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  )
}

function compareText(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0
}
