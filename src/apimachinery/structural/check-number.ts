/** Bounds and multiples of numbers. */
import { invalid } from '../field-error.ts'
import { goNumber } from '../go-text.ts'
import type { JsonSchema } from '../schema.ts'
import { fieldOf, type Outcome } from './outcome.ts'
import { kindOf } from './values.ts'

/** Checks a number against range, `multipleOf`, `minimum` and `maximum` of a schema, in this order. */
export function checkNumber(schema: JsonSchema, value: number, path: string, outcome: Outcome): void {
  const isInteger = kindOf(value) === 'integer'
  checkRange(schema, value, 'Checked', path, outcome)
  const { multipleOf, minimum, maximum } = schema
  const fail = (rule: string) => outcome.add(invalid(fieldOf(path), value, `${path} in body should be ${rule}`))
  // The API compares integers with the whole part of a bound.
  const bound = (limit: number) => (isInteger ? Math.trunc(limit) : limit)
  if (multipleOf !== undefined) {
    const inRange = checkRange(schema, multipleOf, 'MultipleOf', path, outcome)
    const factor = inRange ? bound(multipleOf) : multipleOf
    if (factor <= 0) {
      const detail = `factor MultipleOf declared for ${path} must be positive: ${goNumber(factor)}`
      outcome.add(invalid(fieldOf(path), factor, detail))
    } else if (!isMultiple(value, factor)) fail(`a multiple of ${goNumber(factor)}`)
  }
  if (minimum !== undefined) {
    const limit = checkRange(schema, minimum, 'Minimum boundary', path, outcome) ? bound(minimum) : minimum
    if (schema.exclusiveMinimum ? value <= limit : value < limit) {
      fail(`greater than ${schema.exclusiveMinimum ? '' : 'or equal to '}${goNumber(limit)}`)
    }
  }
  if (maximum !== undefined) {
    const limit = checkRange(schema, maximum, 'Maximum boundary', path, outcome) ? bound(maximum) : maximum
    if (schema.exclusiveMaximum ? value >= limit : value > limit) {
      fail(`less than ${schema.exclusiveMaximum ? '' : 'or equal to '}${goNumber(limit)}`)
    }
  }
  outcome.matches += 1
}

function isMultiple(value: number, factor: number): boolean {
  return Number.isInteger(factor < 1 ? (1 / factor) * value : value / factor)
}

function checkRange(schema: JsonSchema, value: number, what: string, path: string, outcome: Outcome): boolean {
  const format = schema.type === 'integer' ? integerFormat(schema.format) : floatFormat(schema.format)
  if (fits(schema.type, format, value)) return true
  const type = format ? `${schema.type} with format ${format}` : `${schema.type} (default format)`
  outcome.add(invalid('<nil>', '', `${what} value must be of type ${type} in ${path}`))
  return false
}

function fits(type: JsonSchema['type'], format: string | undefined, value: number): boolean {
  if (type === 'integer') {
    return kindOf(value) === 'integer' && (format !== 'int32' || (value >= -(2 ** 31) && value < 2 ** 31))
  }
  return !(type === 'number' && format === 'float') || Math.abs(value) <= 3.4028234663852886e38
}

function integerFormat(format: string | undefined): string | undefined {
  return format === 'int32' || format === 'int64' ? format : undefined
}

function floatFormat(format: string | undefined): string | undefined {
  return format === 'float' || format === 'double' ? format : undefined
}
