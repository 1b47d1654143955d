/** Connections to one endpoint, over plain sockets: one request at a time on each, kept open between requests. */
import { connect, type Socket } from 'node:net'
import { AnswerError, ResponseParser } from './response-parser.ts'

/** What is sent. The body is whole. */
export interface OutgoingRequest {
  readonly method: string
  readonly path: string
  /** Flat; without anything about the length of the body. */
  readonly headers: readonly string[]
  readonly body: Buffer | null
}

/** Told of the answer: `started`, `data` ..., `ended`; or `failed`, at any time before `ended`. */
export interface AnswerHandler {
  started(status: number, headers: string[]): void
  /** `chunk` may be kept. */
  data(chunk: Buffer): void
  /** No more of the answer is there for the moment. */
  paused(): void
  ended(): void
  failed(error: Error): void
}

/** What the sender may do while a request is under way. */
export interface Sent {
  /** Nothing is told of it any more. */
  abort(): void
  /** Stops and goes on reading the answer. */
  pause(): void
  resume(): void
}

/** The connection could not be made. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError'
  readonly reason = 'ConnectFailed'
}

/** The connection broke before the whole answer was there. */
export class ResetError extends Error {
  override readonly name = 'ResetError'
  readonly reason = 'Reset'
}

/** Bounds of a pool; times in milliseconds. */
export interface PoolOptions {
  readonly host: string
  readonly port: number
  readonly maxConnections: number
  readonly connectTimeoutMs: number
  /** How long an idle connection is kept. */
  readonly keepAliveMs: number
  /** Milliseconds since any moment. */
  readonly nowMs: () => number
  /** What comes is read into it; shared among all connections, since each read is dealt with at once. */
  readonly readBuffer: Uint8Array
}

// A workload that says when it closes an idle connection is asked nothing on it in the last second before.
const keepAliveMarginMs = 1_000

/** See {@link OutgoingRequest}. */
export class ConnectionPool {
  readonly #options: PoolOptions
  readonly #idle: Connection[] = []
  readonly #all = new Set<Connection>()
  /** Requests that wait for a connection, in order. */
  readonly #waiting: Waiting[] = []
  #closing: (() => void) | undefined

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** Sends a request on an idle connection, a new one, or the first that becomes free. */
  send(request: OutgoingRequest, handler: AnswerHandler): Sent {
    const connection = this.#take()
    if (connection) {
      connection.send(request, handler)
      return connection.sent(handler)
    }
    const waiting = new Waiting(request, handler)
    this.#waiting.push(waiting)
    return waiting
  }

  /** Takes no more requests; resolves when those under way have ended. */
  close(): Promise<void> {
    return new Promise(resolve => {
      this.#closing = resolve
      for (const connection of [...this.#idle]) connection.destroy()
      this.#closed()
    })
  }

  /** Breaks everything. */
  destroy(): void {
    for (const { handler } of this.#waiting.splice(0)) handler.failed(new ResetError('the mesh is closing'))
    for (const connection of [...this.#all]) connection.destroy()
  }

  #take(): Connection | undefined {
    const nowMs = this.#options.nowMs()
    for (let last = this.#idle.pop(); last; last = this.#idle.pop()) {
      if (last.usableUntilMs > nowMs) return last
      last.destroy()
    }
    if (this.#all.size >= this.#options.maxConnections) return undefined
    const made = new Connection(this.#options, {
      free: connection => this.#free(connection),
      gone: connection => this.#gone(connection),
    })
    this.#all.add(made)
    return made
  }

  #free(connection: Connection): void {
    const next = this.#next()
    if (next) next.start(connection)
    else if (this.#closing) connection.destroy()
    else this.#idle.push(connection)
  }

  #gone(connection: Connection): void {
    this.#all.delete(connection)
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
    const next = this.#next()
    const fresh = next && this.#take()
    if (fresh) next.start(fresh)
    this.#closed()
  }

  #next(): Waiting | undefined {
    for (let first = this.#waiting.shift(); first; first = this.#waiting.shift()) if (!first.isAborted) return first
    return undefined
  }

  #closed(): void {
    if (this.#all.size === 0 && this.#waiting.length === 0) this.#closing?.()
  }
}

/** A request in the queue, and later on its connection. */
class Waiting implements Sent {
  readonly handler: AnswerHandler
  isAborted = false
  readonly #request: OutgoingRequest
  #sent: Sent | undefined

  constructor(request: OutgoingRequest, handler: AnswerHandler) {
    this.#request = request
    this.handler = handler
  }

  start(connection: Connection): void {
    connection.send(this.#request, this.handler)
    this.#sent = connection.sent(this.handler)
  }

  abort(): void {
    this.isAborted = true
    this.#sent?.abort()
  }

  pause(): void {
    this.#sent?.pause()
  }

  resume(): void {
    this.#sent?.resume()
  }
}

interface Owner {
  free(connection: Connection): void
  gone(connection: Connection): void
}

class Connection {
  usableUntilMs = Number.POSITIVE_INFINITY
  readonly #options: PoolOptions
  readonly #owner: Owner
  readonly #socket: Socket
  readonly #parser: ResponseParser
  #handler: AnswerHandler | undefined
  #isConnected = false
  #isOver = false
  /** The answer ended during this piece of input; undefined: it has not. */
  #ended: { readonly reusable: boolean } | undefined

  constructor(options: PoolOptions, owner: Owner) {
    const { host, port, connectTimeoutMs, keepAliveMs } = options
    this.#options = options
    this.#owner = owner
    this.#parser = new ResponseParser({
      answerStarts: (status, headers) => this.#starts(status, headers),
      answerData: bytes => this.#handler?.data(Buffer.from(bytes)),
      answerEnds: reusable => {
        this.#ended = { reusable }
      },
    })
    const callback = (count: number, buffer: Uint8Array) => {
      this.#read(Buffer.from(buffer.buffer, buffer.byteOffset, count))
      return true
    }
    const socket = connect({ host, port, noDelay: true, onread: { buffer: options.readBuffer, callback } })
    this.#socket = socket
    socket.setTimeout(connectTimeoutMs, () => this.#timedOut())
    socket.once('connect', () => {
      this.#isConnected = true
      socket.setTimeout(keepAliveMs)
    })
    socket.once('end', () => this.#inputEnds())
    socket.once('error', error => this.#fail(error))
    socket.once('close', () => this.#fail(new Error('the connection was closed')))
  }

  send({ method, path, headers, body }: OutgoingRequest, handler: AnswerHandler): void {
    this.#handler = handler
    this.#parser.expect(method)
    let head = `${method} ${path} HTTP/1.1\r\n`
    for (let at = 0; at + 1 < headers.length; at += 2) head += `${headers[at]}: ${headers[at + 1]}\r\n`
    if (body) head += `content-length: ${body.length}\r\n`
    else if (method === 'POST' || method === 'PUT' || method === 'PATCH') head += 'content-length: 0\r\n'
    head += '\r\n'
    if (body) {
      this.#socket.cork()
      this.#socket.write(head, 'latin1')
      this.#socket.write(body)
      this.#socket.uncork()
    } else this.#socket.write(head, 'latin1')
  }

  /** The way to stop what `handler` was told of; it does nothing once that is over. */
  sent(handler: AnswerHandler): Sent {
    const isCurrent = () => this.#handler === handler
    return {
      abort: () => {
        if (!isCurrent()) return
        this.#handler = undefined
        this.destroy()
      },
      pause: () => void (isCurrent() && this.#socket.pause()),
      resume: () => void (isCurrent() && this.#socket.resume()),
    }
  }

  destroy(): void {
    this.#fail(new Error('no longer wanted'))
  }

  #read(bytes: Buffer): void {
    try {
      this.#parser.take(bytes)
    } catch (error) {
      if (!(error instanceof AnswerError)) throw error
      // The answer that was whole before is good; the connection is not.
      if (this.#ended) this.#ended = { reusable: false }
      else return this.#fail(error)
    }
    if (this.#ended) this.#finish()
    else this.#handler?.paused()
  }

  #starts(status: number, headers: string[]): void {
    this.usableUntilMs = keptUntilMs(headers, this.#options.nowMs())
    this.#handler?.started(status, headers)
  }

  #finish(): void {
    const handler = this.#handler
    const reusable = this.#ended?.reusable ?? false
    this.#ended = undefined
    this.#handler = undefined
    if (reusable && !this.#isOver) this.#owner.free(this)
    else this.destroy()
    handler?.ended()
  }

  #inputEnds(): void {
    if (this.#parser.close() && this.#ended) this.#finish()
    else this.#fail(new Error('the workload closed the connection'))
  }

  #timedOut(): void {
    if (!this.#isConnected) this.#fail(new Error('connection timeout'))
    // While an answer is awaited the rule's time limit counts, not the connection's.
    else if (!this.#handler) this.destroy()
  }

  #fail(cause: Error): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#socket.destroy()
    this.#socket.on('error', () => {})
    const handler = this.#handler
    this.#handler = undefined
    this.#owner.gone(this)
    handler?.failed(
      this.#isConnected ? new ResetError(cause.message, { cause }) : new ConnectError(cause.message, { cause }),
    )
  }
}

/** Until when a connection may be used, by the answer's `keep-alive: timeout=SECONDS`. */
function keptUntilMs(headers: readonly string[], nowMs: number): number {
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] ?? ''
    if (name.length !== keepAlive.length || name.toLowerCase() !== keepAlive) continue
    const seconds = /(?:^|[,;\s])timeout=(\d+)/i.exec(headers[at + 1] ?? '')?.[1]
    if (seconds !== undefined) return nowMs + Math.max(0, Number(seconds) * 1000 - keepAliveMarginMs)
  }
  return Number.POSITIVE_INFINITY
}

const keepAlive = 'keep-alive'
