/** RFC 7386 patches from two values. */
import { isJsonObject, jsonEqual } from '../apimachinery/json.ts'
import type { Json, JsonObject } from '../apimachinery/meta.ts'

/** The merge patch that turns `from` into `to`; undefined where nothing has to change. */
export function mergePatchBetween(from: JsonObject, to: JsonObject): JsonObject | undefined {
  const patch: Record<string, Json> = {}
  for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const [before, after] = [from[key], to[key]]
    if (after === undefined) {
      if (before !== undefined) patch[key] = null
    } else if (isJsonObject(before) && isJsonObject(after)) {
      const inner = mergePatchBetween(before, after)
      if (inner) patch[key] = inner
    } else if (!jsonEqual(before, after)) patch[key] = after
  }
  return Object.keys(patch).length > 0 ? patch : undefined
}
