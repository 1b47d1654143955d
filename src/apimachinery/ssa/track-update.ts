/** Notes in managedFields what a create, update or patch changed. */
import { jsonEqual } from '../json.ts'
import type { Json, JsonObject, ManagedFieldsEntry } from '../meta.ts'
import { type Comparison, compareValues } from './compare.ts'
import { emptySet, type FieldSet, isEmptySet, recursiveDifference, union } from './field-set.ts'
import type { FieldType } from './field-type.ts'
import {
  capUpdateManagers,
  decodeManagers,
  encodeManagers,
  type Managers,
  type Ownership,
  ownerKey,
  readManagers,
  withoutFields,
  withoutNeverOwned,
} from './managers.ts'

/** What a write needs to know beside the objects. */
export interface WriteContext {
  /** The type of the objects, in the version that the request named. */
  readonly type: FieldType
  /** That version, as in `apiVersion`. */
  readonly apiVersion: string
  readonly kind: string
  /** The field manager; '' becomes `unknown`, as on the real server. */
  readonly manager: string
  /** Absent for the object's own URL. */
  readonly subresource?: string | undefined
  /** RFC 3339 in UTC, whole seconds. */
  readonly now: string
  /** Fields that this URL does not write, such as `status` at the object's own; nobody comes to own them through it. */
  readonly resetFields?: FieldSet | undefined
}

/** An update whose owners are to be worked out. */
export interface UpdateInput extends WriteContext {
  /** The stored object; undefined when it is being created. */
  readonly before: JsonObject | undefined
  /**
   * The object as the client wants it, defaulted, with the managedFields that the client sent. What the server itself
   * adds after that (an allocated address, a finalizer) belongs to nobody, so it must not be in here yet.
   */
  readonly after: JsonObject
}

/**
 * The managedFields of the object after an update, patch or create; undefined where it has none. The very list of the
 * stored object is given back where nothing changed. An object that has none does not get any by an update: only
 * creating and applying start the record. A client resets the record by sending `[]` or `[{}]`.
 */
export function trackUpdate(input: UpdateInput): readonly ManagedFieldsEntry[] | undefined {
  const { before, after, subresource } = input
  const source = recordToStartFrom(before, after, subresource !== undefined && subresource !== '')
  if (source.managers.size === 0 && before !== undefined) return undefined
  const comparison = compareObjects(input, before, after)
  if (isUnchanged(comparison)) return source.entries
  return encodeManagers(capUpdateManagers(ownersAfterUpdate(source.managers, comparison, input)))
}

/** The owners once the manager has changed what the comparison says. Takes fields from others without asking. */
export function ownersAfterUpdate(managers: Managers, comparison: Comparison, context: WriteContext): Managers {
  const { added, modified, removed } = comparison
  const taken = union(modified, added)
  const result = withoutFields(managers, union(taken, removed))
  const own = withoutNeverOwned(taken)
  if (isEmptySet(own)) return result
  const owner: Omit<Ownership, 'fields'> = {
    manager: context.manager === '' ? 'unknown' : context.manager,
    operation: 'Update',
    apiVersion: context.apiVersion,
    subresource: context.subresource ?? '',
    time: context.now,
  }
  const key = ownerKey(owner)
  return result.set(key, { ...owner, fields: union(own, result.get(key)?.fields ?? emptySet) })
}

/** Compares two objects of a kind without their managedFields and without what this URL does not write. */
export function compareObjects(context: WriteContext, before: JsonObject | undefined, after: JsonObject): Comparison {
  const nothing = { apiVersion: context.apiVersion, kind: context.kind }
  const all = compareValues(context.type, before ? withoutRecord(before) : nothing, withoutRecord(after))
  const reset = context.resetFields
  if (!reset) return all
  return {
    added: recursiveDifference(all.added, reset),
    modified: recursiveDifference(all.modified, reset),
    removed: recursiveDifference(all.removed, reset),
  }
}

/** The object without metadata.managedFields. */
export function withoutRecord(object: JsonObject): JsonObject {
  const metadata = object['metadata'] as JsonObject | undefined
  if (metadata?.['managedFields'] === undefined) return object
  const { managedFields: _, ...rest } = metadata
  return { ...object, metadata: rest }
}

/** The managedFields of an object; undefined where it has none. */
export function recordOf(object: JsonObject | undefined): readonly ManagedFieldsEntry[] | undefined {
  const metadata = object?.['metadata'] as { readonly managedFields?: readonly ManagedFieldsEntry[] } | undefined
  return metadata?.managedFields
}

interface Source {
  readonly entries: readonly ManagedFieldsEntry[] | undefined
  readonly managers: Managers
}

const noRecord: Source = { entries: undefined, managers: new Map() }

/** The client's record where it sent a readable one, else that of the stored object. */
function recordToStartFrom(before: JsonObject | undefined, after: JsonObject, isSubresource: boolean): Source {
  const stored = recordOf(before)
  const sent = recordOf(after)
  const ofStored = () => (stored ? { entries: stored, managers: readManagers(stored) } : noRecord)
  // Most clients send back what they have read.
  if (isSubresource || sent === undefined || jsonEqual(toJson(sent), toJson(stored))) return ofStored()
  if (isReset(sent)) return noRecord
  try {
    const managers = decodeManagers(sent)
    return managers.size > 0 ? { entries: sent, managers } : ofStored()
  } catch {
    // A record that cannot be read is not taken, as on the real server.
    return ofStored()
  }
}

function isReset(entries: readonly ManagedFieldsEntry[]): boolean {
  const [first, second] = entries
  return first === undefined || (second === undefined && Object.keys(first).length === 0)
}

/** Entries are JSON objects; an interface only lacks the index signature that says so. */
function toJson(entries: readonly ManagedFieldsEntry[] | undefined): Json | undefined {
  return entries as unknown as Json | undefined
}

function isUnchanged({ added, modified, removed }: Comparison): boolean {
  return isEmptySet(added) && isEmptySet(modified) && isEmptySet(removed)
}
