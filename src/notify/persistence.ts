/** Sends an alert again where its receiver cannot take it just now. */
import { backoffMs, type Random } from '../runtime/backoff.ts'
import type { Clock } from '../runtime/clock.ts'
import type { HttpSender } from '../runtime/http-sender.ts'
import type { Alert, NotifierOptions } from './notifier.ts'
import { NotifyError, notify } from './notify.ts'

/** What it needs. */
export interface PersistenceDeps {
  readonly http: HttpSender
  readonly clock: Clock
  readonly random: Random
}

/** Rate limits of chat services last for seconds. */
const backoff = { initialMs: 1_000, maxMs: 8_000 }
const maxAttempts = 4
/** Whoever wants to be left alone for longer is asked once more all the same: by then the alert would be no news. */
const maxWaitMs = 20_000
/** Less than the minute after which tasks in the background are ended, so that the log has the receiver's own words. */
const maxTotalMs = 45_000

/**
 * Posts one alert, up to four times within 45 s where the receiver answers 429 or 5xx. It may come twice where the receiver
 * took it and said otherwise.
 * @throws NotifyError as `notify` does, or what `signal` aborts with
 */
export async function notifyPersistently(
  options: NotifierOptions,
  alert: Alert,
  { http, clock, random }: PersistenceDeps,
  signal: AbortSignal,
): Promise<void> {
  const startMs = clock.monotonicMs()
  for (let attempt = 1; ; attempt++) {
    try {
      return await notify(options, alert, { http, clock }, signal)
    } catch (error) {
      if (!(error instanceof NotifyError) || !error.again) throw error
      const waitMs = Math.min(Math.max(error.again.afterMs ?? 0, backoffMs(attempt, backoff, random)), maxWaitMs)
      const isLast = attempt >= maxAttempts || clock.monotonicMs() - startMs + waitMs > maxTotalMs
      if (isLast) throw new NotifyError(`${error.message} (attempt ${attempt}, the last one)`)
      await clock.sleep(waitMs, signal)
    }
  }
}
