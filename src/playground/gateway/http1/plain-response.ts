/** Writes an answer onto a socket: the head goes out with the first of the body, in one piece where it is short. */
import type { Socket } from 'node:net'
import { STATUS_CODES } from '../../../runtime/node-http.ts'
import type { OutboundResponse } from '../inbound.ts'

/** What a response needs to know. */
export interface PlainResponseOptions {
  /** The request was HEAD: there is no body, whatever the headers say. */
  readonly isHead: boolean
  readonly keepAlive: boolean
  readonly date: () => string
  /** Called once, when the whole answer has been written. */
  readonly done: () => void
}

// Up to this size copying a body into the head's string is cheaper than a second buffer for the system call.
const maxJoinedBytes = 16 * 1024

/** One answer. */
export class PlainResponse implements OutboundResponse {
  headersSent = false
  readonly #socket: Socket
  readonly #options: PlainResponseOptions
  #head = ''
  #status = 200
  #hasLength = false
  #isChunked = false
  #isOver = false
  #onClose: (() => void) | undefined
  #onDrain: (() => void) | undefined

  constructor(socket: Socket, options: PlainResponseOptions) {
    this.#socket = socket
    this.#options = options
  }

  writeHead(status: number, headers: readonly string[]): void {
    this.#status = status
    let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n`
    let hasDate = false
    for (let at = 0; at + 1 < headers.length; at += 2) {
      const name = headers[at] ?? ''
      if (name.length === 14 && name.toLowerCase() === 'content-length') this.#hasLength = true
      else if (name.length === 4 && name.toLowerCase() === 'date') hasDate = true
      head += `${name}: ${headers[at + 1]}\r\n`
    }
    if (!hasDate) head += `date: ${this.#options.date()}\r\n`
    if (!this.#options.keepAlive) head += 'connection: close\r\n'
    this.#head = head
    this.headersSent = true
  }

  write(chunk: Buffer): boolean {
    if (this.#isOver || this.#hasNoBody() || chunk.length === 0) return true
    const isFirst = this.#head !== ''
    if (isFirst && !this.#hasLength) this.#frameByChunks()
    const size = this.#isChunked ? `${chunk.length.toString(16)}\r\n` : ''
    const end = this.#isChunked ? '\r\n' : ''
    const before = isFirst ? `${this.#takeHead()}${size}` : size
    if (chunk.length <= maxJoinedBytes) {
      return this.#socket.write(`${before}${chunk.toString('latin1')}${end}`, 'latin1')
    }
    this.#socket.cork()
    if (before !== '') this.#socket.write(before, 'latin1')
    const mayGoOn = this.#socket.write(chunk)
    if (end !== '') this.#socket.write(end, 'latin1')
    this.#socket.uncork()
    return mayGoOn
  }

  end(body?: string): void {
    if (this.#isOver) return
    const bytes = body === undefined || this.#hasNoBody() ? '' : Buffer.from(body, 'utf8').toString('latin1')
    if (this.#head !== '') {
      // The whole body is known here, so its length is.
      if (!this.#hasLength && this.#status !== 204 && this.#status !== 304 && !(this.#options.isHead && bytes === ''))
        this.#head += `content-length: ${bytes.length}\r\n`
      this.#socket.write(this.#takeHead() + bytes, 'latin1')
    } else if (this.#isChunked) this.#socket.write('0\r\n\r\n', 'latin1')
    this.#isOver = true
    this.#options.done()
  }

  flushHeaders(): void {
    if (this.#head === '' || this.#isOver) return
    if (!this.#hasLength && !this.#hasNoBody()) this.#frameByChunks()
    this.#socket.write(this.#takeHead(), 'latin1')
  }

  destroy(): void {
    this.#isOver = true
    this.#socket.destroy()
  }

  once(event: 'close' | 'drain', listener: () => void): void {
    if (event === 'close') this.#onClose = listener
    else this.#onDrain = listener
  }

  /** The socket takes more again. */
  drained(): void {
    const listener = this.#onDrain
    this.#onDrain = undefined
    listener?.()
  }

  /** The client has gone before the answer was whole. */
  left(): void {
    this.#isOver = true
    this.#onClose?.()
  }

  #hasNoBody(): boolean {
    return this.#options.isHead || this.#status === 204 || this.#status === 304
  }

  #frameByChunks(): void {
    this.#isChunked = true
    this.#head += 'transfer-encoding: chunked\r\n'
  }

  #takeHead(): string {
    const head = `${this.#head}\r\n`
    this.#head = ''
    return head
  }
}
