/** Refuses work when too much is under way, so that memory and answer times stay bounded. */
import { StatusError } from '../status-error.ts'

/** How many requests may be under way; the real server's --max-requests-inflight and --max-mutating-requests-inflight. */
export interface InFlightLimits {
  readonly reads: number
  readonly writes: number
}

/** The real server's defaults. */
export const defaultInFlightLimits: InFlightLimits = { reads: 400, writes: 200 }

/** Counts requests under way. */
export class InFlight {
  readonly #limits: InFlightLimits
  #reads = 0
  #writes = 0

  constructor(limits: InFlightLimits = defaultInFlightLimits) {
    this.#limits = limits
  }

  /** Lets a request in; the result is called when it is done. Throws 429 with Retry-After when there are too many. */
  enter(method: string): () => void {
    if (method === 'GET' || method === 'HEAD') {
      if (this.#reads >= this.#limits.reads) throw tooMany()
      this.#reads += 1
      return () => {
        this.#reads -= 1
      }
    }
    if (this.#writes >= this.#limits.writes) throw tooMany()
    this.#writes += 1
    return () => {
      this.#writes -= 1
    }
  }
}

function tooMany(): StatusError {
  return new StatusError(429, 'TooManyRequests', 'Too many requests, please try again later.', { retryAfterSeconds: 1 })
}
