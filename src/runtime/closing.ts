/** Ending what was begun: the last first, each within its time, whatever the others do. */
import type { Clock } from './clock.ts'
import { endsWithin } from './deadline.ts'
import type { Logger } from './log.ts'

/** What there is to end, in the order in which it was begun. */
export interface Closing {
  /** Notes one more; `what` names it where it does not end within `timeoutMs`, by default {@link stepTimeoutMs}. */
  add(what: string, close: () => unknown, timeoutMs?: number): void
  /** Ends all. May be called again, and then waits for the first call. */
  close(): Promise<void>
}

/** How long one step may take, in milliseconds: a server's own grace is 5 s. */
export const stepTimeoutMs = 7_000

/** Nothing to end yet. What does not end in time, or fails, is logged, and left behind. */
export function newClosing(deps: { readonly clock: Clock; readonly log: Logger }): Closing {
  const { clock, log } = deps
  const steps: { readonly what: string; readonly close: () => unknown; readonly timeoutMs: number }[] = []
  let closing: Promise<void> | undefined

  async function closeAll(): Promise<void> {
    for (let step = steps.pop(); step; step = steps.pop()) {
      const { what, close, timeoutMs } = step
      try {
        const inTime = await endsWithin(clock, timeoutMs, (async () => close())())
        if (!inTime) log.error('not ended in time', { what, timeoutMs })
      } catch (error) {
        log.warn('not ended well', { what, error })
      }
    }
  }
  return {
    add: (what, close, timeoutMs = stepTimeoutMs) => void steps.push({ what, close, timeoutMs }),
    close() {
      closing ??= closeAll()
      return closing
    },
  }
}
