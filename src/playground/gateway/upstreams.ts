/** Connections to pods: one pool an endpoint, kept while the routing table knows it and drained after that. */
import type { IncomingMessage } from 'node:http'
import type { Clock } from '../../runtime/clock.ts'
import type { Endpoint } from './config.ts'
import { type AnswerHandler, ConnectionPool, type OutgoingRequest, type Sent } from './http1/connection-pool.ts'
import { StreamPool } from './stream-pool.ts'
import type { RequestSeries } from './telemetry.ts'

// As many as Envoy's default circuit breaker lets wait at an endpoint.
const maxConnections = 1024
const connectTimeoutMs = 3_000
const keepAliveMs = 30_000
const readBufferBytes = 64 * 1024

/** A pod's port and what is under way to it. */
export class Upstream {
  readonly endpoint: Endpoint
  inFlight = 0
  /** Counters of requests to this endpoint, by source, code and flag. */
  readonly series = new Map<string, RequestSeries>()
  readonly #pool: ConnectionPool
  /** For bodies that are still coming; made when the first comes. */
  #streams: StreamPool | undefined

  constructor(endpoint: Endpoint, shared: { readonly clock: Clock; readonly readBuffer: Uint8Array }) {
    const { address: host, port } = endpoint
    this.endpoint = endpoint
    this.#pool = new ConnectionPool({
      host,
      port,
      maxConnections,
      connectTimeoutMs,
      keepAliveMs,
      nowMs: () => shared.clock.monotonicMs(),
      readBuffer: shared.readBuffer,
    })
  }

  /** Sends a request whose body is whole, or, with `stream`, still coming. */
  send(request: OutgoingRequest, handler: AnswerHandler, stream?: IncomingMessage): Sent {
    if (!stream) return this.#pool.send(request, handler)
    this.#streams ??= new StreamPool(this.endpoint, { maxConnections, connectTimeoutMs })
    return this.#streams.send(request, stream, handler)
  }

  /** Takes no more requests; resolves when those under way have ended. */
  async close(): Promise<void> {
    await Promise.all([this.#pool.close(), this.#streams?.close()])
  }

  /** Breaks all connections. */
  async destroy(): Promise<void> {
    this.#pool.destroy()
    await this.#streams?.destroy()
  }
}

/** All upstreams of a mesh. */
export class Upstreams {
  readonly #all = new Map<string, Upstream>()
  /** Upstreams that were let go of and still have requests under way. */
  readonly #draining = new Map<Upstream, Promise<void>>()
  readonly #shared: { readonly clock: Clock; readonly readBuffer: Uint8Array }

  constructor({ clock }: { readonly clock: Clock }) {
    this.#shared = { clock, readBuffer: new Uint8Array(readBufferBytes) }
  }

  /** The upstream of an endpoint, made on first use. */
  get(endpoint: Endpoint): Upstream {
    const key = `${endpoint.address}:${endpoint.port}`
    const found = this.#all.get(key)
    if (found && found.endpoint.pod === endpoint.pod) return found
    if (found) this.#drain(found)
    const made = new Upstream(endpoint, this.#shared)
    this.#all.set(key, made)
    return made
  }

  /** Lets go of every upstream that is not among `endpoints`; requests under way finish. */
  retain(endpoints: Iterable<Endpoint>): void {
    const wanted = new Map<string, string>()
    for (const { address, port, pod } of endpoints) wanted.set(`${address}:${port}`, pod)
    for (const [key, upstream] of this.#all) {
      if (wanted.get(key) === upstream.endpoint.pod) continue
      this.#all.delete(key)
      this.#drain(upstream)
    }
  }

  /**
   * Chooses among `endpoints` the less busy of two drawn by chance (Envoy's least request), leaving out those in
   * `tried` while there are others; undefined if there are none.
   */
  choose(endpoints: readonly Endpoint[], tried: readonly Endpoint[], random: () => number): Upstream | undefined {
    const fresh = tried.length > 0 ? endpoints.filter(endpoint => !tried.includes(endpoint)) : endpoints
    const from = fresh.length > 0 ? fresh : endpoints
    const draw = () => from[Math.floor(random() * from.length)]
    const one = draw()
    const other = from.length > 1 ? draw() : undefined
    if (!one) return undefined
    const first = this.get(one)
    if (!other || other === one) return first
    const second = this.get(other)
    return second.inFlight < first.inFlight ? second : first
  }

  /** Resolves when the requests under way to upstreams of the pod that were let go of have ended. */
  async drained(namespace: string, pod: string): Promise<void> {
    const ends = [...this.#draining].filter(
      ([{ endpoint }]) => endpoint.pod === pod && endpoint.workload.namespace === namespace,
    )
    await Promise.all(ends.map(([, end]) => end))
  }

  #drain(upstream: Upstream): void {
    const end = upstream
      .close()
      // A pool that breaks while it drains has nothing left to tell.
      .catch(() => {})
      .finally(() => this.#draining.delete(upstream))
    this.#draining.set(upstream, end)
  }

  /** Breaks all connections. */
  async close(): Promise<void> {
    const all = [...this.#all.values(), ...this.#draining.keys()]
    await Promise.all(all.map(upstream => upstream.destroy()))
    this.#all.clear()
  }
}
