/** Server-side apply: merges what a manager wants into an object and keeps the record of who owns which field. */
import { isJsonObject, jsonEqual } from '../json.ts'
import { type JsonObject, type ManagedFieldsEntry, parseApiVersion } from '../meta.ts'
import type { Comparison } from './compare.ts'
import { type Conflict, conflictsOf } from './conflict.ts'
import { emptySet, type FieldSet, hasPath, intersection, isEmptySet, recursiveDifference, union } from './field-set.ts'
import { fieldsFromLastApplied, kubectlManager, withLastApplied } from './last-applied.ts'
import {
  encodeManagers,
  type Managers,
  type Ownership,
  ownerKey,
  readManagers,
  withoutFields,
  withoutNeverOwned,
} from './managers.ts'
import { mergeValues } from './merge.ts'
import { pruneFields } from './prune.ts'
import { toFieldSet } from './to-field-set.ts'
import { compareObjects, ownersAfterUpdate, recordOf, type WriteContext, withoutRecord } from './track-update.ts'
import { faultsOf, faultsToText } from './validate.ts'

/** An apply request. */
export interface ApplyInput extends WriteContext {
  /** The stored object; undefined where the apply creates it. */
  readonly live: JsonObject | undefined
  /** The applied configuration. */
  readonly config: JsonObject
  /** Take fields from other managers instead of reporting conflicts. */
  readonly force?: boolean | undefined
}

/** What became of an apply request. */
export type ApplyResult =
  | {
      readonly kind: 'ok'
      /** The merged object with its managedFields, before defaulting and validation. */
      readonly object: JsonObject
      readonly managedFields: readonly ManagedFieldsEntry[] | undefined
      /** Whether anything but the record differs from the stored object. */
      readonly changed: boolean
    }
  | { readonly kind: 'conflict'; readonly conflicts: readonly Conflict[] }
  /** The configuration cannot be applied; `message` is the real server's. */
  | { readonly kind: 'invalid'; readonly reason: 'BadRequest' | 'InternalError'; readonly message: string }

/** The manager of fields that were there before the first apply to an object without a record. */
const beforeFirstApply = 'before-first-apply'

/** Applies a configuration. Pure: the inputs are not changed. */
export function applyConfiguration(input: ApplyInput): ApplyResult {
  const refusal = refusalOf(input)
  if (refusal) return refusal
  const live = input.live ? withoutRecord(input.live) : { apiVersion: input.apiVersion, kind: input.kind }
  const result = merge(input, live, input.force === true)
  if (result.kind !== 'conflict' || input.manager !== kubectlManager) return result
  const allowed = fieldsFromLastApplied(input.type, live, input.apiVersion)
  const conflicts = result.conflicts.filter(({ path }) => !hasPath(allowed, path))
  return conflicts.length > 0 ? { kind: 'conflict', conflicts } : merge(input, live, true)
}

function merge(input: ApplyInput, live: JsonObject, force: boolean): ApplyResult {
  const { type, config, apiVersion, manager } = input
  const owners = startingOwners(input, live)
  const self = { manager, operation: 'Apply', apiVersion, subresource: input.subresource ?? '' } as const
  const key = ownerKey(self)
  const previous = owners.get(key)
  const fields = withoutReset(toFieldSet(type, config), input.resetFields)
  const claimed: Map<string, Ownership> = new Map(owners).set(key, {
    ...self,
    ...(previous?.time ? { time: previous.time } : {}),
    fields,
  })

  const merged = mergeValues(type, live, config) ?? {}
  const pruned = pruneFields(type, merged, previous?.fields ?? emptySet, claimed)
  const object = isJsonObject(pruned) ? pruned : {}
  const comparison = compareObjects(input, live, object)
  const conflicts = force ? [] : findConflicts(claimed, comparison, key)
  if (conflicts.length > 0) return { kind: 'conflict', conflicts }

  const changed = !jsonEqual(live, object)
  const managedFields = encodeManagers(ownersAfterApply(claimed, comparison, key, changed ? input.now : undefined))
  const annotated = manager === kubectlManager ? withLastApplied(object, config) : object
  return { kind: 'ok', object: withRecord(annotated, managedFields), managedFields, changed }
}

/** The owners before the apply. What an object without a record holds belongs to a manager of its own. */
function startingOwners(input: ApplyInput, live: JsonObject): Managers {
  const owners = readManagers(recordOf(input.live))
  if (owners.size > 0 || !input.live) return owners
  const context = { ...input, manager: beforeFirstApply, resetFields: undefined }
  return ownersAfterUpdate(owners, compareObjects(context, undefined, live), context)
}

function findConflicts(owners: Managers, { added, modified }: Comparison, self: string): Conflict[] {
  const changed = union(modified, added)
  return conflictsOf(
    [...owners]
      .filter(([key]) => key !== self)
      .map(([, owner]) => [owner, intersection(owner.fields, changed)] as const)
      .filter(([, fields]) => !isEmptySet(fields)),
  )
}

function ownersAfterApply(
  owners: Managers,
  { added, modified, removed }: Comparison,
  self: string,
  now: string | undefined,
): Managers {
  const result = withoutFields(owners, union(union(modified, added), removed), self)
  const own = result.get(self)
  if (!own) return result
  const fields = withoutNeverOwned(own.fields)
  if (isEmptySet(fields)) result.delete(self)
  else result.set(self, { ...own, fields, ...(now ? { time: now } : {}) })
  return result
}

function withoutReset(fields: FieldSet, reset: FieldSet | undefined): FieldSet {
  return reset ? recursiveDifference(fields, reset) : fields
}

function withRecord(object: JsonObject, managedFields: readonly ManagedFieldsEntry[] | undefined): JsonObject {
  if (!managedFields) return object
  const metadata = object['metadata'] as JsonObject | undefined
  // Entries are JSON objects; an interface only lacks the index signature that says so.
  return { ...object, metadata: { ...metadata, managedFields: managedFields as unknown as JsonObject[] } }
}

function refusalOf({
  type,
  config,
  apiVersion,
  kind,
}: ApplyInput): Extract<ApplyResult, { kind: 'invalid' }> | undefined {
  const typeText = kindToText(config)
  if (config['apiVersion'] !== apiVersion || config['kind'] !== kind) {
    return { kind: 'invalid', reason: 'BadRequest', message: `invalid object type: ${typeText}` }
  }
  const metadata = isJsonObject(config['metadata']) ? config['metadata'] : {}
  if (metadata['managedFields'] !== undefined && metadata['managedFields'] !== null) {
    return { kind: 'invalid', reason: 'BadRequest', message: 'metadata.managedFields must be nil' }
  }
  const faults = faultsOf(type, config)
  if (faults.length === 0) return undefined
  const where = `${metadata['namespace'] ?? ''}/${metadata['name'] ?? ''}; ${typeText}`
  const message = `failed to create typed patch object (${where}): ${faultsToText(faults)}`
  return { kind: 'invalid', reason: 'InternalError', message }
}

/** `apps/v1, Kind=Deployment`; the core group's name is empty. */
function kindToText(object: JsonObject): string {
  const { group, version } = parseApiVersion(String(object['apiVersion'] ?? ''))
  return `${group}/${version}, Kind=${object['kind'] ?? ''}`
}
