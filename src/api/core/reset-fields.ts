/** Which fields a URL does not write, so that nobody comes to own them through it. */
import { type FieldSet, fieldSetOf } from '../../apimachinery/ssa/field-set.ts'

const status = fieldSetOf([['f:status']])
const spec = fieldSetOf([['f:spec']])
const specAndMetadata = fieldSetOf([['f:spec'], ['f:metadata']])
const specAndLabels = fieldSetOf([['f:spec'], ['f:metadata', 'f:labels']])
const specAndLifecycle = fieldSetOf([
  ['f:spec'],
  ['f:metadata', 'f:deletionTimestamp'],
  ['f:metadata', 'f:ownerReferences'],
])

/** A resource and the part of it that is written. */
export interface WrittenPart {
  readonly group: string
  readonly plural: string
  /** Whether a CRD declares it. */
  readonly custom: boolean
  readonly hasStatus: boolean
  /** '' for the object itself. */
  readonly subresource: string
}

/**
 * The fields that writes through a URL leave alone: `status` at the object's own URL where it has one of its own,
 * nearly all but `status` there. Undefined for none.
 */
export function resetFieldsOf({ group, plural, custom, hasStatus, subresource }: WrittenPart): FieldSet | undefined {
  if (subresource === '') return hasStatus ? status : undefined
  if (subresource === 'finalize') return status
  if (subresource !== 'status') return undefined
  if (custom) return specAndMetadata
  if (group === 'apps' && plural === 'deployments') return specAndLabels
  return group === '' && plural === 'pods' ? specAndLifecycle : spec
}
