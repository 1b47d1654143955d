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
  let ended: { readonly reason: unknown } | undefined
  let controller: AbortController | undefined
  let stop: ((reason: unknown) => void) | undefined
  const end = (reason: unknown) => {
    if (ended) return
    ended = { reason }
    controller?.abort(reason)
    stop?.(reason)
  }
  const onOuter = () => end(outer?.reason)
  if (outer?.aborted) onOuter()
  else outer?.addEventListener('abort', onOuter, { once: true })
  const timeUp = () => end(new DeadlineError(`no end within ${timeoutMs} ms`))
  const cancel = machineClock(clock).setTimer(timeUp, timeoutMs)
  return {
    get signal() {
      if (!controller) {
        controller = new AbortController()
        if (ended) controller.abort(ended.reason)
      }
      return controller.signal
    },
    get reason() {
      return ended?.reason
    },
    onEnd(next) {
      stop = next
      if (ended) next(ended.reason)
    },
    clear() {
      cancel()
      outer?.removeEventListener('abort', onOuter)
    },
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
