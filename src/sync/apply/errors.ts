/** Why an apply failed. */
import type { Change } from './target.ts'

/** The cluster refused an object, or did not answer. */
export class ApplyError extends Error {
  override readonly name = 'ApplyError'
  readonly reason = 'ReconciliationFailed'
  /** What was done before. */
  readonly changes: readonly Change[]

  constructor(message: string, changes: readonly Change[], options?: ErrorOptions) {
    super(message, options)
    this.changes = changes
  }
}
