/** One request through the mesh: tries, time limits, and the answer. */
import type { IncomingMessage } from 'node:http'
import type { Clock } from '../../runtime/clock.ts'
import type { Endpoint, HeaderChanges, ProviderCount, RetryPolicy, Workload } from './config.ts'
import { responseHeaders } from './headers.ts'
import { type AnswerHandler, ConnectError, type Sent } from './http1/connection-pool.ts'
import type { OutboundResponse } from './inbound.ts'
import {
  connectFailure,
  type LocalReply,
  noHealthyUpstream,
  resetBeforeAnswer,
  upstreamTimeout,
} from './local-reply.ts'
import type { Cluster } from './table.ts'
import { count, type ResponseFlag, type Telemetry, unknownWorkload } from './telemetry.ts'
import type { Upstream, Upstreams } from './upstreams.ts'

/** What every exchange uses. */
export interface ExchangeDeps {
  readonly clock: Clock
  /** Numbers from 0 up to but without 1. */
  readonly random: () => number
  readonly telemetry: Telemetry
  readonly upstreams: Upstreams
}

/** What is sent, to whom, and under which rules. */
export interface ExchangePlan {
  readonly cluster: Cluster
  readonly source: Workload
  readonly method: string
  readonly path: string
  /** Flat: name, value, ... */
  readonly headers: string[]
  readonly responseChanges: readonly HeaderChanges[]
  readonly retries: RetryPolicy
  readonly timeoutMs?: number
  /** The body where it was short enough to keep; tries can be repeated with it. */
  readonly body: Buffer | null
  /** The body where it is streamed; then there is one try only. */
  readonly stream?: IncomingMessage
  readonly protocol: 'http' | 'grpc'
  readonly counted?: ProviderCount
}

/** Runs an exchange. Resolves never late: the response's own events tell when it is over. */
export function exchange(deps: ExchangeDeps, plan: ExchangePlan, response: OutboundResponse, startedMs: number): void {
  new Exchange(deps, plan, response, startedMs).start()
}

class Exchange {
  readonly #deps: ExchangeDeps
  readonly #plan: ExchangePlan
  readonly #response: OutboundResponse
  readonly #startedMs: number
  readonly #tried: Endpoint[] = []
  #attemptsLeft: number
  /** The try whose answer counts; earlier ones are ignored when they end. */
  #current: Attempt | undefined
  #cancelTimeout: (() => void) | undefined
  #done = false

  constructor(deps: ExchangeDeps, plan: ExchangePlan, response: OutboundResponse, startedMs: number) {
    this.#deps = deps
    this.#plan = plan
    this.#response = response
    this.#startedMs = startedMs
    this.#attemptsLeft = plan.stream ? 0 : plan.retries.attempts
  }

  start(): void {
    const { timeoutMs } = this.#plan
    if (timeoutMs !== undefined && timeoutMs > 0) {
      this.#cancelTimeout = this.#deps.clock.setTimer(() => this.reply(upstreamTimeout), timeoutMs)
    }
    this.#response.once('close', () => this.#clientLeft())
    this.#try()
  }

  #try(): void {
    const { cluster, method, path, headers, body, stream } = this.#plan
    const upstream = this.#deps.upstreams.choose(cluster.endpoints, this.#tried, this.#deps.random)
    if (!upstream) return this.reply(noHealthyUpstream)
    this.#tried.push(upstream.endpoint)
    upstream.inFlight++
    const attempt = new Attempt(upstream, this.#plan.retries.perTryTimeoutMs, this.#deps.clock, this)
    this.#current = attempt
    attempt.sent = upstream.send({ method, path, headers, body }, attempt, stream)
  }

  isCurrent(attempt: Attempt): boolean {
    return this.#current === attempt && !this.#done
  }

  /** Starts the next try if there may be one. */
  mayRetry(attempt: Attempt, why: { readonly status: number } | 'connection'): boolean {
    const { on } = this.#plan.retries
    const able = why === 'connection' ? on.connectFailure : on.statuses.has(why.status)
    if (!able || this.#attemptsLeft <= 0 || this.#done || this.#response.headersSent) return false
    if (this.#current !== attempt) return false
    this.#attemptsLeft--
    this.#try()
    return true
  }

  answerStarts(attempt: Attempt, status: number, raw: readonly string[]): void {
    this.#response.writeHead(status, responseHeaders(raw, this.#plan.responseChanges))
    attempt.status = status
  }

  answerData(attempt: Attempt, chunk: Buffer): void {
    if (this.#response.write(chunk)) return
    attempt.sent?.pause()
    this.#response.once('drain', () => {
      if (this.#current === attempt) attempt.sent?.resume()
    })
  }

  /** Nothing more of the answer is there yet: what is, should not wait for it. */
  answerPauses(): void {
    this.#response.flushHeaders()
  }

  answerEnds(): void {
    const attempt = this.#current
    if (!attempt || !this.#finish()) return
    this.#response.end()
    this.#count(attempt.upstream, attempt.status, '-')
  }

  /** The workload broke off in the middle of its answer: so does ours, since the status is out already. */
  brokeOff(): void {
    const attempt = this.#current
    if (!attempt || !this.#finish()) return
    this.#count(attempt.upstream, attempt.status, 'UC')
    this.#response.destroy()
  }

  reply(reply: LocalReply): void {
    const attempt = this.#current
    if (!this.#finish()) return
    attempt?.abort()
    this.#count(attempt?.upstream, reply.status, reply.flag)
    if (this.#response.headersSent) this.#response.destroy()
    else {
      this.#response.writeHead(reply.status, ['content-type', 'text/plain'])
      this.#response.end(reply.body)
    }
  }

  #clientLeft(): void {
    const attempt = this.#current
    if (!this.#finish()) return
    attempt?.abort()
    this.#count(attempt?.upstream, 0, 'DC')
  }

  /** Whether this call was the one that ended the exchange. */
  #finish(): boolean {
    if (this.#done) return false
    this.#done = true
    this.#cancelTimeout?.()
    return true
  }

  #count(upstream: Upstream | undefined, code: number, flag: ResponseFlag): void {
    const { clock, telemetry } = this.#deps
    const { source, cluster, protocol, method, counted } = this.#plan
    const key = `${source.namespace}/${source.name}/${source.app}/${source.version} ${code} ${flag} ${protocol}`
    let series = upstream?.series.get(key)
    if (!series) {
      const destination = upstream?.endpoint.workload ?? unknownWorkload
      series = telemetry.series({ source, destination, service: cluster.service, code, flag, protocol })
      upstream?.series.set(key, series)
    }
    const durationMs = clock.monotonicMs() - this.#startedMs
    count(series, durationMs)
    const pod = upstream?.endpoint.pod
    const request = { method, code, durationMs, ...(pod ? { pod } : {}) }
    if (counted) telemetry.providers.count(counted, request)
    if (cluster.counted) telemetry.providers.count(cluster.counted, request)
  }
}

/** One try at one endpoint. */
class Attempt implements AnswerHandler {
  readonly upstream: Upstream
  status = 0
  sent: Sent | undefined
  readonly #exchange: Exchange
  #aborted = false
  #over = false
  /** Another try was made instead; the rest of this answer is ignored. */
  #superseded = false
  #cancelTimer: (() => void) | undefined

  constructor(upstream: Upstream, timeoutMs: number | undefined, clock: Clock, exchange: Exchange) {
    this.upstream = upstream
    this.#exchange = exchange
    if (timeoutMs !== undefined && timeoutMs > 0) {
      this.#cancelTimer = clock.setTimer(() => this.#timedOut(), timeoutMs)
    }
  }

  abort(): void {
    this.#aborted = true
    this.#end()
    this.sent?.abort()
  }

  started(status: number, headers: string[]): void {
    this.#cancelTimer?.()
    if (!this.#exchange.isCurrent(this)) return
    if (this.#exchange.mayRetry(this, { status })) this.#superseded = true
    else this.#exchange.answerStarts(this, status, headers)
  }

  data(chunk: Buffer): void {
    if (this.#counts()) this.#exchange.answerData(this, chunk)
  }

  paused(): void {
    if (this.status !== 0 && this.#counts()) this.#exchange.answerPauses()
  }

  ended(): void {
    this.#end()
    if (this.#counts()) this.#exchange.answerEnds()
  }

  failed(error: Error): void {
    this.#end()
    if (this.#aborted || !this.#counts()) return
    if (this.status !== 0) return this.#exchange.brokeOff()
    if (this.#exchange.mayRetry(this, 'connection')) return
    this.#exchange.reply(error instanceof ConnectError ? connectFailure(error.message) : resetBeforeAnswer)
  }

  #counts(): boolean {
    return !this.#superseded && this.#exchange.isCurrent(this)
  }

  #timedOut(): void {
    if (this.#over || this.status !== 0) return
    this.abort()
    if (!this.#exchange.mayRetry(this, { status: 504 })) this.#exchange.reply(upstreamTimeout)
  }

  #end(): void {
    if (this.#over) return
    this.#over = true
    this.#cancelTimer?.()
    this.upstream.inFlight--
  }
}
