/** Work that nobody waits for: in order for one receiver of one Canary, side by side for several, and bounded. */
import type { Clock } from '../../runtime/clock.ts'
import { withDeadline } from '../../runtime/deadline.ts'
import type { Logger } from '../../runtime/log.ts'

/** Runs tasks. */
export interface Background {
  /** Runs the task after those of the same lane. Failures are logged; beyond the bounds tasks are dropped. */
  run(lane: Lane, task: (signal: AbortSignal) => Promise<void>): void
  /** Ends what is under way and takes no more. */
  close(): Promise<void>
}

/** Tasks of one Canary and one receiver. */
export interface Lane {
  /** `namespace/name`. */
  readonly canary: string
  /** Tells the receivers of one Canary apart. */
  readonly receiver: string
}

/** A receiver that hangs holds up its own news alone, and not for long. */
const taskTimeoutMs = 60_000
const maxTasks = 5_000
/** A rollout has some thirty events; what is older than two rollouts is no news. */
const maxTasksOfLane = 64

/** Nothing under way. */
export function newBackground({ clock, log }: { readonly clock: Clock; readonly log: Logger }): Background {
  const lanes = new Map<string, { last: Promise<void>; waiting: number }>()
  const stop = new AbortController()
  let waiting = 0
  const perform = async (lane: Lane, task: (signal: AbortSignal) => Promise<void>) => {
    if (stop.signal.aborted) return
    const deadline = withDeadline(clock, taskTimeoutMs, stop.signal)
    try {
      await task(deadline.signal)
    } catch (error) {
      if (!stop.signal.aborted) log.warn('news was not delivered', { ...lane, error })
    } finally {
      deadline.clear()
    }
  }
  return {
    run(lane, task) {
      if (stop.signal.aborted) return
      const name = `${lane.canary} ${lane.receiver}`
      const queue = lanes.get(name) ?? { last: Promise.resolve(), waiting: 0 }
      if (waiting >= maxTasks || queue.waiting >= maxTasksOfLane) {
        log.warn('news is dropped: too much waits to be delivered', { ...lane })
        return
      }
      lanes.set(name, queue)
      waiting += 1
      queue.waiting += 1
      queue.last = queue.last
        .then(() => perform(lane, task))
        .then(() => {
          waiting -= 1
          queue.waiting -= 1
          if (queue.waiting === 0) lanes.delete(name)
        })
    },
    async close() {
      stop.abort(new Error('the agent is closing'))
      await Promise.all([...lanes.values()].map(({ last }) => last))
    },
  }
}
