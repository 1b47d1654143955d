/** The last resort of a process that has to end: it must not live on because one step of its end does not come. */
import type { Clock } from '../../runtime/clock.ts'
import { descendantsOf, killProcesses } from '../../runtime/process-tree.ts'
import { exitCodes } from '../errors.ts'
import type { Io } from '../io.ts'

/** How long a local set may take to end in order, in milliseconds. `serin down` waits longer than this. */
export const endTimeoutMs = 20_000

/**
 * From the moment that `io.signal` aborts or the result is called, this process has {@link endTimeoutMs} to end by itself;
 * then it and all processes that it has started are killed.
 */
export function endInTime(io: Pick<Io, 'err' | 'signal'>, clock: Clock): () => void {
  let isCounting = false
  const count = () => {
    if (isCounting) return
    isCounting = true
    clock.setTimer(() => {
      const killed = killProcesses(descendantsOf(process.pid))
      io.err(`serin: not ended within ${endTimeoutMs / 1000} s; ended by force, with ${killed} processes\n`)
      process.exit(exitCodes.failed)
    }, endTimeoutMs)
  }
  if (io.signal.aborted) count()
  else io.signal.addEventListener('abort', count, { once: true })
  return count
}
