/** Waiting longer after each failure, with jitter; randomness is passed in. */

/** How waits grow. All times in milliseconds. */
export interface BackoffOptions {
  readonly initialMs: number
  readonly maxMs: number
  /** Growth per failure. Default 2. */
  readonly factor?: number
  /** Share of each wait that is random, 0 to 1. Default 0.5: between half of the wait and all of it. */
  readonly jitter?: number
}

/** A number in [0, 1), such as Math.random. */
export type Random = () => number

/** The wait after failure number `failures` (1 for the first). Never above `maxMs`, never below zero. */
export function backoffMs(failures: number, options: BackoffOptions, random: Random): number {
  const { initialMs, maxMs, factor = 2, jitter = 0.5 } = options
  const wait = Math.min(maxMs, initialMs * factor ** Math.max(0, failures - 1))
  return wait * (1 - jitter * random())
}

/** Counts failures in a row and says how long to wait after each. */
export interface Backoff {
  /** How many failures there were since the last reset. */
  readonly failures: number
  /** Counts a failure; the wait before the next attempt, in milliseconds. */
  next(): number
  /** Forgets the failures, after a success. */
  reset(): void
}

/** A {@link Backoff} that has seen no failure. */
export function newBackoff(options: BackoffOptions, random: Random): Backoff {
  let failures = 0
  return {
    get failures() {
      return failures
    },
    next() {
      failures += 1
      return backoffMs(failures, options, random)
    },
    reset() {
      failures = 0
    },
  }
}
