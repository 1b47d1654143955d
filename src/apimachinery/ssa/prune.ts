/** Takes out of an object what its applier no longer applies. */
import type { Json } from '../meta.ts'
import { difference, emptySet, type FieldSet, intersection, isEmptySet, union } from './field-set.ts'
import type { FieldType } from './field-type.ts'
import type { Managers } from './managers.ts'
import { removeFields } from './remove.ts'
import { toFieldSet, withNamedFields } from './to-field-set.ts'

/**
 * The merged object without the fields that the applier had before (`last`), has no more, and that nobody else owns.
 * `managers` are the owners with the applier's new fields.
 */
export function pruneFields(type: FieldType, merged: Json, last: FieldSet, managers: Managers): Json {
  if (isEmptySet(last)) return merged
  const named = (fields: FieldSet) => withNamedFields(type, fields)
  const fieldsOf = (value: Json) => named(toFieldSet(type, value))
  const lastFields = named(last)
  const mergedFields = fieldsOf(merged)
  let owned: FieldSet = emptySet
  for (const { fields } of managers.values()) owned = union(owned, fields)

  const without = (fields: FieldSet) => removeFields(type, merged, fields) ?? {}
  const candidate = without(lastFields)
  // Removing an item takes along what others own in it; so whatever is owned comes back.
  const withOwned = without(difference(mergedFields, union(fieldsOf(candidate), named(owned))))
  // What went because it stood below a removed field, but was never the applier's, comes back too.
  return without(intersection(difference(mergedFields, fieldsOf(withOwned)), lastFields))
}
