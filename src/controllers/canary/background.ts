/** Work that nobody waits for: in order for one Canary, side by side for several, and bounded. */
import type { Clock } from '../../runtime/clock.ts'
import { withDeadline } from '../../runtime/deadline.ts'
import type { Logger } from '../../runtime/log.ts'

/** Runs tasks. */
export interface Background {
  /** Runs the task after those of the same key. Failures are logged; beyond the bound tasks are dropped. */
  run(key: string, task: (signal: AbortSignal) => Promise<void>): void
  /** Ends what is under way and takes no more. */
  close(): Promise<void>
}

/** A receiver that hangs holds up the news of its own Canary alone, and not for long. */
const taskTimeoutMs = 60_000
const maxTasks = 5_000

/** Nothing under way. */
export function newBackground({ clock, log }: { readonly clock: Clock; readonly log: Logger }): Background {
  const last = new Map<string, Promise<void>>()
  const stop = new AbortController()
  let waiting = 0
  const perform = async (key: string, task: (signal: AbortSignal) => Promise<void>) => {
    if (stop.signal.aborted) return
    const deadline = withDeadline(clock, taskTimeoutMs, stop.signal)
    try {
      await task(deadline.signal)
    } catch (error) {
      if (!stop.signal.aborted) log.warn('news was not delivered', { canary: key, error })
    } finally {
      deadline.clear()
    }
  }
  return {
    run(key, task) {
      if (stop.signal.aborted) return
      if (waiting >= maxTasks) {
        log.warn('news is dropped: too much waits to be delivered', { canary: key })
        return
      }
      waiting += 1
      const done = (last.get(key) ?? Promise.resolve())
        .then(() => perform(key, task))
        .then(() => {
          waiting -= 1
          if (last.get(key) === done) last.delete(key)
        })
      last.set(key, done)
    },
    async close() {
      stop.abort(new Error('the agent is closing'))
      await Promise.all(last.values())
    },
  }
}
