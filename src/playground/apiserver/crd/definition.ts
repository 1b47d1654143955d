/** apiextensions/v1 CustomResourceDefinition as the server reads it, after defaulting and validation. */
import type { PrinterColumn } from '../../../apimachinery/kind.ts'
import type { JsonSchema } from '../../../apimachinery/schema.ts'
import type { ApiObject } from '../api-object.ts'
import type { ScalePaths } from '../resources/served-resource.ts'

/** The names of a custom kind. */
export interface DefinitionNames {
  readonly plural: string
  readonly singular?: string
  readonly kind: string
  readonly listKind?: string
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
}

/** One version of a custom kind. */
export interface DefinitionVersion {
  readonly name: string
  readonly served: boolean
  readonly storage: boolean
  readonly deprecated?: boolean
  readonly deprecationWarning?: string
  readonly schema?: { readonly openAPIV3Schema?: JsonSchema }
  readonly subresources?: { readonly status?: object; readonly scale?: ScalePaths }
  readonly additionalPrinterColumns?: readonly PrinterColumn[]
  readonly selectableFields?: readonly { readonly jsonPath: string }[]
}

/** CustomResourceDefinitionSpec. */
export interface DefinitionSpec {
  readonly group: string
  readonly names: DefinitionNames
  readonly scope: 'Namespaced' | 'Cluster'
  readonly versions: readonly DefinitionVersion[]
  readonly preserveUnknownFields?: boolean
}

/** CustomResourceDefinitionCondition. */
export interface DefinitionCondition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly lastTransitionTime?: string
  readonly reason?: string
  readonly message?: string
}

/** CustomResourceDefinitionStatus. */
export interface DefinitionStatus {
  readonly conditions?: readonly DefinitionCondition[]
  readonly acceptedNames?: DefinitionNames
  readonly storedVersions?: readonly string[]
}

/** The spec of a stored CRD, which validation has let through. */
export function specOf(crd: ApiObject): DefinitionSpec {
  return crd['spec'] as DefinitionSpec
}

/** The status of a stored CRD. */
export function statusOf(crd: ApiObject): DefinitionStatus {
  return (crd['status'] ?? {}) as DefinitionStatus
}

/** Whether a condition of a CRD is True. */
export function isTrue(crd: ApiObject, type: string): boolean {
  return statusOf(crd).conditions?.some(condition => condition.type === type && condition.status === 'True') ?? false
}

/** Keeps a CRD while objects of its kind are left. */
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io'

/** The condition of a CRD whose deletion has begun. */
export function terminatingCondition(now: string): DefinitionCondition {
  return {
    lastTransitionTime: now,
    message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
    reason: 'InstanceDeletionPending',
    status: 'True',
    type: 'Terminating',
  }
}
