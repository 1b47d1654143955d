/** What is wrong with one field, in the words and with the codes of the Kubernetes API. */
import { goQuote, goValue } from './go-text.ts'
import type { Json, StatusCause } from './meta.ts'

/** field.ErrorType of k8s.io/apimachinery, as it appears in `details.causes[].reason`. */
export type FieldErrorType =
  | 'FieldValueNotFound'
  | 'FieldValueRequired'
  | 'FieldValueDuplicate'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'InternalError'
  | 'FieldValueTypeInvalid'

/** One field and what is wrong with it. `message` is the part after the field's path, ready to print. */
export interface FieldError {
  readonly type: FieldErrorType
  /** `spec.template.spec.containers[0].image`. */
  readonly field: string
  /** `Required value`, `Invalid value: "x": must be ...`. */
  readonly message: string
}

/** The field must be given. */
export function required(field: string, detail = ''): FieldError {
  return { type: 'FieldValueRequired', field, message: detail ? `Required value: ${detail}` : 'Required value' }
}

/** The value is malformed or out of range. */
export function invalid(field: string, value: Json | undefined, detail: string): FieldError {
  return { type: 'FieldValueInvalid', field, message: `Invalid value: ${goValue(value)}: ${detail}` }
}

/** The value has another type than the schema says. */
export function typeInvalid(field: string, value: Json | undefined, detail: string): FieldError {
  return { ...invalid(field, value, detail), type: 'FieldValueTypeInvalid' }
}

/** The value is none of the allowed ones, which get sorted. */
export function notSupported(field: string, value: Json | undefined, supported: readonly string[]): FieldError {
  return notSupportedInOrder(field, value, [...supported].sort())
}

/** The value is none of the allowed ones, which stay in their order, as the enums of a schema do. */
export function notSupportedInOrder(field: string, value: Json | undefined, supported: readonly string[]): FieldError {
  const list = supported.map(goQuote).join(', ')
  return {
    type: 'FieldValueNotSupported',
    field,
    message: `Unsupported value: ${goValue(value)}${list ? `: supported values: ${list}` : ''}`,
  }
}

/** The text is longer than `maxBytes`; the API leaves such values out of its message. */
export function tooLong(field: string, maxBytes: number): FieldError {
  const unit = maxBytes === 1 ? 'byte' : 'bytes'
  return { type: 'FieldValueTooLong', field, message: `Too long: may not be more than ${maxBytes} ${unit}` }
}

/** The list or map has more than `max` items. */
export function tooMany(field: string, actual: number, max: number): FieldError {
  const unit = max === 1 ? 'item' : 'items'
  return { type: 'FieldValueTooMany', field, message: `Too many: ${actual}: must have at most ${max} ${unit}` }
}

/** The field may not be set (or changed) here. */
export function forbidden(field: string, detail: string): FieldError {
  return { type: 'FieldValueForbidden', field, message: `Forbidden: ${detail}` }
}

/** The value stands twice where it may stand once. */
export function duplicate(field: string, value: Json | undefined): FieldError {
  return { type: 'FieldValueDuplicate', field, message: `Duplicate value: ${goValue(value)}` }
}

/** The cause as it stands in a Status's details. */
export function toCause(error: FieldError): StatusCause {
  return { reason: error.type, message: error.message, field: error.field }
}

/** `field: message`, as it stands in a Status's message. */
export function toText(error: FieldError): string {
  return `${error.field}: ${error.message}`
}
