/** A small HTTP server with bounds: for metrics, health and webhooks. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Clock } from './clock.ts'
import type { Logger } from './log.ts'
import { createServer as createHttpServer } from './node-http.ts'

/** Answers one request. A throw becomes a 500 (or the code of an {@link HttpError}) unless the answer has begun. */
export type HttpHandler = (request: IncomingMessage, response: ServerResponse, signal: AbortSignal) => Promise<void>

/** What a server shows to prove who it is. */
export interface ServingCertificate {
  readonly certPem: string
  readonly keyPem: string
}

/** A running server. */
export interface HttpServer {
  /** `http://127.0.0.1:8080`, with the port that was taken. */
  readonly url: string
  readonly port: number
  /** Shows this certificate to callers that come from now on. Only where the server was started with one. */
  useCertificate(tls: ServingCertificate): void
  /** Takes no more requests and waits this long for those under way, then cuts them off. Default 5,000 ms. */
  close(graceMs?: number): Promise<void>
}

/** An answer with a code of its own; the message is sent to the caller. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly reason = 'HttpError'
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** Options of {@link startHttpServer}. */
export interface HttpServerOptions {
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Default 0: any free one. */
  readonly port?: number
  readonly tls?: ServingCertificate
  readonly handler: HttpHandler
  readonly clock: Clock
  readonly log: Logger
}

/** How long a caller may take to send a request. Metrics and webhooks are small. */
const requestTimeoutMs = 30_000
const defaultGraceMs = 5_000

/** Starts a server; rejects where the address cannot be taken. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { host = '127.0.0.1', port = 0, tls, handler, clock, log } = options
  const limits = { requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs, keepAliveTimeout: 30_000 }
  const answer = (request: IncomingMessage, response: ServerResponse) => void respond(handler, request, response, log)
  const secure = tls && createHttpsServer({ ...limits, cert: tls.certPem, key: tls.keyPem }, answer)
  const server = secure ?? createHttpServer(limits, answer)
  await listen(server, port, host)
  const address = server.address() as AddressInfo // It listens on TCP, as `listen` has just asked it to.
  const shownHost = host.includes(':') ? `[${host}]` : host
  return {
    url: `${tls ? 'https' : 'http'}://${shownHost}:${address.port}`,
    port: address.port,
    useCertificate: ({ certPem, keyPem }) => secure?.setSecureContext({ cert: certPem, key: keyPem }),
    close: (graceMs = defaultGraceMs) => closeServer(server, clock, graceMs),
  }
}

/**
 * Reads a request's body.
 * @throws HttpError 413 where it is longer than `maxBytes`
 */
export async function readRequestBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new HttpError(413, `the body is longer than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, bytes)
}

/** Sends a whole text as the answer. */
export function sendText(
  response: ServerResponse,
  code: number,
  text: string,
  contentType = 'text/plain; charset=utf-8',
) {
  response.writeHead(code, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

/** Sends a whole value as JSON. */
export function sendJson(response: ServerResponse, code: number, value: unknown) {
  sendText(response, code, `${JSON.stringify(value)}\n`, 'application/json')
}

async function respond(handler: HttpHandler, request: IncomingMessage, response: ServerResponse, log: Logger) {
  const gone = new AbortController()
  response.once('close', () => gone.abort(new Error('the caller has gone')))
  // Broken connections show as errors on both; there is nobody left to tell.
  request.on('error', () => {})
  response.on('error', () => {})
  try {
    await handler(request, response, gone.signal)
    if (!response.writableEnded) response.end()
  } catch (error) {
    if (gone.signal.aborted) return
    const code = error instanceof HttpError ? error.code : 500
    if (code >= 500) log.error('request failed', { method: request.method, path: request.url?.split('?')[0], error })
    if (response.headersSent) return void response.destroy()
    // What is left of a refused body is not read, so the connection cannot be used again.
    response.setHeader('connection', 'close')
    sendText(response, code, `${code >= 500 ? 'internal error' : (error as Error).message}\n`)
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function closeServer(server: Server, clock: Clock, graceMs: number): Promise<void> {
  return new Promise(resolve => {
    const cancel = clock.setTimer(() => server.closeAllConnections(), graceMs)
    server.close(() => {
      cancel()
      resolve()
    })
    server.closeIdleConnections()
  })
}
