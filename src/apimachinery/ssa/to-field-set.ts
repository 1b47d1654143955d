/** The fields that a value has. */
import { isJsonArray, isJsonObject } from '../json.ts'
import type { Json, JsonObject } from '../meta.ts'
import { type FieldSet, FieldSetBuilder, hasChildren, isEmptySet, isMember } from './field-set.ts'
import type { FieldType, ListType, MapType } from './field-type.ts'
import { fieldNameOf } from './path-element.ts'
import { indexItems, shapeOf } from './walk.ts'

/** All fields of the value, as an apply of it would own them. */
export function toFieldSet(type: FieldType, value: Json): FieldSet {
  const builder = new FieldSetBuilder()
  visit(type, value, [], builder)
  return builder.build()
}

/**
 * The set with every declared property that has fields below it added itself; sets leave those out where the property
 * is a plain object.
 */
export function withNamedFields(type: FieldType | undefined, set: FieldSet): FieldSet {
  const result: Record<string, FieldSet> = {}
  for (const element in set) {
    const below = set[element]
    if (element === '.' || !below) continue
    const name = fieldNameOf(element)
    const next = name === undefined ? type?.list?.items : type?.map?.field(name)?.type
    const children = hasChildren(below) ? withNamedFields(next, below) : {}
    const member = isMember(below) || (name !== undefined && type?.map?.isDeclared(name))
    result[element] = member && !isEmptySet(children) ? { '.': {}, ...children } : children
  }
  return result
}

function visit(type: FieldType, value: Json, path: string[], builder: FieldSetBuilder): void {
  const shape = shapeOf(type, value)
  if (shape === 'map' && type.map && !type.map.atomic) {
    if (isJsonObject(value)) visitMap(type.map, value, path, builder)
  } else if (shape === 'list' && type.list && type.list.relationship !== 'atomic') {
    if (isJsonArray(value)) visitList(type.list, value, path, builder)
  } else if (path.length > 0) {
    builder.add(path)
  }
}

function visitMap(map: MapType, value: JsonObject, path: string[], builder: FieldSetBuilder): void {
  for (const name in value) {
    const [item, field] = [value[name], map.field(name)]
    if (item === undefined || !field) continue
    path.push(field.element)
    visit(field.type, item, path, builder)
    if (item === null || isEmptyObject(item) || !map.isDeclared(name)) builder.add(path)
    path.pop()
  }
}

function visitList(list: ListType, items: readonly Json[], path: string[], builder: FieldSetBuilder): void {
  for (const [element, same] of indexItems(list, items)) {
    path.push(element)
    const [item] = same
    if (item !== undefined && same.length === 1) visit(list.items, item, path, builder)
    builder.add(path)
    path.pop()
  }
}

function isEmptyObject(value: Json): boolean {
  return isJsonObject(value) && Object.keys(value).length === 0
}
