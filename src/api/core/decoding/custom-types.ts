/** Types that read and write their JSON themselves. */

import type { Json } from '../../../apimachinery/meta.ts'
import { parseQuantity, quantityPatternMessage, quantityToText } from '../../../apimachinery/quantity.ts'
import { DecodeError, microTimeProblem, timeProblem, typeError } from './decode-error.ts'
import { jsonTypeOf } from './json-type.ts'

/** Reads one value: gives it in the form in which the API writes it, undefined for the zero value. Throws {@link DecodeError}. */
export type ReadCustom = (value: Json, where: string) => Json | undefined

const keep: ReadCustom = value => value

/** The readers by the Go type's name; types whose JSON schema recurs are the decoder's own. */
export const customTypes: Readonly<Record<string, ReadCustom>> = {
  Quantity: readQuantity,
  IntOrString: readIntOrString,
  Time: (value, where) => readTime(value, where, toSeconds),
  MicroTime: (value, where) => readTime(value, where, toMicroseconds),
  RawExtension: keep,
  JSON: keep,
  FieldsV1: keep,
}

function readQuantity(value: Json): Json {
  const text = typeof value === 'string' ? value.trim() : JSON.stringify(value)
  if (text === '') throw new DecodeError(quantityPatternMessage)
  const quantity = parseQuantity(text)
  if (!quantity) throw new DecodeError(quantityPatternMessage)
  return quantityToText(quantity)
}

function readIntOrString(value: Json, where: string): Json {
  if (typeof value === 'string') return value
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31) return value
  throw typeError(jsonTypeOf(value, true), where, 'int32')
}

function readTime(value: Json, where: string, write: (time: Date, text: string) => string): Json {
  if (typeof value !== 'string') throw typeError(jsonTypeOf(value), where, 'string')
  if (write === toSeconds && isWritten(value)) return value
  const problem = write === toMicroseconds ? microTimeProblem(value) : timeProblem(value)
  if (problem) throw new DecodeError(problem)
  return write(new Date(value), value)
}

/** Whether a time is in the form in which it is written, as nearly all are. */
function isWritten(text: string): boolean {
  if (text.length !== 20 || text[4] !== '-') return false
  const time = new Date(text)
  return !Number.isNaN(time.getTime()) && toSeconds(time) === text
}

function toSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`
}

// Date knows milliseconds only, so the fraction is taken from the text.
function toMicroseconds(time: Date, text: string): string {
  const fraction = /[.,](\d+)/.exec(text)?.[1] ?? ''
  return `${time.toISOString().slice(0, 19)}.${fraction.slice(0, 6).padEnd(6, '0')}Z`
}
