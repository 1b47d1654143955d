/** What an answer says about asking again. */
import type { Clock } from './clock.ts'
import type { OutboundAnswer } from './http-sender.ts'

/** Whether the same request may pass another time: the server has too much to do, or trouble of its own. */
export function mayPassLater(status: number): boolean {
  return status === 429 || (status >= 500 && status !== 501)
}

/** How long the server wants to be left alone, in milliseconds; it says so in seconds or by a date. Undefined: it does not. */
export function retryAfterMs({ status, headers }: OutboundAnswer, clock: Clock): number | undefined {
  const text = headers['retry-after']
  if ((status !== 429 && status !== 503) || typeof text !== 'string') return undefined
  const seconds = Number(text)
  const waitMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - clock.now().getTime()
  return Number.isFinite(waitMs) ? Math.max(0, waitMs) : undefined
}
