/** Copies of requests whose answers nobody waits for. */
import type { ExchangeDeps } from './exchange.ts'
import { requestHeaders } from './headers.ts'
import type { InboundRequest } from './inbound.ts'
import type { Caller } from './source.ts'
import { type Cluster, hostOf } from './table.ts'
import { count, unknownWorkload } from './telemetry.ts'

/** What is copied. */
export interface MirroredRequest {
  readonly cluster: Cluster
  readonly incoming: { readonly request: InboundRequest; readonly caller: Caller; readonly method: string }
  readonly path: string
  readonly authority: string
  readonly body: Buffer | null
}

// A copy that takes longer is given up; the client has its answer long since.
const mirrorTimeoutMs = 15_000

/** Sends a copy, with `-shadow` added to the host as Envoy does, and counts it like any other request. */
export function mirror(deps: ExchangeDeps, { cluster, incoming, path, authority, body }: MirroredRequest): void {
  const upstream = deps.upstreams.choose(cluster.endpoints, [], deps.random)
  if (!upstream) return
  const startedMs = deps.clock.monotonicMs()
  const shadow = authority.replace(hostOf(authority), `${hostOf(authority)}-shadow`)
  let status = 503
  upstream.inFlight++
  const done = () => {
    cancelTimer()
    upstream.inFlight--
    const series = deps.telemetry.series({
      source: incoming.caller.workload,
      destination: upstream.endpoint.workload ?? unknownWorkload,
      service: cluster.service,
      code: status,
      flag: '-',
      protocol: 'http',
    })
    count(series, deps.clock.monotonicMs() - startedMs)
  }
  const cancelTimer = deps.clock.setTimer(() => {
    sent.abort()
    done()
  }, mirrorTimeoutMs)
  const headers = requestHeaders(incoming.request.rawHeaders, shadow, [])
  const sent = upstream.send(
    { path, method: incoming.method, headers, body },
    {
      started(code) {
        status = code
      },
      data() {},
      paused() {},
      ended: done,
      failed: done,
    },
  )
}
