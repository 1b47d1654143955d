/** The errors of the API: each carries the meta/v1 Status that goes over the wire (k8s.io/apimachinery api/errors). */
import { type FieldError, toCause, toText } from '../../apimachinery/field-error.ts'
import type { Status, StatusCause, StatusDetails } from '../../apimachinery/meta.ts'

/** Names a kind of object in messages: the resource (`deployments`) or the kind (`Deployment`) and its group. */
export interface Subject {
  readonly group: string
  readonly name: string
}

/** `deployments.apps`; `pods` for the core group. */
export function subjectText(subject: Subject): string {
  return subject.group === '' ? subject.name : `${subject.name}.${subject.group}`
}

/** An answer of 400 and above. `status` is its body. */
export class StatusError extends Error {
  override readonly name = 'StatusError'
  readonly reason: string
  readonly status: Status

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message)
    this.reason = reason
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason === '' ? {} : { reason }),
      ...(details ? { details } : {}),
      code,
    }
  }
}

function detailsOf(subject: Subject, name: string): StatusDetails {
  return {
    ...(name === '' ? {} : { name }),
    ...(subject.group === '' ? {} : { group: subject.group }),
    ...(subject.name === '' ? {} : { kind: subject.name }),
  }
}

/** 404 for an object. */
export function notFound(resource: Subject, name: string): StatusError {
  return new StatusError(
    404,
    'NotFound',
    `${subjectText(resource)} ${JSON.stringify(name)} not found`,
    detailsOf(resource, name),
  )
}

/** 404 for a path that leads nowhere. */
export function unknownPath(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {})
}

/** 409 for a name that is taken, perhaps by an object that is being deleted. */
export function alreadyExists(resource: Subject, name: string, isBeingDeleted = false): StatusError {
  const message = `${isBeingDeleted ? 'object is being deleted: ' : ''}${subjectText(resource)} ${JSON.stringify(name)} already exists`
  return new StatusError(409, 'AlreadyExists', message, detailsOf(resource, name))
}

/** 409 after several generated names were all taken. */
export function generatedNameTaken(resource: Subject, name: string): StatusError {
  const message = `${subjectText(resource)} ${JSON.stringify(name)} already exists, the server was not able to generate a unique name for the object`
  return new StatusError(409, 'AlreadyExists', message, { ...detailsOf(resource, name), retryAfterSeconds: 1 })
}

/** 409 for an object that is no longer what the caller took it for. */
export function conflict(resource: Subject, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${subjectText(resource)} ${JSON.stringify(name)}: ${why}`
  return new StatusError(409, 'Conflict', message, detailsOf(resource, name))
}

/** The reason of a {@link conflict} for a resourceVersion that is not the current one. */
export const modifiedMessage =
  'the object has been modified; please apply your changes to the latest version and try again'

/** 409 for fields that other managers own. */
export function applyConflict(message: string, causes: readonly StatusCause[]): StatusError {
  return new StatusError(409, 'Conflict', message, { causes })
}

/** 422 with one cause a field. Without errors: the sentence alone. */
export function invalidObject(kind: Subject, name: string, errors: readonly FieldError[]): StatusError {
  const head = `${subjectText(kind)} ${JSON.stringify(name)} is invalid`
  return new StatusError(422, 'Invalid', errors.length > 0 ? `${head}: ${aggregate(errors.map(toText))}` : head, {
    ...detailsOf(kind, name),
    causes: errors.map(toCause),
  })
}

/** Several messages as one: bare when single, else in brackets; each text once (utilerrors.Aggregate). */
export function aggregate(messages: readonly string[]): string {
  const distinct = [...new Set(messages)]
  return distinct.length === 1 ? (distinct[0] ?? '') : `[${distinct.join(', ')}]`
}

/** 400. */
export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message)
}

/** 401. */
export function unauthorized(): StatusError {
  return new StatusError(401, 'Unauthorized', 'Unauthorized')
}

/** 403 for an object or, with an empty name, for a resource. */
export function forbiddenRequest(resource: Subject, name: string, why: string): StatusError {
  const subject = name === '' ? subjectText(resource) : `${subjectText(resource)} ${JSON.stringify(name)}`
  const message = resource.name === '' ? `forbidden: ${why}` : `${subject} is forbidden: ${why}`
  return new StatusError(403, 'Forbidden', message, detailsOf(resource, name))
}

/** 405 for a path that exists and a method that it does not take. */
export function methodNotAllowed(): StatusError {
  return new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {})
}

/** 406: none of the media types that the caller accepts can be served. */
export function notAcceptable(accepted: readonly string[]): StatusError {
  const forms = [...accepted, 'application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch']
  const message = `406: Not Acceptable\n\nAvailable representations: ${forms.join(', ')}`
  return new StatusError(406, 'NotAcceptable', message, {})
}

/** 406: the media type can be served, but not in the form that its parameters ask for. */
export function formNotAcceptable(accepted: readonly string[]): StatusError {
  return new StatusError(406, 'NotAcceptable', `only the following media types are accepted: ${accepted.join(', ')}`)
}

/** 410: the resourceVersion or continue token is older than what the server remembers. */
export function expired(message: string): StatusError {
  return new StatusError(410, 'Expired', message)
}

/** 413. */
export function entityTooLarge(limitBytes: number): StatusError {
  return new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${limitBytes}`)
}

/** 415: the body's media type is not one of `accepted`. */
export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  return new StatusError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  )
}

/** 429: an eviction that a disruption budget does not allow now. */
export function tooManyRequests(
  message: string,
  retryAfterSeconds: number,
  causes?: readonly StatusCause[],
): StatusError {
  return new StatusError(429, 'TooManyRequests', message, {
    ...(causes ? { causes } : {}),
    ...(retryAfterSeconds > 0 ? { retryAfterSeconds } : {}),
  })
}

/** 500. */
export function internalError(why: string): StatusError {
  return new StatusError(500, 'InternalError', `Internal error occurred: ${why}`, { causes: [{ message: why }] })
}

/** 503. */
export function serviceUnavailable(message: string): StatusError {
  return new StatusError(503, 'ServiceUnavailable', message)
}

/** 504 for a resourceVersion that the server has not reached. */
export function tooLargeResourceVersion(wanted: number, current: number): StatusError {
  const message = `Timeout: Too large resource version: ${wanted}, current: ${current}`
  return new StatusError(504, 'Timeout', message, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })
}
