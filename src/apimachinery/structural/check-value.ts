/** Compiles a schema into one function that checks values as the API checks custom objects. */

import { invalid, notSupportedInOrder, required, tooLong, tooMany, typeInvalid } from '../field-error.ts'
import { goJson, goQuote } from '../go-text.ts'
import { isJsonArray, isJsonObject, jsonEqual } from '../json.ts'
import type { Json, JsonObject } from '../meta.ts'
import type { JsonSchema } from '../schema.ts'
import { compileAlternatives } from './alternatives.ts'
import { checkNumber } from './check-number.ts'
import type { Correlation } from './correlation.ts'
import { checkOfFormat, effectiveFormat } from './formats.ts'
import { fieldOf, type Outcome, type ValueCheck } from './outcome.ts'
import { compilePattern } from './patterns.ts'
import { kindOf } from './values.ts'

/** Compiles the checks of a schema. Meant to be done once a schema: patterns and sub-schemas get prepared. */
export function compileValueCheck(schema: JsonSchema): ValueCheck {
  const parts = compileParts(schema)
  return (value, path, old, outcome) => {
    // Whatever would be wrong, see below. Among alternatives it matters how much of it is right.
    if (old?.isSame() && !outcome.isOfAlternative) return
    const errorsBefore = outcome.errors.length
    if (value === null) checkNull(schema, parts.types, path, outcome)
    else checkPresent(schema, parts, value, path, old, outcome)
    // What was wrong before and has not been touched does not stop an update.
    if (old && outcome.errors.length > errorsBefore && old.isUnchanged()) outcome.truncate(errorsBefore)
  }
}

interface Parts {
  readonly types: readonly string[]
  readonly format: string | undefined
  readonly alternatives: ValueCheck
  readonly checkText: (text: string, path: string, outcome: Outcome) => void
  readonly properties: ReadonlyMap<string, ValueCheck>
  readonly additional: ValueCheck | undefined
  readonly items: ValueCheck | undefined
}

function compileParts(schema: JsonSchema): Parts {
  const { type, properties = {}, additionalProperties, items } = schema
  return {
    types: schema['x-kubernetes-int-or-string'] ? ['integer', 'string'] : type ? [type] : [],
    format: effectiveFormat(schema),
    alternatives: compileAlternatives(schema, compileValueCheck),
    checkText: compileTextCheck(schema),
    properties: new Map(Object.entries(properties).map(([name, property]) => [name, compileValueCheck(property)])),
    additional: typeof additionalProperties === 'object' ? compileValueCheck(additionalProperties) : undefined,
    items: items && compileValueCheck(items),
  }
}

function checkNull(schema: JsonSchema, types: readonly string[], path: string, outcome: Outcome): void {
  if (types.length > 0 && !schema.nullable) outcome.add(wrongType(path, types.join(','), 'null'))
  else outcome.matches += 1
  if (schema.enum) outcome.add(notSupportedInOrder(fieldOf(path), null, enumTexts(schema.enum)))
}

// The order of the checks is the order of the API's messages; each part that applies counts as one match.
function checkPresent(
  schema: JsonSchema,
  parts: Parts,
  value: Json,
  path: string,
  old: Correlation | undefined,
  outcome: Outcome,
): void {
  if (parts.types.length > 0 || parts.format) checkType(parts, value, path, outcome)
  parts.alternatives(value, path, old, outcome)
  outcome.matches += 4
  if (typeof value === 'string') {
    parts.checkText(value, path, outcome)
    outcome.matches += parts.format ? 2 : 1
  } else if (typeof value === 'number') {
    checkNumber(schema, value, path, outcome)
    outcome.matches += 1
  } else if (isJsonArray(value)) {
    checkItems(schema, parts, value, path, old, outcome)
    outcome.matches += 2
  }
  if (schema.enum && !schema.enum.some(allowed => jsonEqual(allowed, value))) {
    outcome.add(notSupportedInOrder(fieldOf(path), value, enumTexts(schema.enum)))
  }
  if (isJsonObject(value)) {
    checkProperties(schema, parts, value, path, old, outcome)
    outcome.matches += 1
  }
}

function checkType({ types, format }: Parts, value: Json, path: string, outcome: Outcome): void {
  outcome.matches += 1
  const kind = kindOf(value)
  const isNumeric = types.includes('integer') || types.includes('number')
  const fits = types.includes(kind) || (kind === 'integer' && types.includes('number'))
  if (format && kind !== 'string' && kind !== 'array') {
    const goFormat = kind === 'integer' ? 'int64' : kind === 'number' ? 'float64' : ''
    if (!fits && goFormat !== format) return outcome.add(wrongType(path, format, goFormat))
  }
  // A text format accepts lists as well: the API leaves the rest to the format's own check, which sees texts only.
  const leftToFormat = format !== undefined && !isNumeric && (kind === 'string' || kind === 'array')
  if (!leftToFormat && !fits) return outcome.add(wrongType(path, types.join(','), kind))
  outcome.matches += 1
}

function wrongType(path: string, expected: string, actual: string) {
  return typeInvalid(fieldOf(path), actual, `${path} in body must be of type ${expected}: ${goQuote(actual)}`)
}

function compileTextCheck(schema: JsonSchema): Parts['checkText'] {
  const { minLength, maxLength, pattern } = schema
  const compiled = pattern ? compilePattern(pattern) : undefined
  const format = effectiveFormat(schema)
  const isTextFormat = format !== undefined && schema.type !== 'integer' && schema.type !== 'number'
  const hasFormat = isTextFormat ? checkOfFormat(format) : undefined
  return (text, path, outcome) => {
    const fail = (rule: string) => outcome.add(invalid(fieldOf(path), text, `${path} in body should ${rule}`))
    if (maxLength !== undefined && text.length > maxLength && characters(text) > maxLength) {
      outcome.add(tooLong(fieldOf(path), maxLength))
    } else if (minLength !== undefined && characters(text) < minLength) {
      fail(`be at least ${minLength} chars long`)
    } else if (compiled?.kind === 'invalid') {
      fail(`match '${pattern}, but pattern is invalid: ${compiled.problem}'`)
    } else if (compiled && !compiled.test(text)) {
      fail(`match '${pattern}'`)
    }
    if (isTextFormat && hasFormat && !hasFormat(text)) outcome.add(wrongType(path, format, text))
  }
}

function checkItems(
  { minItems, maxItems, uniqueItems }: JsonSchema,
  { items }: Parts,
  list: readonly Json[],
  path: string,
  old: Correlation | undefined,
  outcome: Outcome,
): void {
  if (items) for (const [i, item] of list.entries()) items(item, `${path}[${i}]`, old?.index(i), outcome)
  if (minItems !== undefined && list.length < minItems) {
    outcome.add(invalid(fieldOf(path), list.length, `${path} in body should have at least ${minItems} items`))
  }
  if (maxItems !== undefined && list.length > maxItems) outcome.add(tooMany(fieldOf(path), list.length, maxItems))
  if (uniqueItems && new Set(list.map(goJson)).size < list.length) {
    outcome.add(invalid(fieldOf(path), '', `${path} in body shouldn't contain duplicates`))
  }
}

function checkProperties(
  schema: JsonSchema,
  { properties, additional }: Parts,
  object: JsonObject,
  path: string,
  old: Correlation | undefined,
  outcome: Outcome,
): void {
  const keys = Object.keys(object)
  const { minProperties, maxProperties } = schema
  if (minProperties !== undefined && keys.length < minProperties) {
    const detail = `${path} in body should have at least ${minProperties} properties`
    outcome.add(invalid(fieldOf(path), keys.length, detail))
  }
  if (maxProperties !== undefined && keys.length > maxProperties) {
    outcome.add(tooMany(fieldOf(path), keys.length, maxProperties))
  }
  for (const key of keys) {
    const property = properties.get(key)
    const value = object[key] as Json
    if (property) {
      // The API converts objects between versions before it compares them, so these two never count as unchanged.
      const isTypeMeta = path === '' && (key === 'apiVersion' || key === 'kind')
      property(value, path === '' ? key : `${path}.${key}`, isTypeMeta ? undefined : old?.key(key), outcome)
    } else if (additional) {
      additional(value, `${path}.${key}`, old?.key(key), outcome)
    } else if (schema.additionalProperties === false) {
      outcome.add(invalid(fieldOf(path), key, `${path}.${key} in body is a forbidden property`))
    }
  }
  for (const key of schema.required ?? []) {
    if (!Object.hasOwn(object, key)) outcome.add(required(fieldOf(`${path}.${key}`)))
  }
}

function enumTexts(values: readonly Json[]): string[] {
  return values.map(value => (typeof value === 'string' ? value : goJson(value)))
}

function characters(text: string): number {
  let count = 0
  for (const _ of text) count += 1
  return count
}
