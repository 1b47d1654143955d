/** Connections to pods: one pool an endpoint, kept while the routing table knows it and drained after that. */
import { Pool } from 'undici'
import type { Endpoint } from './config.ts'
import type { RequestSeries } from './telemetry.ts'

// As many as Envoy's default circuit breaker lets wait at an endpoint.
const maxConnections = 1024
const connectTimeoutMs = 3_000
const keepAliveMs = 30_000

/** A pod's port and what is under way to it. */
export interface Upstream {
  readonly endpoint: Endpoint
  readonly pool: Pool
  inFlight: number
  /** Counters of requests to this endpoint, by source, code and flag. */
  readonly series: Map<string, RequestSeries>
}

/** All upstreams of a mesh. */
export class Upstreams {
  readonly #all = new Map<string, Upstream>()
  /** Upstreams that were let go of and still have requests under way. */
  readonly #draining = new Map<Upstream, Promise<void>>()

  /** The upstream of an endpoint, made on first use. */
  get(endpoint: Endpoint): Upstream {
    const key = `${endpoint.address}:${endpoint.port}`
    const found = this.#all.get(key)
    if (found && found.endpoint.pod === endpoint.pod) return found
    if (found) this.#drain(found)
    const made: Upstream = {
      endpoint,
      pool: new Pool(`http://${endpoint.address}:${endpoint.port}`, {
        connections: maxConnections,
        pipelining: 1,
        keepAliveTimeout: keepAliveMs,
        connect: { timeout: connectTimeoutMs },
        // The rule's timeout decides, not the connection's.
        headersTimeout: 0,
        bodyTimeout: 0,
        maxHeaderSize: 96 * 1024,
      }),
      inFlight: 0,
      series: new Map(),
    }
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
    const end = upstream.pool
      .close()
      // A pool that breaks while it drains has nothing left to tell.
      .catch(() => {})
      .finally(() => this.#draining.delete(upstream))
    this.#draining.set(upstream, end)
  }

  /** Breaks all connections. */
  async close(): Promise<void> {
    const all = [...this.#all.values(), ...this.#draining.keys()]
    await Promise.all(all.map(({ pool }) => pool.destroy()))
    this.#all.clear()
  }
}
