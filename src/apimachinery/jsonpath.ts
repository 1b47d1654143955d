/** The JSONPath of printer columns and selectable fields, as k8s.io/client-go/util/jsonpath reads it. */
import { isJsonArray, isJsonObject } from './json.ts'
import { type JsonPath, JsonPathError, type JsonPathStep, parseJsonPath } from './jsonpath-parser.ts'
import type { Json } from './meta.ts'

/**
 * All values that a path leads to; missing fields lead nowhere.
 * @throws JsonPathError where the path asks for an index that is not there, or for items of what is no list
 */
export function findJsonPath(path: JsonPath, value: Json): Json[] {
  return walk(path, [value])
}

/** The first value that the text of a path leads to, or undefined: also where the path is malformed. */
export function valueAt(text: string, value: Json): Json | undefined {
  try {
    return findJsonPath(parseJsonPath(text), value)[0]
  } catch (error) {
    if (error instanceof JsonPathError) return undefined
    throw error
  }
}

function walk(path: JsonPath, values: readonly Json[]): Json[] {
  return path.reduce<Json[]>((current, step) => takeStep(step, current), [...values])
}

function takeStep(step: JsonPathStep, values: readonly Json[]): Json[] {
  const present = values.filter(value => value !== null)
  switch (step.kind) {
    case 'field':
      return present.flatMap(value => fieldOf(value, step.name))
    case 'wildcard':
      return present.flatMap(childrenOf)
    case 'recursive':
      return present.flatMap(descendantsOf)
    case 'slice':
      return present.flatMap(value => sliceOf(value, step))
    case 'filter':
      return present.flatMap(value => filtered(value, step))
    case 'union':
      return step.paths.flatMap(path => walk(path, values))
    case 'literal':
      return values.map(() => step.value)
  }
}

function fieldOf(value: Json, name: string): Json[] {
  return isJsonObject(value) && Object.hasOwn(value, name) ? [value[name] as Json] : []
}

function childrenOf(value: Json): readonly Json[] {
  return isJsonArray(value) ? value : isJsonObject(value) ? Object.values(value) : []
}

function descendantsOf(value: Json): Json[] {
  const children = childrenOf(value)
  return children.length === 0 ? [] : [value, ...children.filter(child => child !== null).flatMap(descendantsOf)]
}

function sliceOf(value: Json, { from = 0, to, step = 1, isIndex }: JsonPathStep & { kind: 'slice' }): readonly Json[] {
  if (!isJsonArray(value)) throw new JsonPathError(`${JSON.stringify(value)} is not array or slice`)
  const { length } = value
  const start = from < 0 ? from + length : from
  const end = isIndex ? start + 1 : to === undefined ? length : to < 0 ? to + length : to
  if (start === end) return []
  if (start < 0 || start >= length) throw outOfBounds(start, length)
  if (end < 0 || end > length) throw outOfBounds(end - 1, length)
  if (start > end) throw new JsonPathError(`starting index ${start} is greater than ending index ${end}`)
  if (step <= 0) throw new JsonPathError('step must be > 0')
  return value.slice(start, end).filter((_, i) => i % step === 0)
}

function outOfBounds(index: number, length: number): JsonPathError {
  return new JsonPathError(`array index out of bounds: index ${index}, length ${length}`)
}

function filtered(list: Json, { left, comparison }: JsonPathStep & { kind: 'filter' }): readonly Json[] {
  if (!isJsonArray(list)) {
    throw new JsonPathError(`${JSON.stringify(list)} is not array or slice and cannot be filtered`)
  }
  return list.filter(item => {
    const lefts = walk(left, [item])
    if (!comparison) return lefts.length > 0
    const rights = walk(comparison.right, [item])
    if (lefts.length > 1 || rights.length > 1) throw new JsonPathError('can only compare one element at a time')
    const [a, b] = [lefts[0], rights[0]]
    return a !== undefined && b !== undefined && compares(a, comparison.operator, b)
  })
}

function compares(a: Json, operator: string, b: Json): boolean {
  if (typeof a !== typeof b || typeof a === 'object') {
    throw new JsonPathError(`incompatible types for comparison: ${JSON.stringify(a)} and ${JSON.stringify(b)}`)
  }
  // Scalars of one type, or a null that is never ordered.
  const [x, y] = [a as string | number | boolean, b as string | number | boolean]
  switch (operator) {
    case '==':
      return x === y
    case '!=':
      return x !== y
    case '<':
      return x < y
    case '<=':
      return x <= y
    case '>':
      return x > y
    case '>=':
      return x >= y
    default:
      throw new JsonPathError(`unrecognized filter operator ${operator}`)
  }
}
