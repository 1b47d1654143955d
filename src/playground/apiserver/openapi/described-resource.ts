/** What the OpenAPI documents need to know of a resource, built in or custom. */
import type { Definitions } from '../../../api/core/definitions.ts'
import { builtInResources } from '../../../api/core/resources.ts'
import { apiVersionOf, type GroupVersionKind } from '../../../apimachinery/meta.ts'

/** A resource as the documents describe it. */
export interface DescribedResource extends GroupVersionKind {
  readonly plural: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
  /** Whether strategic merge patches are taken. */
  readonly isBuiltIn: boolean
  readonly subresources: readonly DescribedSubresource[]
  /** The full name of its definition; the list's is the same with `List` behind it. */
  readonly definition: string
}

/** A part of a resource with its own URL. */
export interface DescribedSubresource {
  readonly name: string
  readonly kind: GroupVersionKind
  readonly verbs: readonly string[]
  /** Undefined for connections (`exec`, `proxy`), which have no body. */
  readonly definition?: string
}

/** The built-in resources by group version (`v1`, `apps/v1`). */
export function describeBuiltIns(definitions: Definitions): ReadonlyMap<string, readonly DescribedResource[]> {
  const described = builtInResources.map(resource => ({
    ...resource,
    isBuiltIn: true,
    definition: definitions.find(resource)?.name ?? '',
    subresources: resource.subresources.map(subresource => {
      const definition = definitions.find(subresource.kind)?.name
      return { ...subresource, ...(definition === undefined ? {} : { definition }) }
    }),
  }))
  return Map.groupBy(described, apiVersionOf)
}
