/** A resource in one version, as requests reach it. */
import type { GroupVersionKind } from '../../../apimachinery/meta.ts'
import type { JsonSchema } from '../../../apimachinery/schema.ts'
import type { Subject } from '../status-error.ts'
import type { ResourceStrategy } from './strategy.ts'

/** A part of an object with a URL of its own. `kind` is what is read and written there. */
export interface ServedSubresource {
  readonly name: string
  readonly kind: GroupVersionKind
  readonly verbs: readonly string[]
}

/** What the server knows of one resource in one version. */
export interface ServedResource extends GroupVersionKind {
  readonly plural: string
  readonly singular: string
  readonly listKind: string
  readonly namespaced: boolean
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly verbs: readonly string[]
  readonly subresources: readonly ServedSubresource[]
  /** Whether a CRD defines it. Answers differ in details from those for built-in kinds. */
  readonly custom: boolean
  /** `group/plural`: the table that holds the objects of all versions. */
  readonly table: string
  readonly strategy: ResourceStrategy
  /** What to tell users of a version that is to go away. */
  readonly deprecationWarning?: string
  /** The schema of a custom resource. */
  readonly schema?: JsonSchema
  /** Paths of the scale subresource of a custom resource. */
  readonly scale?: ScalePaths
}

/** Where a custom resource keeps what its scale subresource shows: JSON paths such as `.spec.replicas`. */
export interface ScalePaths {
  readonly specReplicasPath: string
  readonly statusReplicasPath: string
  readonly labelSelectorPath?: string
}

/** The name of a resource's table. */
export function tableName(group: string, plural: string): string {
  return `${group}/${plural}`
}

/** The resource as errors name it. */
export function resourceSubject(resource: Pick<ServedResource, 'group' | 'plural'>): Subject {
  return { group: resource.group, name: resource.plural }
}

/** The kind as errors name it. An Event is one of the core group for them, whichever group it was sent to. */
export function kindSubject({ group, kind }: Pick<ServedResource, 'group' | 'kind'>): Subject {
  return { group: group === 'events.k8s.io' ? '' : group, name: kind }
}
