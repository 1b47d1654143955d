/** Work that several want at the same time, done once for all who asked before it began. */
import { orAbort } from './abort.ts'

/** Work by keys. */
export interface SharedWork<T> {
  /**
   * The result of work on the key that begins after this call: of that which others wait for already, or of `work`.
   * Work that has begun before may have seen an older state of the world and is waited for, not shared. Its signal
   * aborts when all who wait for it have gone. Errors are those of the work.
   */
  join(key: string, work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T>
}

interface Round<T> {
  readonly result: Promise<T>
  readonly stop: AbortController
  waiting: number
  hasBegun: boolean
}

/** Nothing is under way. */
export function newSharedWork<T>(): SharedWork<T> {
  /** The last round of each key: at most one other is before it. */
  const last = new Map<string, Round<T>>()

  function newRound(key: string, work: (signal: AbortSignal) => Promise<T>, before?: Promise<T>): Round<T> {
    const stop = new AbortController()
    const begin = async () => {
      await before?.catch(() => {}) // Those who wait for it know.
      round.hasBegun = true
      stop.signal.throwIfAborted()
      return work(stop.signal)
    }
    const result = Promise.resolve()
      .then(begin)
      .finally(() => {
        if (last.get(key) === round) last.delete(key)
      })
    result.catch(() => {}) // All who wait may have gone.
    const round: Round<T> = { result, stop, waiting: 0, hasBegun: false }
    last.set(key, round)
    return round
  }

  return {
    async join(key, work, signal) {
      signal.throwIfAborted()
      const newest = last.get(key)
      const round = newest && !newest.hasBegun ? newest : newRound(key, work, newest?.result)
      round.waiting += 1
      try {
        return await orAbort(round.result, signal)
      } finally {
        round.waiting -= 1
        if (round.waiting === 0 && signal.aborted) {
          round.stop.abort(signal.reason)
          // Whoever asked for it is still answerable for what it leaves behind.
          await round.result.catch(() => {})
        }
      }
    },
  }
}
