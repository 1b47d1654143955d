/** JSON merge patch (RFC 7386): null removes, objects merge, everything else replaces. */
import { goJsonKind } from './go-verbs.ts'
import { isJsonArray, isJsonObject } from './json.ts'
import type { Json, JsonObject } from './meta.ts'
import { badPatch, type PatchResult } from './patch-result.ts'

/** Applies the patch; refuses one that is no object, as the API server does. The object is not changed. */
export function applyMergePatch(object: JsonObject, patch: Json): PatchResult {
  if (patch === null) return badPatch('Invalid JSON Patch')
  if (!isJsonObject(patch)) {
    const kind = goJsonKind(patch)
    return badPatch(
      `error decoding patch: json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`,
    )
  }
  return { kind: 'ok', object: mergeObjects(object, patch) }
}

/** The object with the patch merged into it. */
export function mergeObjects(object: JsonObject, patch: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...object }
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name]
    else merged[name] = mergeValue(merged[name], value)
  }
  return merged
}

function mergeValue(current: Json | undefined, patch: Json): Json {
  if (isJsonObject(current) && isJsonObject(patch)) return mergeObjects(current, patch)
  return withoutNulls(patch)
}

/** A new value has nothing to remove, so its nulls only go. Items of lists keep their places. */
function withoutNulls(value: Json): Json {
  if (isJsonArray(value)) return value.map(item => (item === null ? null : withoutNulls(item)))
  return isJsonObject(value) ? mergeObjects({}, value) : value
}
