/** One client's connection: plain requests are served here; at the first that is not, Node's HTTP server takes over. */
import type { Socket } from 'node:net'
import type { InboundRequest, OutboundResponse } from '../inbound.ts'
import { PlainResponse } from './plain-response.ts'
import { readPlainRequest } from './request-head.ts'

/** What a connection needs. */
export interface ServerConnectionDeps {
  readonly serve: (request: InboundRequest, response: OutboundResponse) => void
  /** Takes the socket, with `data` as the first of its input. */
  readonly handOver: (socket: Socket, data: Buffer) => void
  /** The value of the header `date`. */
  readonly date: () => string
  /** How long a connection may be idle between requests, in milliseconds. */
  readonly keepAliveMs: number
}

// A client that sends more than this before it has its answer is not read from until then.
const maxAheadBytes = 64 * 1024

/** Serves a socket whose first input is `first`. */
export function serveConnection(socket: Socket, first: Buffer, deps: ServerConnectionDeps): void {
  new ServerConnection(socket, deps).begin(first)
}

class ServerConnection {
  readonly #socket: Socket
  readonly #deps: ServerConnectionDeps
  /** The answer under way. */
  #response: PlainResponse | undefined
  /** Input that waits for it. */
  #ahead: Buffer | undefined

  constructor(socket: Socket, deps: ServerConnectionDeps) {
    this.#socket = socket
    this.#deps = deps
  }

  begin(first: Buffer): void {
    const socket = this.#socket
    socket.setTimeout(this.#deps.keepAliveMs, this.#timedOut)
    socket.on('close', this.#closed)
    socket.on('drain', this.#drained)
    socket.on('data', this.#data)
    socket.resume()
    this.#data(first)
  }

  readonly #data = (chunk: Buffer) => {
    if (!this.#response) return this.#read(chunk)
    this.#ahead = this.#ahead ? Buffer.concat([this.#ahead, chunk]) : chunk
    if (this.#ahead.length > maxAheadBytes) this.#socket.pause()
  }

  readonly #drained = () => this.#response?.drained()
  readonly #closed = () => this.#response?.left()
  readonly #timedOut = () => {
    if (!this.#response) this.#socket.destroy()
  }

  #read(data: Buffer): void {
    const read = readPlainRequest(data)
    if (!read) return this.#handOver(data)
    if (read.bytes < data.length) this.#ahead = data.subarray(read.bytes)
    const response = new PlainResponse(this.#socket, {
      isHead: read.request.method === 'HEAD',
      keepAlive: read.keepAlive,
      date: this.#deps.date,
      done: () => this.#done(read.keepAlive),
    })
    this.#response = response
    this.#deps.serve(read.request, response)
  }

  #done(keepAlive: boolean): void {
    this.#response = undefined
    if (!keepAlive) {
      this.#socket.end()
      return
    }
    const ahead = this.#ahead
    if (!ahead) return
    this.#ahead = undefined
    if (this.#socket.isPaused()) this.#socket.resume()
    // Not at once: answers that the mesh gives itself would go one level deeper each.
    queueMicrotask(() => {
      if (!this.#socket.destroyed) this.#data(ahead)
    })
  }

  #handOver(data: Buffer): void {
    const socket = this.#socket
    socket.off('data', this.#data).off('close', this.#closed).off('drain', this.#drained).off('timeout', this.#timedOut)
    socket.setTimeout(0)
    socket.pause()
    this.#deps.handOver(socket, data)
  }
}
