/** Schemas of built-in kinds: JSON schemas that refer to each other by name and carry the directives of patches. */
import type { GroupVersionKind, Json } from './meta.ts'
import type { JsonSchema } from './schema.ts'

/**
 * One schema of the Kubernetes API description (OpenAPI v3). A structural {@link JsonSchema} is one too, so whatever
 * walks these walks custom kinds alike.
 */
export interface OpenApiSchema
  extends Omit<JsonSchema, 'properties' | 'items' | 'additionalProperties' | 'allOf' | 'anyOf' | 'oneOf' | 'not'> {
  /** The bare name of another definition; what stands beside it (description, default, directives) goes first. */
  readonly $ref?: string
  readonly properties?: Readonly<Record<string, OpenApiSchema>>
  readonly items?: OpenApiSchema
  readonly additionalProperties?: boolean | OpenApiSchema
  readonly allOf?: readonly OpenApiSchema[]
  readonly anyOf?: readonly OpenApiSchema[]
  readonly oneOf?: readonly OpenApiSchema[]
  readonly not?: OpenApiSchema
  /** Comma-separated: `merge`, `replace`, `retainKeys`. */
  readonly 'x-kubernetes-patch-strategy'?: string
  /** The property by which strategic merge patches pair the items of this list. */
  readonly 'x-kubernetes-patch-merge-key'?: string
  /** The kinds that have this schema. */
  readonly 'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[]
  readonly 'x-kubernetes-unions'?: readonly Json[]
}

/** The schema behind a {@link OpenApiSchema.$ref}. Throws for a name that it does not know. */
export type ResolveSchema = (name: string) => OpenApiSchema
