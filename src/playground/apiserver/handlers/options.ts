/** The options of writes, from the query (meta/v1 CreateOptions, UpdateOptions, PatchOptions). */
import { type FieldError, invalid, notSupported } from '../../../apimachinery/field-error.ts'
import { badRequest, invalidObject } from '../status-error.ts'
import type { Call } from './call.ts'

/** What the caller wants of a write beside the object. */
export interface WriteOptions {
  readonly dryRun: boolean
  /** Who comes to own the fields that the write sets. */
  readonly manager: string
  /** Whether the caller named the manager. */
  readonly managerGiven: boolean
  readonly fieldValidation: 'Ignore' | 'Warn' | 'Strict'
  readonly force: boolean | undefined
}

// validation.FieldManagerMaxLength
const managerMaxLength = 128
const fieldValidations = ['', 'Ignore', 'Strict', 'Warn']

/** Reads and checks the options. Throws 422 as the real server does, naming `kind`. */
export function readWriteOptions(
  call: Call,
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
  isApply = false,
): WriteOptions {
  const { query } = call
  const dryRun = query.getAll('dryRun').filter(value => value !== '')
  const manager = query.get('fieldManager') ?? ''
  const validation = query.get('fieldValidation') ?? ''
  const force = readBoolean(query, 'force')
  const errors = [
    ...managerErrors(manager, isApply),
    ...(force !== undefined && kind === 'PatchOptions' && !isApply ? [forbiddenForce] : []),
    ...dryRunErrors(dryRun),
    ...(fieldValidations.includes(validation) ? [] : [notSupported('fieldValidation', validation, fieldValidations)]),
  ]
  if (errors.length > 0) throw invalidObject({ group: 'meta.k8s.io', name: kind }, '', errors)
  return {
    dryRun: dryRun.length > 0,
    manager: manager || managerFromUserAgent(call.request.headers['user-agent'] ?? ''),
    managerGiven: manager !== '',
    // Checked above; absent means Warn.
    fieldValidation: (validation || 'Warn') as WriteOptions['fieldValidation'],
    force,
  }
}

const forbiddenForce: FieldError = {
  type: 'FieldValueForbidden',
  field: 'force',
  message: 'Forbidden: may not be specified for non-apply patch',
}

function managerErrors(manager: string, isApply: boolean): FieldError[] {
  if (manager === '' && isApply) {
    return [
      { type: 'FieldValueRequired', field: 'fieldManager', message: 'Required value: is required for apply patch' },
    ]
  }
  const errors: FieldError[] = []
  if (manager.length > managerMaxLength) {
    const message = `Too long: may not be more than ${managerMaxLength} bytes`
    errors.push({ type: 'FieldValueTooLong', field: 'fieldManager', message })
  }
  const hidden = [...manager].findIndex(character => !isPrintable(character))
  if (hidden >= 0) {
    errors.push(
      invalid('fieldManager', manager, `invalid character ${JSON.stringify(manager[hidden])} (at position ${hidden})`),
    )
  }
  return errors
}

/** What is wrong with the values of `dryRun`. */
export function dryRunErrors(values: readonly string[]): FieldError[] {
  const unknown = values.filter(value => value !== 'All')
  return unknown.length > 0
    ? [
        {
          type: 'FieldValueNotSupported',
          field: 'dryRun',
          message: `Unsupported value: ${JSON.stringify(values)}: supported values: "All"`,
        },
      ]
    : []
}

/** The part of the user agent before the first slash, as far as it can be printed. */
function managerFromUserAgent(userAgent: string): string {
  const name = userAgent.split('/', 1)[0] ?? ''
  return [...name].filter(isPrintable).join('').slice(0, managerMaxLength)
}

function isPrintable(character: string): boolean {
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character)
}

/** A boolean of the query: absent, or true for anything but `false` and `0`. */
export function readBoolean(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name)
  if (value === null) return undefined
  return value !== 'false' && value !== '0'
}

/** A whole number of the query. Throws 400 for anything else. */
export function readInteger(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name)
  if (value === null || value === '') return undefined
  if (/^[-+]?[0-9]+$/.test(value)) return Number(value)
  throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`)
}
