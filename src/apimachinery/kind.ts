/** A custom kind, declared once: how clients address it, how the API checks it, how kubectl prints it. */
import type { KubernetesObject, ResourceType } from './meta.ts'
import type { JsonSchema, ObjectOfKind, Schema } from './schema.ts'

/** apiextensions/v1 CustomResourceColumnDefinition. */
export interface PrinterColumn {
  readonly name: string
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  readonly jsonPath: string
  readonly description?: string
  readonly format?: string
  readonly priority?: number
}

/** A custom kind in one version. Extends {@link ResourceType}, so it can be handed to a client as it is. */
export interface CustomKind<T extends KubernetesObject = KubernetesObject> extends ResourceType<T> {
  readonly singular: string
  readonly listKind: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  /** The structural schema of the whole object (without metadata, which the API checks itself). */
  readonly openAPIV3Schema: JsonSchema
  readonly columns: readonly PrinterColumn[]
  readonly statusSubresource: boolean
  /** Annotations of the CustomResourceDefinition. */
  readonly crdAnnotations: Readonly<Record<string, string>>
  readonly scale?: {
    readonly specReplicasPath: string
    readonly statusReplicasPath: string
    readonly labelSelectorPath?: string
  }
  /** Versions of the same kind other than this one that the CRD serves, all with this schema unless given. */
  readonly alsoServed: readonly { readonly version: string; readonly deprecated?: boolean }[]
}

/** Declares a custom kind from the schemas of its spec and status. */
export function customKind<Spec, Status>(definition: {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly namespaced?: boolean
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly description?: string
  readonly spec: Schema<Spec>
  readonly status?: Schema<Status>
  /** Whether there is a status subresource; by default where there is a status. */
  readonly statusSubresource?: boolean
  /** Whether `spec` must be there. */
  readonly specRequired?: boolean
  readonly columns?: readonly PrinterColumn[]
  readonly scale?: NonNullable<CustomKind['scale']>
  readonly alsoServed?: CustomKind['alsoServed']
  readonly crdAnnotations?: Readonly<Record<string, string>>
  /** Properties of the object that stand beside spec and status; few kinds have any. */
  readonly besideSpec?: Readonly<Record<string, JsonSchema>>
}): CustomKind<ObjectOfKind<Spec, Status>> {
  const { group, version, kind, plural } = definition
  return {
    group,
    version,
    kind,
    plural,
    namespaced: definition.namespaced ?? true,
    singular: kind.toLowerCase(),
    listKind: `${kind}List`,
    shortNames: definition.shortNames ?? [],
    categories: definition.categories ?? [],
    openAPIV3Schema: {
      ...(definition.description ? { description: definition.description } : {}),
      type: 'object',
      properties: {
        apiVersion: { type: 'string' },
        kind: { type: 'string' },
        metadata: { type: 'object' },
        ...definition.besideSpec,
        spec: definition.spec.json,
        ...(definition.status ? { status: definition.status.json } : {}),
      },
      ...(definition.specRequired ? { required: ['spec'] } : {}),
    },
    columns: definition.columns ?? [],
    statusSubresource: definition.statusSubresource ?? definition.status !== undefined,
    ...(definition.scale ? { scale: definition.scale } : {}),
    alsoServed: definition.alsoServed ?? [],
    crdAnnotations: definition.crdAnnotations ?? {},
  }
}
