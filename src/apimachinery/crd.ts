/** The CustomResourceDefinition that serves a custom kind. */
import type { CustomKind, PrinterColumn } from './kind.ts'
import type { JsonObject, KubernetesObject, ObjectMeta } from './meta.ts'
import type { JsonSchema } from './schema.ts'

/** One version of a {@link CrdManifest}. */
export interface CrdVersion {
  readonly name: string
  readonly served: boolean
  readonly storage: boolean
  readonly deprecated?: boolean
  readonly additionalPrinterColumns?: readonly PrinterColumn[]
  readonly schema: { readonly openAPIV3Schema: JsonSchema }
  readonly subresources?: {
    readonly status?: JsonObject
    readonly scale?: NonNullable<CustomKind['scale']>
  }
}

/** apiextensions.k8s.io/v1 CustomResourceDefinition, as it is applied. */
export interface CrdManifest extends KubernetesObject {
  readonly apiVersion: 'apiextensions.k8s.io/v1'
  readonly kind: 'CustomResourceDefinition'
  readonly metadata: ObjectMeta
  readonly spec: {
    readonly group: string
    readonly names: {
      readonly kind: string
      readonly listKind: string
      readonly plural: string
      readonly singular: string
      readonly shortNames?: readonly string[]
      readonly categories?: readonly string[]
    }
    readonly scope: 'Namespaced' | 'Cluster'
    readonly versions: readonly CrdVersion[]
  }
}

/** The definition of a kind: its own version is stored, the other ones are served with the same schema. */
export function customResourceDefinition(kind: CustomKind): CrdManifest {
  const { shortNames, categories, crdAnnotations } = kind
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${kind.plural}.${kind.group}`,
      ...(Object.keys(crdAnnotations).length > 0 ? { annotations: crdAnnotations } : {}),
    },
    spec: {
      group: kind.group,
      names: {
        kind: kind.kind,
        listKind: kind.listKind,
        plural: kind.plural,
        singular: kind.singular,
        ...(shortNames.length > 0 ? { shortNames } : {}),
        ...(categories.length > 0 ? { categories } : {}),
      },
      scope: kind.namespaced ? 'Namespaced' : 'Cluster',
      versions: [
        versionOf(kind, kind.version, true),
        ...kind.alsoServed.map(other => versionOf(kind, other.version, false, other.deprecated)),
      ],
    },
  }
}

function versionOf(kind: CustomKind, name: string, storage: boolean, deprecated?: boolean): CrdVersion {
  const subresources = {
    ...(kind.statusSubresource ? { status: {} } : {}),
    ...(kind.scale ? { scale: kind.scale } : {}),
  }
  return {
    name,
    served: true,
    storage,
    ...(deprecated ? { deprecated } : {}),
    ...(kind.columns.length > 0 ? { additionalPrinterColumns: kind.columns } : {}),
    schema: { openAPIV3Schema: kind.openAPIV3Schema },
    ...(Object.keys(subresources).length > 0 ? { subresources } : {}),
  }
}
