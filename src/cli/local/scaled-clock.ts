/** Time that passes faster (or slower) than the machine's. */
import type { Clock } from '../../runtime/clock.ts'

/** A clock on which `factor` seconds pass while one passes on `base`; both agree now. */
export function scaledClock(base: Clock, factor: number): Clock {
  if (factor === 1) return base
  const startMs = base.now().getTime()
  const startMonotonicMs = base.monotonicMs()
  const elapsedMs = () => (base.monotonicMs() - startMonotonicMs) * factor
  return {
    now: () => new Date(startMs + elapsedMs()),
    monotonicMs: () => startMonotonicMs + elapsedMs(),
    setTimer: (callback, delayMs) => base.setTimer(callback, delayMs / factor),
    sleep: (delayMs, signal) => base.sleep(delayMs / factor, signal),
    machine: base,
  }
}
