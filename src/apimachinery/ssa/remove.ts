/** Takes fields out of a value. */
import { isJsonArray, isJsonObject } from '../json.ts'
import type { Json, JsonObject } from '../meta.ts'
import { type FieldSet, hasChildren, isEmptySet, isMember } from './field-set.ts'
import type { FieldType, ListType, MapType } from './field-type.ts'
import { elementOfItem, shapeOf } from './walk.ts'

/**
 * The value without the fields of the set; undefined where nothing is left. A field of the set goes with all that is
 * below it. What is inside atomic lists and maps stays or goes with them.
 */
export function removeFields(type: FieldType, value: Json, fields: FieldSet): Json | undefined {
  if (isEmptySet(fields)) return value
  const shape = shapeOf(type, value)
  if (shape === 'map' && type.map && isJsonObject(value)) return removeFromMap(type.map, value, fields)
  if (shape === 'list' && type.list && isJsonArray(value)) return removeFromList(type.list, value, fields)
  return value
}

function removeFromMap(map: MapType, value: JsonObject, fields: FieldSet): Json | undefined {
  if (map.atomic || Object.keys(value).length === 0) return undefined
  const kept: Record<string, Json> = {}
  for (const name in value) {
    const [item, field] = [value[name], map.field(name)]
    if (item === undefined) continue
    const left = field ? removeBelow(field.type, item, fields[field.element]) : item
    if (left !== undefined) kept[name] = left
  }
  return Object.keys(kept).length > 0 ? kept : undefined
}

function removeFromList(list: ListType, items: readonly Json[], fields: FieldSet): Json | undefined {
  if (list.relationship === 'atomic') return undefined
  const kept = items
    .map(item => {
      const found = elementOfItem(list, item)
      return found.kind === 'element' ? removeBelow(list.items, item, fields[found.element]) : item
    })
    .filter(item => item !== undefined)
  return kept.length > 0 ? kept : undefined
}

function removeBelow(type: FieldType, value: Json, node: FieldSet | undefined): Json | undefined {
  if (!node) return value
  if (isMember(node)) return undefined
  return hasChildren(node) ? removeFields(type, value, node) : value
}
