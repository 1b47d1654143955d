/** A signal that also aborts when time is up. */
import { type Clock, machineClock } from './clock.ts'

/** Something took longer than it may. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError'
  readonly reason = 'DeadlineExceeded'
}

/** A signal with a deadline; `clear` ends the timer and lets go of the outer signal. */
export interface Deadline {
  readonly signal: AbortSignal
  clear(): void
}

/** Aborts with the reason of `outer` when that aborts, or with a {@link DeadlineError} after `timeoutMs` of the machine's time. */
export function withDeadline(clock: Clock, timeoutMs: number, outer?: AbortSignal): Deadline {
  const controller = new AbortController()
  const onOuter = () => controller.abort(outer?.reason)
  if (outer?.aborted) onOuter()
  else outer?.addEventListener('abort', onOuter, { once: true })
  const timeUp = () => controller.abort(new DeadlineError(`no end within ${timeoutMs} ms`))
  const cancel = machineClock(clock).setTimer(timeUp, timeoutMs)
  return {
    signal: controller.signal,
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
