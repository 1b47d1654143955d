/** The demo's users: a steady trickle of requests to each member's ingress gateway. */
import { generateLoad } from '../../loadtester/generator.ts'
import type { Clock } from '../../runtime/clock.ts'

/** How many requests there were, and how many of them failed or got no answer. */
export interface Visits {
  readonly total: number
  readonly failed: number
}

/** Users, on their way. */
export interface Visitors {
  /** What they met since the last call. */
  take(): Visits
  close(): Promise<void>
}

// Enough that a tenth of it shows in the metrics of each second; nothing that a laptop feels.
const ratePerSecond = 20

/** Sends them to the gateways, as to `host`. */
export function startVisitors(deps: {
  readonly gateways: readonly string[]
  readonly host: string
  readonly clock: Clock
  readonly signal: AbortSignal
}): Visitors {
  const { gateways, host, clock } = deps
  const stop = new AbortController()
  const signal = AbortSignal.any([stop.signal, deps.signal])
  let visits = { total: 0, failed: 0 }
  const onRequest = (status: number) => {
    const isFailed = status === 0 || status >= 500
    visits = { total: visits.total + 1, failed: visits.failed + (isFailed ? 1 : 0) }
  }
  const running = gateways.map(gateway =>
    generateLoad(
      {
        url: new URL(gateway),
        method: 'GET',
        headers: { host },
        connections: 4,
        ratePerSecond,
        timeoutMs: 5_000,
        http2: false,
      },
      { clock, onRequest },
      signal,
    ).catch(() => {}),
  )
  return {
    take() {
      const taken = visits
      visits = { total: 0, failed: 0 }
      return taken
    },
    async close() {
      stop.abort(new Error('the demo is over'))
      await Promise.all(running)
    },
  }
}
