/** Work that is given up when its time is up. */
import { type Clock, machineClock } from './clock.ts'

/** Something took longer than it may. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError'
  readonly reason = 'DeadlineExceeded'
}

/** A time that is up at some point, or given up before; `clear` ends the timer and lets go of the outer signal. */
export interface Deadline {
  /** Aborts when the time is up. It is made when it is first asked for: where `onEnd` will do, that costs a tenth. */
  readonly signal: AbortSignal
  /** Why the time is up; undefined as long as it is not. */
  readonly reason: unknown
  /** Calls `stop` once with the reason when the time is up, at once where it is already. One at a time: the last wins. */
  onEnd(stop: (reason: unknown) => void): void
  clear(): void
}

/** Ends with the reason of `outer` when that aborts, or with a {@link DeadlineError} after `timeoutMs` of the machine's time. */
export function withDeadline(clock: Clock, timeoutMs: number, outer?: AbortSignal): Deadline {
  return new TimedDeadline(clock, timeoutMs, outer)
}

/** A class, as there is one for each request: its functions are shared. */
class TimedDeadline implements Deadline {
  readonly #outer: AbortSignal | undefined
  readonly #onOuter = () => this.#end(this.#outer?.reason)
  readonly #cancel: () => void
  #ended: { readonly reason: unknown } | undefined
  #controller: AbortController | undefined
  #stop: ((reason: unknown) => void) | undefined

  constructor(clock: Clock, timeoutMs: number, outer: AbortSignal | undefined) {
    this.#outer = outer
    if (outer?.aborted) this.#onOuter()
    else outer?.addEventListener('abort', this.#onOuter, { once: true })
    const timeUp = () => this.#end(new DeadlineError(`no end within ${timeoutMs} ms`))
    this.#cancel = machineClock(clock).setTimer(timeUp, timeoutMs)
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#ended) this.#controller.abort(this.#ended.reason)
    }
    return this.#controller.signal
  }

  get reason(): unknown {
    return this.#ended?.reason
  }

  onEnd(stop: (reason: unknown) => void): void {
    this.#stop = stop
    if (this.#ended) stop(this.#ended.reason)
  }

  // Callers hand it on by itself.
  readonly clear = (): void => {
    this.#cancel()
    this.#outer?.removeEventListener('abort', this.#onOuter)
  }

  #end(reason: unknown): void {
    if (this.#ended) return
    this.#ended = { reason }
    this.#controller?.abort(reason)
    this.#stop?.(reason)
  }
}

/** Whether `ending` is over within `timeoutMs` of the machine's time; what it ends with is thrown. It goes on all the same. */
export async function endsWithin(clock: Clock, timeoutMs: number, ending: Promise<unknown>): Promise<boolean> {
  const { promise: timeUp, resolve } = Promise.withResolvers<false>()
  // A sleep, as a timer would let this process end before it is up.
  const stop = new AbortController()
  machineClock(clock)
    .sleep(timeoutMs, stop.signal)
    .then(
      () => resolve(false),
      () => {},
    )
  try {
    return await Promise.race([ending.then(() => true), timeUp])
  } finally {
    stop.abort()
  }
}
