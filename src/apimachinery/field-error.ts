/** What is wrong with one field, in the words and with the codes of the Kubernetes API. */
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
  return { type: 'FieldValueInvalid', field, message: `Invalid value: ${show(value)}: ${detail}` }
}

/** The value is none of the allowed ones. */
export function notSupported(field: string, value: Json | undefined, supported: readonly string[]): FieldError {
  const list = [...supported].sort().map(v => JSON.stringify(v))
  return {
    type: 'FieldValueNotSupported',
    field,
    message: `Unsupported value: ${show(value)}${list.length > 0 ? `: supported values: ${list.join(', ')}` : ''}`,
  }
}

/** The field may not be set (or changed) here. */
export function forbidden(field: string, detail: string): FieldError {
  return { type: 'FieldValueForbidden', field, message: `Forbidden: ${detail}` }
}

/** The value stands twice where it may stand once. */
export function duplicate(field: string, value: Json | undefined): FieldError {
  return { type: 'FieldValueDuplicate', field, message: `Duplicate value: ${show(value)}` }
}

/** The cause as it stands in a Status's details. */
export function toCause(error: FieldError): StatusCause {
  return { reason: error.type, message: error.message, field: error.field }
}

/** `field: message`, as it stands in a Status's message. */
export function toText(error: FieldError): string {
  return `${error.field}: ${error.message}`
}

function show(value: Json | undefined): string {
  return value === undefined ? 'null' : JSON.stringify(value)
}
