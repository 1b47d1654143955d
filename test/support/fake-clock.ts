/** A clock that moves only when a test moves it. */
import type { Clock } from '../../src/runtime/clock.ts'

interface Timer {
  readonly atMs: number
  readonly callback: () => void
}

/** See {@link Clock}; `advance` runs the timers that come due, in order, with the clock at each one's time. */
export class FakeClock implements Clock {
  #nowMs: number
  readonly #startMs: number
  readonly #timers = new Set<Timer>()

  constructor(start = '2026-01-01T00:00:00Z') {
    this.#startMs = this.#nowMs = Date.parse(start)
  }

  now(): Date {
    return new Date(this.#nowMs)
  }

  monotonicMs(): number {
    return this.#nowMs - this.#startMs
  }

  setTimer(callback: () => void, delayMs: number): () => void {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const cancel = this.setTimer(() => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }, delayMs)
      const onAbort = () => {
        cancel()
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** How many timers are waiting. */
  get pending(): number {
    return this.#timers.size
  }

  /** Moves the clock forward and lets what came due, and what that started, run. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs
    for (;;) {
      const due = [...this.#timers].filter(t => t.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0]
      if (!due) break
      this.#timers.delete(due)
      this.#nowMs = Math.max(this.#nowMs, due.atMs)
      due.callback()
      await settled()
    }
    this.#nowMs = untilMs
    await settled()
  }
}

/** Resolves when the promise jobs that are under way have run. */
function settled(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
