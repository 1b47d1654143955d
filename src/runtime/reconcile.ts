/** The contract between a controller and the code that reconciles one object. */

/** The object to look at: `key` is `namespace/name`, or `name` for cluster-scoped kinds. */
export interface Request {
  readonly key: string
  /** Runs `wait`, which takes its time and does nothing, while another key is worked on in place of this one. */
  resting<T>(wait: () => Promise<T>): Promise<T>
}

/** When to look again. */
export interface Result {
  /**
   * Look again after this long, in milliseconds. Absent: wait for the next change. A reconcile that comes before, for
   * whatever reason, takes its place: only what the newest one says counts.
   */
  readonly requeueAfterMs?: number
}

/**
 * Brings the world closer to what one object asks for. Level-based, idempotent, safe to run twice; calls for one key
 * never overlap. A throw means: try again with back-off; a {@link TerminalError} means that trying again cannot help
 * until the object changes. (controller-runtime's reconcile.Reconciler)
 */
export interface Reconciler {
  readonly name: string
  reconcile(request: Request, signal: AbortSignal): Promise<Result>
}

/** Trying again cannot help; the controller logs it and waits for the next change of the object. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError'
  readonly reason: string

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}
