/** The hook by which the embedding program checks and changes objects in process, as admission webhooks do elsewhere. */
import type { FieldError } from '../../apimachinery/field-error.ts'
import type { GroupVersionKind } from '../../apimachinery/meta.ts'
import type { ApiObject } from './api-object.ts'
import { invalidObject } from './status-error.ts'

/** A write that is about to happen, after defaulting and before validation. */
export interface AdmissionRequest {
  readonly kind: GroupVersionKind
  readonly operation: 'CREATE' | 'UPDATE'
  /** '' for the object itself. */
  readonly subresource: string
  readonly object: ApiObject
  /** Absent on creation. */
  readonly oldObject?: ApiObject
  readonly dryRun: boolean
}

/** What an admission hook answers: errors refuse the write (422); an object replaces the one in the request. */
export interface AdmissionResult {
  readonly errors?: readonly FieldError[]
  readonly object?: ApiObject
}

/** Looks at every write. Undefined lets it pass as it is. Pure and fast: it runs between reading and storing. */
export type Admission = (request: AdmissionRequest) => AdmissionResult | undefined

/** The object as the hook leaves it. Throws 422 with the hook's errors. */
export function admit(admission: Admission | undefined, request: AdmissionRequest): ApiObject {
  const result = admission?.(request)
  if (result?.errors && result.errors.length > 0) {
    const kind = { group: request.kind.group, name: request.kind.kind }
    throw invalidObject(kind, request.object.metadata.name ?? '', result.errors)
  }
  return result?.object ?? request.object
}
