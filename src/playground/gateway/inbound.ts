/** Requests and responses as the data plane sees them, whatever speaks HTTP beneath. */
import type { IncomingMessage } from 'node:http'

/** A body that is there as a whole (null: none), or one that is still coming. */
export type InboundBody = { readonly kept: Buffer | null } | { readonly stream: IncomingMessage }

/** A request that came in. */
export interface InboundRequest {
  readonly method: string
  /** As it stands in the request line. */
  readonly url: string
  /** Flat: name, value, ... as they came. */
  readonly rawHeaders: readonly string[]
  /** The value of a header (lower-case name); several of one name are joined. */
  header(name: string): string | undefined
  /** Gives the body: whole where it is short, else as it comes. Called once at most. */
  takeBody(take: (body: InboundBody) => void): void
  /** Throws the body away. */
  dropBody(): void
}

/** The response to it. Node's ServerResponse is one. */
export interface OutboundResponse {
  readonly headersSent: boolean
  /** `headers` are flat. */
  writeHead(status: number, headers: string[]): unknown
  /** False: wait for `drain`. */
  write(chunk: Buffer): boolean
  end(body?: string): unknown
  /** Sends the head although there is no body yet. */
  flushHeaders(): void
  /** Breaks the connection, so that the client sees that the answer is not whole. */
  destroy(): unknown
  /** `close`: the answer is out, or the client has left. */
  once(event: 'close' | 'drain', listener: () => void): unknown
}

// Bodies up to this size are kept, so that a try can be repeated and mirrored; Envoy's default buffer is 1 MiB.
export const maxKeptBodyBytes = 64 * 1024

/** A request of Node's HTTP servers. */
export class NodeInbound implements InboundRequest {
  readonly method: string
  readonly url: string
  readonly #request: IncomingMessage

  constructor(request: IncomingMessage) {
    this.#request = request
    this.method = request.method ?? 'GET'
    this.url = request.url ?? '/'
  }

  get rawHeaders(): readonly string[] {
    return this.#request.rawHeaders
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name]
    return Array.isArray(value) ? value.join(',') : value
  }

  takeBody(take: (body: InboundBody) => void): void {
    const request = this.#request
    const length = request.headers['content-length']
    if (request.headers['transfer-encoding'] === undefined && (length === undefined || length === '0')) {
      // HTTP/2 needs no length for a body, so there the method decides.
      if (request.httpVersionMajor < 2 || /^(GET|HEAD|DELETE|OPTIONS)$/.test(this.method)) return take({ kept: null })
    }
    if (!(Number(length) <= maxKeptBodyBytes)) return take({ stream: request })
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.once('end', () => take({ kept: Buffer.concat(chunks) }))
    request.once('error', () => request.destroy())
  }

  dropBody(): void {
    this.#request.resume()
  }
}
