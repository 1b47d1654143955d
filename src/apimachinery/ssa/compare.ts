/** Which fields differ between two values of one type. */
import { isJsonArray, isJsonObject, jsonEqual } from '../json.ts'
import type { Json, JsonObject } from '../meta.ts'
import { emptySet, type FieldSet, FieldSetBuilder } from './field-set.ts'
import type { FieldType, ListType, MapType } from './field-type.ts'
import { indexItems, namesOfBoth, type Shape, shapeOf, withZeroValues } from './walk.ts'

/** Fields by what happened to them between the left and the right value. */
export interface Comparison {
  readonly added: FieldSet
  readonly modified: FieldSet
  readonly removed: FieldSet
}

/** The comparison of equal values. */
export const noChanges: Comparison = { added: emptySet, modified: emptySet, removed: emptySet }

interface Changes {
  readonly added: FieldSetBuilder
  readonly modified: FieldSetBuilder
  readonly removed: FieldSetBuilder
  /** The path of the value that is being compared. */
  readonly path: string[]
}

/** Compares two objects. List items that have no identity are left out. */
export function compareValues(type: FieldType, left: Json, right: Json): Comparison {
  if (left === right) return noChanges
  const changes: Changes = {
    added: new FieldSetBuilder(),
    modified: new FieldSetBuilder(),
    removed: new FieldSetBuilder(),
    path: [],
  }
  compare(type, left, right, changes)
  return { added: changes.added.build(), modified: changes.modified.build(), removed: changes.removed.build() }
}

function compare(type: FieldType, left: Json | undefined, right: Json | undefined, changes: Changes): void {
  if (left === right) return
  const leftShape = shapeOf(type, left)
  const rightShape = shapeOf(type, right)
  let isLeaf: boolean
  if (right === undefined) isLeaf = compareAs(leftShape, type, left, right, changes)
  else {
    isLeaf = compareAs(rightShape, type, left, right, changes)
    // The value changed its shape: what it was is gone, what it is now has come.
    if (left !== undefined && leftShape !== rightShape) compareAs(leftShape, type, left, right, changes)
  }
  if (isLeaf || changes.path.length === 0) return
  if (left === undefined) changes.added.add(changes.path)
  else if (right === undefined) changes.removed.add(changes.path)
}

/** Returns whether the value was taken as one field. */
function compareAs(
  shape: Shape,
  type: FieldType,
  left: Json | undefined,
  right: Json | undefined,
  changes: Changes,
): boolean {
  if (shape === 'map' && type.map) {
    const [a, b] = [asObject(left), asObject(right)]
    if (!type.map.atomic && !(isEmpty(a) && isEmpty(b))) {
      compareMaps(type.map, a, b, changes)
      return false
    }
  } else if (shape === 'list' && type.list) {
    const [a, b] = [asArray(left), asArray(right)]
    if (type.list.relationship !== 'atomic' && a.length + b.length > 0) {
      compareLists(type.list, a, b, changes)
      return false
    }
  }
  compareLeaf(left, right, changes)
  return true
}

function compareLeaf(left: Json | undefined, right: Json | undefined, changes: Changes): void {
  if (left === undefined) changes.added.add(changes.path)
  else if (right === undefined) changes.removed.add(changes.path)
  else if (!jsonEqual(left, right)) changes.modified.add(changes.path)
}

function compareMaps(
  map: MapType,
  left: JsonObject | undefined,
  right: JsonObject | undefined,
  changes: Changes,
): void {
  const a = left ? withZeroValues(map.zeroValues, left) : noProperties
  const b = right ? withZeroValues(map.zeroValues, right) : noProperties
  for (const name of namesOfBoth(a, b)) {
    const [before, after] = [a[name], b[name]]
    if (before === after) continue
    const field = map.field(name)
    if (!field) continue
    changes.path.push(field.element)
    compare(field.type, before, after, changes)
    changes.path.pop()
  }
}

function compareLists(list: ListType, left: readonly Json[], right: readonly Json[], changes: Changes): void {
  const a = indexItems(list, left)
  const b = indexItems(list, right)
  for (const element of new Set([...a.keys(), ...b.keys()])) {
    changes.path.push(element)
    compareItems(list, a.get(element) ?? [], b.get(element) ?? [], changes)
    changes.path.pop()
  }
}

/** Items of one identity. More than one of them on a side are owned together, as one field. */
function compareItems(list: ListType, left: readonly Json[], right: readonly Json[], changes: Changes): void {
  if (left.length <= 1 && right.length <= 1) {
    compare(list.items, left[0], right[0], changes)
  } else if (left.length > 1 && right.length > 1) {
    if (!jsonEqual(left, right)) changes.modified.add(changes.path)
  } else if (left.length > 1) {
    if (right.length > 0) compare(list.items, undefined, right[0], changes)
    changes.removed.add(changes.path)
  } else {
    if (left.length > 0) compare(list.items, left[0], undefined, changes)
    changes.added.add(changes.path)
  }
}

const noProperties: JsonObject = {}

function asObject(value: Json | undefined): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined
}

function asArray(value: Json | undefined): readonly Json[] {
  return isJsonArray(value) ? value : []
}

function isEmpty(object: JsonObject | undefined): boolean {
  for (const name in object) if (object[name] !== undefined) return false
  return true
}
