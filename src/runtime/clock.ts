/** Time, passed in. Nothing else in the project reads the clock or sets a timer. */

/** A source of time and timers. */
export interface Clock {
  /** Wall-clock time. */
  now(): Date
  /** Milliseconds of a clock that never goes back; only differences mean anything. */
  monotonicMs(): number
  /** Calls `callback` once after `delayMs`; the result cancels it. A pending timer does not keep the process alive. */
  setTimer(callback: () => void, delayMs: number): () => void
  /** Resolves after `delayMs`, or rejects with the signal's reason when that aborts first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>
  /** The machine's time, where this clock is faster or slower: what a request takes, and how long to wait for answers. */
  readonly machine?: Clock
}

/** The clock of what the machine needs its time for, however the time of a cluster passes. */
export const machineClock = (clock: Clock): Clock => clock.machine ?? clock

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  setTimer(callback, delayMs) {
    // What is overdue by now is due at once.
    const timer = setTimeout(callback, Math.max(0, delayMs))
    timer.unref()
    return () => clearTimeout(timer)
  },
  sleep(delayMs, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const onAbort = () => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }, delayMs)
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  },
}
