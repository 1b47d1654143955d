/** RFC 7386 patches from two values. */
import { isJsonObject, jsonEqual } from '../apimachinery/json.ts'
import type { Json, JsonObject } from '../apimachinery/meta.ts'

/** The merge patch that turns `from` into `to`; undefined where nothing has to change. */
export function mergePatchBetween(from: JsonObject, to: JsonObject): JsonObject | undefined {
  let patch: Record<string, Json> | undefined
  const change = (key: string, value: Json) => {
    patch ??= {}
    patch[key] = value
  }
  for (const key in from) if (from[key] !== undefined && to[key] === undefined) change(key, null)
  for (const key in to) {
    const [before, after] = [from[key], to[key]]
    if (after === undefined) continue
    if (isJsonObject(before) && isJsonObject(after)) {
      const inner = mergePatchBetween(before, after)
      if (inner) change(key, inner)
    } else if (!jsonEqual(before, after)) change(key, after)
  }
  return patch
}
