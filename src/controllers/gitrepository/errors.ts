/** Why a run for a GitRepository failed. */
import { GitReferenceError } from '../../sync/git/reference.ts'
import { RefusedError } from '../../sync/limits.ts'
import type { FailureType } from './plan.ts'

/** A run failed, and what the status has to say. */
export class SourceError extends Error {
  override readonly name = 'SourceError'
  readonly reason: string
  readonly condition: FailureType
  /** Whether trying again cannot help before the object changes. */
  readonly stalled: boolean
  /** Whether another object is waited for. */
  readonly waits: boolean

  constructor(
    condition: FailureType,
    reason: string,
    message: string,
    options: { readonly stalled?: boolean; readonly waits?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.condition = condition
    this.reason = reason
    this.stalled = options.stalled ?? false
    this.waits = options.waits ?? false
  }
}

/** What of git and of the limits is to be told in the status; other errors are as they were. */
export function asSourceError(error: unknown): unknown {
  if (error instanceof GitReferenceError) {
    const isEmpty = error.reason === 'EmptyGitRepository'
    const message = isEmpty ? error.message : `failed to checkout and determine revision: ${error.message}`
    return new SourceError('FetchFailed', error.reason, message, { cause: error })
  }
  if (error instanceof RefusedError) {
    return new SourceError('FetchFailed', 'GitOperationFailed', `refused: ${error.message}`, { cause: error })
  }
  return error
}
