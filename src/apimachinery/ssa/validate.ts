/** Whether a value fits its type so far that its fields can be told apart; in the words of the real server. */
import { goPlain, goSyntax, goType } from '../go-verbs.ts'
import { isJsonArray, isJsonObject } from '../json.ts'
import type { Json, JsonObject } from '../meta.ts'
import type { FieldType, ListType, MapType, ScalarType } from './field-type.ts'
import { elementToText } from './path-element.ts'
import { elementOfItem, shapeOf } from './walk.ts'

/** Every fault of the value as `.spec.path: what is wrong`; none if it fits. */
export function faultsOf(type: FieldType, value: Json): string[] {
  return visit(type, value).map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
}

/** The faults as one text: a single one as it is, several one a line under `errors:`. */
export function faultsToText(faults: readonly string[]): string {
  return faults.length === 1 ? (faults[0] ?? '') : ['errors:', ...faults.map(fault => `  ${fault}`)].join('\n')
}

interface Fault {
  readonly path: string
  readonly message: string
}

function visit(type: FieldType, value: Json): Fault[] {
  switch (shapeOf(type, value)) {
    case 'map':
      return type.map ? visitMap(type.map, value) : []
    case 'list':
      return type.list ? visitList(type.list, value) : []
    case 'scalar':
      return type.scalar ? visitScalar(type.scalar, value) : []
  }
}

function visitScalar(type: ScalarType, value: Json): Fault[] {
  if (value === null) return []
  const shown = JSON.stringify(value)
  if (type === 'numeric' && typeof value !== 'number') {
    return fault(`expected numeric (int or float), got ${goType(value)}`)
  }
  if (type === 'string' && typeof value !== 'string')
    return fault(`expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`)
  if (type === 'boolean' && typeof value !== 'boolean') return fault(`expected boolean, got &{${goPlain(value)}}`)
  return typeof value === 'object' ? fault(`expected any scalar, got ${shown}`) : []
}

function visitMap(map: MapType, value: Json): Fault[] {
  if (value === null) return []
  if (!isJsonObject(value)) return fault(`expected map, got &{${goPlain(value)}}`)
  const faults: Fault[] = []
  for (const [name, item] of sortedEntries(value)) {
    const field = map.field(name)
    // The real server looks no further in this object.
    if (!field) return [...faults, { path: `.${name}`, message: 'field not declared in schema' }]
    faults.push(...below(`.${name}`, visit(field.type, item)))
  }
  return faults
}

function visitList(list: ListType, value: Json): Fault[] {
  if (value === null) return []
  if (!isJsonArray(value)) return fault(`expected list, got &{${goPlain(value)}}`)
  if (list.relationship === 'atomic') {
    return value.flatMap((item, i) => below(`[${i}]`, visit(list.items, item)))
  }
  const faults: Fault[] = []
  const seen = new Set<string>()
  for (const [i, item] of value.entries()) {
    const found = elementOfItem(list, item)
    if (found.kind === 'invalid') return [...faults, ...fault(`element ${i}: ${found.message}`)]
    const text = elementToText(found.element)
    if (seen.has(found.element)) faults.push(...fault(`duplicate entries for key ${text}`))
    seen.add(found.element)
    faults.push(...below(text, visit(list.items, item)))
  }
  return faults
}

function fault(message: string): Fault[] {
  return [{ path: '', message }]
}

function below(prefix: string, faults: readonly Fault[]): Fault[] {
  return faults.map(({ path, message }) => ({ path: prefix + path, message }))
}

function sortedEntries(value: JsonObject): [string, Json][] {
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
}
