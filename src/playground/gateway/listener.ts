/** A port that speaks HTTP/1.1 and HTTP/2 without TLS, told apart by the preface (RFC 9113, 3.4). */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { createServer as createTcpServer, type Socket } from 'node:net'
import type { Clock } from '../../runtime/clock.ts'
import { createServer } from '../../runtime/node-http.ts'
import { serveConnection } from './http1/server-connection.ts'
import { type InboundRequest, NodeInbound, type OutboundResponse } from './inbound.ts'

/** A port could not be opened; the message names it and says what to set. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
  readonly reason = 'ListenFailed'
}

/** An open port. */
export interface Listener {
  readonly address: string
  readonly port: number
  /** Breaks all connections and closes the port. */
  close(): Promise<void>
}

/** Bounds for clients that send slowly or never finish. */
export interface ListenLimits {
  /** Until the first byte. */
  readonly idleMs: number
  /** Until the headers are complete. */
  readonly headersMs: number
  /** Between two requests. */
  readonly keepAliveMs: number
}

// Generous for slow machines.
const defaultLimits: ListenLimits = { idleMs: 15_000, headersMs: 15_000, keepAliveMs: 60_000 }
const maxHeaderBytes = 96 * 1024

/** Opens a port; 0 takes a free one. `setting` is what the user sets to choose it. Throws {@link ListenError}. */
export async function listen(
  options: {
    readonly clock: Clock
    readonly address: string
    readonly port: number
    readonly setting: string
    readonly limits?: Partial<ListenLimits>
    /** Takes connections that begin with anything but HTTP; absent: they get an error in HTTP. */
    readonly other?: (socket: Socket, first: Buffer) => void
  },
  serve: (request: InboundRequest, response: OutboundResponse) => void,
): Promise<Listener> {
  const { idleMs, headersMs, keepAliveMs } = { ...defaultLimits, ...options.limits }
  // The compatibility API of HTTP/2 stands in for HTTP/1's classes: only what both have is used behind it.
  const serveNode = (request: IncomingMessage, response: ServerResponse) => serve(new NodeInbound(request), response)
  const date = cachedDate(options.clock)
  // Most connections need neither; they are made when the first one does.
  const http1 = once(() => {
    const made = createServer(http1Options, serveNode)
    // It gets its connections from the TCP server, so nothing else tells it to watch over their time limits.
    made.emit('listening')
    return made
  })
  const http2 = once(() => createHttp2Server({ settings: { maxHeaderListSize: maxHeaderBytes } }, serveNode as never))
  const http1Options = {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: headersMs,
    // A long upload may take its time; Node would end it after five minutes.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(headersMs, 5_000),
    noDelay: true,
    keepAliveTimeout: keepAliveMs,
  }
  const handOver = (socket: Socket, data: Buffer) => {
    socket.unshift(data)
    http1.get().emit('connection', socket)
    socket.resume()
  }
  const sockets = new Set<Socket>()
  const connections = { serve, handOver, date, keepAliveMs }
  const server = createTcpServer({ noDelay: true }, socket => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    socket.setTimeout(idleMs, () => socket.destroy())
    socket.once('readable', () => {
      const first: Buffer | null = socket.read()
      if (!first) return
      socket.setTimeout(0)
      socket.removeAllListeners('timeout')
      if (options.other && !looksLikeHttp(first)) return options.other(socket, first)
      if (first.toString('latin1', 0, 4) !== 'PRI ') return serveConnection(socket, first, connections)
      socket.unshift(first)
      http2.get().emit('connection', socket)
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', cause => {
      const where = `${options.address}:${options.port}`
      reject(
        new ListenError(`cannot listen on ${where} (${cause.message}); choose another with ${options.setting}`, {
          cause,
        }),
      )
    })
    server.listen(options.port, options.address, resolve)
  })
  const bound = server.address()
  return {
    address: options.address,
    port: typeof bound === 'object' && bound ? bound.port : options.port,
    close() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      http1.made()?.close()
      return closed
    },
  }
}

/** Makes a value when it is first asked for. */
function once<T>(make: () => T): { readonly get: () => T; readonly made: () => T | undefined } {
  let made: T | undefined
  return {
    get() {
      made ??= make()
      return made
    },
    made: () => made,
  }
}

/** The header `date`, which has whole seconds, made once in each. */
function cachedDate(clock: Clock): () => string {
  let second = Number.NaN
  let text = ''
  return () => {
    const now = clock.now()
    const nowSecond = Math.floor(now.getTime() / 1000)
    if (nowSecond !== second) {
      second = nowSecond
      text = now.toUTCString()
    }
    return text
  }
}

/** Whether the first bytes of a connection are those of a request of HTTP/1.1 or of HTTP/2's preface. */
function looksLikeHttp(first: Buffer): boolean {
  return /^[A-Z]+( |$)/.test(first.toString('latin1', 0, 16))
}
