/** Objects as the server holds them: JSON with a type and metadata. Never changed once made. */
import type { Json, JsonObject, ObjectMeta } from '../../apimachinery/meta.ts'

/** Any object of the API. The fields beside the three common ones are JSON. */
export interface ApiObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly [field: string]: unknown
}

/** The object as plain JSON, which it is; ObjectMeta only lacks the index signature that says so. */
export function asJson(object: ApiObject): JsonObject {
  return object as unknown as JsonObject
}

/** Plain JSON as an object; the caller knows that apiVersion, kind and metadata are there. */
export function asObject(value: JsonObject): ApiObject {
  return value as unknown as ApiObject
}

/** The object with some metadata replaced; a value of undefined takes the field away. The same object if nothing changes. */
export function withMetadata(
  object: ApiObject,
  changes: { [K in keyof ObjectMeta]?: ObjectMeta[K] | undefined } & { readonly selfLink?: undefined },
): ApiObject {
  const metadata = withChanges(object.metadata as Readonly<Record<string, unknown>>, changes)
  return metadata === object.metadata ? object : { ...object, metadata: metadata as ObjectMeta }
}

/** The object with some top-level fields replaced, in the same way. */
export function withFields(object: ApiObject, changes: Readonly<Record<string, unknown>>): ApiObject {
  return withChanges(object, changes) as ApiObject
}

function withChanges(
  object: Readonly<Record<string, unknown>>,
  changes: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  let copy: Record<string, unknown> | undefined
  for (const name in changes) {
    const value = changes[name]
    if (value === object[name] && (value !== undefined || !(name in object))) continue
    copy ??= { ...object }
    // Not by `delete`: it makes an object slow for all who read it later.
    if (value === undefined) copy = without(copy, name)
    else copy[name] = value
  }
  return copy ?? object
}

function without(object: Readonly<Record<string, unknown>>, name: string): Record<string, unknown> {
  const { [name]: _, ...rest } = object
  return rest
}

/** The value at a path of properties, or undefined where the path ends early. */
export function valueAt(object: unknown, path: readonly string[]): Json | undefined {
  let value: unknown = object
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Readonly<Record<string, unknown>>)[name]
  }
  return value as Json | undefined
}
