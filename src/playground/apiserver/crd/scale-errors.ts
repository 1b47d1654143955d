/** What must hold for the fields that the scale subresource of a custom kind shows. */
import { type FieldError, invalid } from '../../../apimachinery/field-error.ts'
import { valueAt } from '../../../apimachinery/jsonpath.ts'
import { type ApiObject, asJson } from '../api-object.ts'
import type { ScalePaths } from '../resources/served-resource.ts'

// A 32-bit integer, as Scale has it.
const maxReplicas = 2 ** 31 - 1

/** What is wrong with the replica counts at the paths of the scale subresource. */
export function scaleErrors(object: ApiObject, scale: ScalePaths | undefined): FieldError[] {
  if (!scale) return []
  return [scale.specReplicasPath, scale.statusReplicasPath].flatMap(path => {
    const value = valueAt(path, asJson(object))
    if (typeof value !== 'number') return []
    const errors: FieldError[] = []
    if (value < 0) errors.push(invalid(path, value, 'should be a non-negative integer'))
    if (value > maxReplicas) errors.push(invalid(path, value, `should be less than or equal to ${maxReplicas}`))
    return errors
  })
}
