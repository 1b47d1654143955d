/**
 * One schema value per kind: it gives the CRD's structural OpenAPI schema (`.json`) and, through {@link Infer}, the
 * TypeScript type, so that the two are never written twice.
 */
import type { Json, ObjectMeta } from './meta.ts'

/** apiextensions/v1 JSONSchemaProps, the structural subset. */
export interface JsonSchema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'
  readonly description?: string
  readonly format?: string
  readonly default?: Json
  readonly enum?: readonly Json[]
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: boolean
  readonly exclusiveMaximum?: boolean
  readonly multipleOf?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly uniqueItems?: boolean
  readonly minProperties?: number
  readonly maxProperties?: number
  readonly nullable?: boolean
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
  readonly items?: JsonSchema
  readonly allOf?: readonly JsonSchema[]
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly not?: JsonSchema
  readonly title?: string
  readonly externalDocs?: { readonly description?: string; readonly url?: string }
  readonly example?: Json
  readonly 'x-kubernetes-int-or-string'?: boolean
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean
  readonly 'x-kubernetes-embedded-resource'?: boolean
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map'
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular'
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[]
}

/** A CEL rule of a structural schema. */
export interface ValidationRule {
  readonly rule: string
  readonly message?: string
  readonly messageExpression?: string
  readonly reason?: string
  readonly fieldPath?: string
  readonly optionalOldSelf?: boolean
}

/** A JSON schema that carries the TypeScript type of the values it accepts. */
export interface Schema<T> {
  readonly json: JsonSchema
  /** Carries T for inference and is never there at run time. */
  readonly _type?: T
}

/** The type of the values that a schema accepts. */
export type Infer<S> = S extends Schema<infer T> ? T : never

type Properties = Readonly<Record<string, Schema<unknown>>>
type Flatten<T> = { [K in keyof T]: T[K] }
type ObjectOf<P extends Properties, R extends keyof P> = Flatten<
  { readonly [K in R]: Infer<P[K]> } & { readonly [K in Exclude<keyof P, R>]?: Infer<P[K]> }
>

type Extra = Omit<JsonSchema, 'type' | 'properties' | 'items' | 'required' | 'enum'>

/** A string. */
export function string(extra: Extra = {}): Schema<string> {
  return { json: { ...extra, type: 'string' } }
}

/** A string that is one of `values`. */
export function oneOf<const V extends string>(values: readonly V[], extra: Extra = {}): Schema<V> {
  return { json: { ...extra, type: 'string', enum: values } }
}

/** An integer, by default of the int64 range that JSON numbers can carry exactly. */
export function integer(extra: Extra = {}): Schema<number> {
  return { json: { ...extra, type: 'integer' } }
}

/** A number. */
export function number(extra: Extra = {}): Schema<number> {
  return { json: { ...extra, type: 'number' } }
}

/** A boolean. */
export function boolean(extra: Extra = {}): Schema<boolean> {
  return { json: { ...extra, type: 'boolean' } }
}

/** An integer or a string, such as a port or `maxSurge`. */
export function intOrString(extra: Extra = {}): Schema<number | string> {
  return { json: { ...extra, 'x-kubernetes-int-or-string': true } }
}

/** A list of items that are all alike. */
export function array<T>(items: Schema<T>, extra: Extra = {}): Schema<readonly T[]> {
  return { json: { ...extra, type: 'array', items: items.json } }
}

/** A map from strings to values that are all alike. */
export function map<T>(values: Schema<T>, extra: Extra = {}): Schema<Readonly<Record<string, T>>> {
  return { json: { ...extra, type: 'object', additionalProperties: values.json } }
}

/** An object with the given properties, all optional but for `required`. */
export function object<P extends Properties, const R extends keyof P & string = never>(
  properties: P,
  options: Extra & { readonly required?: readonly R[] } = {},
): Schema<ObjectOf<P, R>> {
  const { required, ...extra } = options
  return {
    json: {
      ...extra,
      type: 'object',
      ...(required && required.length > 0 ? { required } : {}),
      properties: Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, schema.json])),
    },
  }
}

/** The same values, or null where one means to say that there is none. */
export function nullable<T>(schema: Schema<T>): Schema<T | null> {
  return { json: { ...schema.json, nullable: true } }
}

/** For {@link object}: exactly one of the properties must be there. */
export function exactlyOne(...names: readonly string[]): Pick<JsonSchema, 'oneOf'> {
  return { oneOf: names.map(name => ({ required: [name] })) }
}

/** For {@link object}: one of the properties may be there, or none. */
export function atMostOne(...names: readonly string[]): Pick<JsonSchema, 'oneOf'> {
  const alternatives = names.map(name => ({ required: [name] }))
  return { oneOf: [{ not: { anyOf: alternatives } }, ...alternatives] }
}

/** An object of any shape, kept as it is. */
export function anyObject(extra: Extra = {}): Schema<{ readonly [key: string]: Json }> {
  return { json: { ...extra, type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
}

/** Any JSON value, kept as it is. */
export function anyValue(extra: Extra = {}): Schema<Json> {
  return { json: { ...extra, 'x-kubernetes-preserve-unknown-fields': true } }
}

/** `schema` with a sentence for `kubectl explain` and further keywords. */
export function describe<T>(schema: Schema<T>, description: string, extra: Extra = {}): Schema<T> {
  return { json: { ...schema.json, ...extra, description } }
}

/** An object of a kind whose `spec` and `status` have the given schemas. */
export interface ObjectOfKind<Spec, Status> {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly spec: Spec
  readonly status?: Status
}
