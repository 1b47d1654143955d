/** A token bucket: so many a second on average, and so many at once. */
import type { Clock } from './clock.ts'

/** Hands out tokens. */
export interface TokenBucket {
  /** Takes a token if there is one. */
  tryTake(): boolean
  /** Takes a token, on credit if need be; how many milliseconds to wait before using it. */
  reserveMs(): number
}

/** A full bucket of `burst` tokens that gains `perSecond` a second. */
export function newTokenBucket(deps: {
  readonly clock: Clock
  readonly perSecond: number
  readonly burst: number
}): TokenBucket {
  const { clock, perSecond, burst } = deps
  let tokens = burst
  let filledAtMs = clock.monotonicMs()
  const fill = () => {
    const nowMs = clock.monotonicMs()
    tokens = Math.min(burst, tokens + ((nowMs - filledAtMs) / 1000) * perSecond)
    filledAtMs = nowMs
  }
  return {
    tryTake() {
      fill()
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
    reserveMs() {
      fill()
      tokens -= 1
      return tokens >= 0 ? 0 : (-tokens / perSecond) * 1000
    },
  }
}
