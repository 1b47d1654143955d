/** What one query may use. */
import type { Clock } from '../../../runtime/clock.ts'
import { PromqlExecutionError, PromqlTimeoutError } from '../promql/errors.ts'

/** The samples that a query holds in memory at once, and the time that it may run. */
export class Budget {
  readonly #clock: Clock
  readonly #maxSamples: number
  readonly #timeoutMs: number
  readonly #deadlineMs: number
  readonly #signal: AbortSignal | undefined
  #held = 0
  #kept = 0

  constructor(deps: { clock: Clock; maxSamples: number; timeoutMs: number; signal?: AbortSignal | undefined }) {
    this.#clock = deps.clock
    this.#maxSamples = deps.maxSamples
    this.#timeoutMs = deps.timeoutMs
    this.#deadlineMs = deps.clock.monotonicMs() + deps.timeoutMs
    this.#signal = deps.signal
  }

  /** How many samples are held now. */
  get held(): number {
    return this.#held
  }

  /** Counts samples that were loaded or made. Throws when there are too many or the time is over. */
  take(samples: number): void {
    this.#held += samples
    this.#check()
  }

  /** Counts samples of the result: they are held until the end. */
  keep(samples: number): void {
    this.#kept += samples
    this.#check()
  }

  #check(): void {
    if (this.#held + this.#kept > this.#maxSamples) {
      throw new PromqlExecutionError(
        'query processing would load too many samples into memory in query execution: ' +
          `more than the limit of ${this.#maxSamples} (maxSamples)`,
      )
    }
    this.checkTime()
  }

  /** Lets go of all samples taken since {@link held} was `held`. */
  releaseTo(held: number): void {
    this.#held = held
  }

  /** Throws when the time is over or the caller went away. */
  checkTime(): void {
    if (this.#signal?.aborted) throw new PromqlTimeoutError('query was canceled in query execution')
    if (this.#clock.monotonicMs() > this.#deadlineMs) {
      throw new PromqlTimeoutError(`query timed out in query execution: more than ${this.#timeoutMs} ms (timeout)`)
    }
  }
}
