/** Fields that kubectl or an earlier way of applying set become fields of the manager, so that Git decides on them. */
import { isJsonObject } from '../../apimachinery/json.ts'
import type { JsonObject, KubernetesObject, ManagedFieldsEntry } from '../../apimachinery/meta.ts'

/** The managed fields after the take-over; undefined where there is nothing to take over. */
export function takenOver(live: KubernetesObject, fieldManager: string): readonly ManagedFieldsEntry[] | undefined {
  const entries = live.metadata?.managedFields ?? []
  const isForeign = (entry: ManagedFieldsEntry) => !entry.subresource && isTakenOver(entry, fieldManager)
  const foreign = entries.filter(isForeign)
  if (foreign.length === 0) return undefined
  const isOwn = (entry: ManagedFieldsEntry) =>
    entry.manager === fieldManager && entry.operation === 'Apply' && !entry.subresource
  const own = entries.find(isOwn)
  const [first] = foreign
  const fieldsV1 = foreign.reduce((merged, entry) => union(merged, entry.fieldsV1 ?? {}), own?.fieldsV1 ?? {})
  const merged: ManagedFieldsEntry = { ...(own ?? first), manager: fieldManager, operation: 'Apply', fieldsV1 }
  return [merged, ...entries.filter(entry => !isForeign(entry) && !isOwn(entry))]
}

function isTakenOver({ manager = '', operation }: ManagedFieldsEntry, fieldManager: string): boolean {
  if (manager.startsWith('kubectl')) return true
  return operation === 'Update' && (manager === 'before-first-apply' || manager === fieldManager)
}

function union(a: JsonObject, b: JsonObject): JsonObject {
  const merged: Record<string, JsonObject[string]> = { ...a }
  for (const [key, value] of Object.entries(b)) {
    const old = merged[key]
    merged[key] = isJsonObject(old) && isJsonObject(value) ? union(old, value) : value
  }
  return merged
}
