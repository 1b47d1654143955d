/** Whether an apply would change anything that counts. */
import { isJsonObject, jsonEqual } from '../../apimachinery/json.ts'
import type { JsonObject } from '../../apimachinery/meta.ts'

/** Labels, annotations and everything outside of metadata and status are compared. */
export function hasDrifted(live: JsonObject, applied: JsonObject): boolean {
  return !jsonEqual(comparable(live), comparable(applied))
}

function comparable(object: JsonObject): JsonObject {
  const { metadata, status: _status, ...rest } = object
  const { labels = {}, annotations = {} } = isJsonObject(metadata) ? metadata : {}
  return { ...rest, metadata: { labels, annotations } }
}
