/** Ctrl-C and its like: the first asks the command to end in order, the second does not ask any more. */
import type { Clock } from '../runtime/clock.ts'
import { descendantsOf, killProcesses } from '../runtime/process-tree.ts'
import { exitCodes } from './errors.ts'

// npm and the shell pass on what the terminal sends to everybody, so one key press arrives several times.
const samePressMs = 1_000

/** Aborts `stop` when nobody reads the output any more, as below `| head`; what is written after that goes nowhere. */
export function endWhenNobodyReads(stop: AbortController, streams: readonly NodeJS.WriteStream[]): void {
  for (const stream of streams) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      stop.abort(new Error('nobody reads the output any more'))
    })
  }
}

/** Aborts `stop` at SIGINT, SIGTERM and SIGHUP. */
export function endOnSignals(stop: AbortController, clock: Clock): void {
  let asked = 0
  let lastMs = Number.NEGATIVE_INFINITY
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      const nowMs = clock.monotonicMs()
      if (nowMs - lastMs > samePressMs) asked += 1
      lastMs = nowMs
      stop.abort(new Error(`stopped by ${signal}`))
      if (asked <= 1) return
      // Children notice that this process is gone; those that were stopped do not.
      killProcesses(descendantsOf(process.pid))
      process.exit(exitCodes.interrupted)
    })
  }
}
