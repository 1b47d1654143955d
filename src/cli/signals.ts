/** Ctrl-C and its like: the first asks the command to end in order, the third does not ask any more. */
import { exitCodes } from './errors.ts'

/** Aborts `stop` at SIGINT, SIGTERM and SIGHUP. */
export function endOnSignals(stop: AbortController): void {
  let asked = 0
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      asked += 1
      stop.abort(new Error(`stopped by ${signal}`))
      // Children notice that this process is gone, so nothing is left behind even now.
      if (asked > 2) process.exit(exitCodes.interrupted)
    })
  }
}
