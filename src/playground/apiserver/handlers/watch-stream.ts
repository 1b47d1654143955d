/** The connection of one watch: collects what a turn of the event loop brings and writes it at once. */
import type { Call } from './call.ts'

// A client that reads slower than this much is behind is cut off; it resumes from its last version.
const maxBufferedBytes = 32 * 1024 * 1024

/** Sends lines until either side ends it. */
export class WatchStream {
  readonly #call: Call
  #pending: string[] = []
  #ended = false
  readonly #cleanups: (() => void)[] = []

  constructor(call: Call) {
    this.#call = call
    const { response, server } = call
    response.writeHead(200, {
      'content-type': call.form.mediaType === 'application/json' ? 'application/json' : call.form.mediaType,
      'cache-control': 'no-cache, private',
    })
    response.flushHeaders()
    const onClose = () => this.end()
    response.on('close', onClose)
    response.on('error', onClose)
    server.closing.addEventListener('abort', onClose, { once: true })
    this.onEnd(() => server.closing.removeEventListener('abort', onClose))
  }

  /** Sends one line soon; undefined is nothing to send. */
  send(line: string | undefined): void {
    if (line === undefined || this.#ended) return
    this.#pending.push(line)
    if (this.#pending.length === 1) setImmediate(() => this.#write())
  }

  /** Writes what is waiting and closes the connection's stream. */
  end(): void {
    if (this.#ended) return
    this.#write()
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

  #write(): void {
    const pending = this.#pending
    this.#pending = []
    const { response } = this.#call
    if (pending.length === 0 || this.#ended || response.destroyed) return
    // What it is behind before this write counts: the state that a watch begins with may be larger at once.
    const isTooSlow = response.writableLength > maxBufferedBytes
    response.write(pending.length === 1 ? pending[0] : pending.join(''))
    if (isTooSlow) response.destroy()
  }
}
