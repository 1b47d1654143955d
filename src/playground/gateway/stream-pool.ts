/** Requests whose bodies are still coming when they are sent on: undici knows how to pass a stream on under pressure. */
import type { IncomingMessage } from 'node:http'
import type { Dispatcher } from 'undici'
import { Pool } from '../../runtime/undici.ts'
import type { Endpoint } from './config.ts'
import {
  type AnswerHandler,
  ConnectError,
  type OutgoingRequest,
  ResetError,
  type Sent,
} from './http1/connection-pool.ts'

/** Connections to one endpoint. */
export class StreamPool {
  readonly #pool: Pool

  constructor(
    { address, port }: Endpoint,
    limits: { readonly maxConnections: number; readonly connectTimeoutMs: number },
  ) {
    this.#pool = new Pool(`http://${address}:${port}`, {
      connections: limits.maxConnections,
      pipelining: 1,
      connect: { timeout: limits.connectTimeoutMs },
      // The rule's timeout decides, not the connection's.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: 96 * 1024,
    })
  }

  /** Sends a request with the body that `stream` gives. */
  send(request: OutgoingRequest, stream: IncomingMessage, handler: AnswerHandler): Sent {
    const { method, path, headers } = request
    const exchange = new Streamed(handler)
    try {
      this.#pool.dispatch(
        { path, method: method as Dispatcher.HttpMethod, headers: [...headers], body: stream }, // any token is a method
        exchange,
      )
    } catch (error) {
      exchange.onResponseError(undefined, error instanceof Error ? error : new Error(String(error)))
    }
    return exchange
  }

  close(): Promise<void> {
    return this.#pool.close()
  }

  destroy(): Promise<void> {
    return this.#pool.destroy()
  }
}

class Streamed implements Dispatcher.DispatchHandler, Sent {
  readonly #handler: AnswerHandler
  #controller: Dispatcher.DispatchController | undefined
  #aborted = false

  constructor(handler: AnswerHandler) {
    this.#handler = handler
  }

  abort(): void {
    this.#aborted = true
    this.#controller?.abort(new Error('no longer wanted'))
  }

  pause(): void {
    this.#controller?.pause()
  }

  resume(): void {
    this.#controller?.resume()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#aborted) controller.abort(new Error('no longer wanted'))
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status >= 200 && !this.#aborted) this.#handler.started(status, rawHeadersOf(controller))
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    if (!this.#aborted) this.#handler.data(chunk)
  }

  onResponseEnd(): void {
    if (!this.#aborted) this.#handler.ended()
  }

  onResponseError(_controller: unknown, error: Error): void {
    if (this.#aborted) return
    const { message } = error
    const isConnect = isConnectError(error)
    this.#handler.failed(
      isConnect ? new ConnectError(message, { cause: error }) : new ResetError(message, { cause: error }),
    )
  }
}

function rawHeadersOf(controller: Dispatcher.DispatchController): string[] {
  const raw = controller.rawHeaders
  return Array.isArray(raw) ? raw.map(part => (typeof part === 'string' ? part : part.toString('latin1'))) : []
}

function isConnectError(error: Error): boolean {
  const code = 'code' in error ? String(error.code) : ''
  return /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT)$/.test(code)
}
