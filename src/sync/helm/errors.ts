/** Why a chart or a repository of charts cannot be used. */

/** `reason` is that of the condition; the message is for it, too. */
export class ChartError extends Error {
  override readonly name = 'ChartError'
  readonly reason: string
  /** Whether trying again cannot help before the object changes. */
  readonly stalled: boolean

  constructor(reason: string, message: string, options: { readonly stalled?: boolean; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.reason = reason
    this.stalled = options.stalled ?? false
  }
}
