/** The connection of one watch. */
import type { Call } from './call.ts'
import { chunkOf, type Flushable } from './watch-hub.ts'

// A client that reads slower than this much is behind is cut off; it resumes from its last version.
const maxBufferedBytes = 32 * 1024 * 1024

/** Sends chunks until either side ends it. */
export class WatchStream implements Flushable {
  readonly #call: Call
  #pending: Buffer[] = []
  #ended = false
  readonly #cleanups: (() => void)[] = []

  constructor(call: Call) {
    this.#call = call
    const { response, server } = call
    response.writeHead(200, {
      'content-type': call.form.mediaType,
      'cache-control': 'no-cache, private',
      'transfer-encoding': 'chunked',
    })
    response.flushHeaders()
    const onClose = () => this.end()
    response.on('close', onClose)
    response.on('error', onClose)
    server.closing.addEventListener('abort', onClose, { once: true })
    this.onEnd(() => server.closing.removeEventListener('abort', onClose))
  }

  /** Sends a chunk (see {@link chunkOf}) or a line soon; undefined is nothing to send. */
  send(part: Buffer | string | undefined): void {
    if (part === undefined || this.#ended) return
    this.#pending.push(typeof part === 'string' ? chunkOf(part) : part)
    if (this.#pending.length === 1) this.#call.server.watches.schedule(this)
  }

  /** Writes what is waiting and closes the connection's stream. */
  end(): void {
    if (this.#ended) return
    this.flush()
    this.#ended = true
    for (const cleanup of this.#cleanups) cleanup()
    if (!this.#call.response.writableEnded) this.#call.response.end()
  }

  /** Calls `cleanup` when the stream ends. */
  onEnd(cleanup: () => void): void {
    if (this.#ended) cleanup()
    else this.#cleanups.push(cleanup)
  }

  /** Calls `action` once after `delayMs`, unless the stream has ended by then. */
  after(delayMs: number, action: () => void): void {
    this.onEnd(this.#call.server.clock.setTimer(action, delayMs))
  }

  /** Calls `action` again and again until the stream ends. */
  every(periodMs: number, action: () => void): void {
    let cancel = () => {}
    const schedule = () => {
      cancel = this.#call.server.clock.setTimer(() => {
        action()
        schedule()
      }, periodMs)
    }
    schedule()
    this.onEnd(() => cancel())
  }

  flush(): void {
    const pending = this.#pending
    this.#pending = []
    const { response } = this.#call
    // The chunks are written past the response, which would divide and copy each of them again.
    const { socket } = response
    if (pending.length === 0 || this.#ended || response.destroyed || !socket) return
    const [first] = pending
    socket.write(pending.length === 1 && first ? first : Buffer.concat(pending))
    if (socket.writableLength > maxBufferedBytes) response.destroy()
  }
}
