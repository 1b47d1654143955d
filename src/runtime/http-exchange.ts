/** One request and its whole answer, without the stream in between, which costs more than all the rest of a small answer. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import type { Deadline } from './deadline.ts'

/** The body is longer than it may be. */
export class AnswerTooLongError extends Error {
  override readonly name = 'AnswerTooLongError'
  readonly reason = 'AnswerTooLong'
}

/** The head of an answer and its text. */
export interface Exchange {
  readonly statusCode: number
  readonly headers: IncomingHttpHeaders
  /** The body, read as UTF-8. */
  readonly text: string
  /** Why `text` is only the beginning of the body; absent: it is all of it. */
  readonly problem?: Error
}

/** A request; `maxBytes` bounds the answer's body by its status code. */
export interface ExchangeOptions extends Dispatcher.DispatchOptions {
  readonly deadline: Pick<Deadline, 'onEnd'>
  readonly maxBytes: (statusCode: number) => number
}

/** Sends a request and reads the answer. Throws the deadline's reason, or what undici throws where there is no head. */
export function exchange(
  dispatcher: Dispatcher,
  { deadline, maxBytes, ...options }: ExchangeOptions,
): Promise<Exchange> {
  const { promise, resolve, reject } = Promise.withResolvers<Exchange>()
  let running: Dispatcher.DispatchController | undefined
  let head: Pick<Exchange, 'statusCode' | 'headers'> | undefined
  let chunks: Buffer[] = []
  let bytesLeft = 0
  let stopped: { readonly reason: unknown } | undefined
  const end = (problem?: Error) => {
    if (head) resolve({ ...head, text: textOf(chunks), ...(problem ? { problem } : {}) })
    else reject(problem)
    chunks = []
  }
  deadline.onEnd(reason => {
    stopped = { reason }
    reject(reason)
    running?.abort(reason as Error) // Whoever gives up says why with one.
  })
  if (stopped) return promise
  dispatcher.dispatch(options, {
    onRequestStart(controller) {
      running = controller
      if (stopped) controller.abort(stopped.reason as Error)
    },
    onResponseStart(_, statusCode, headers) {
      // One of the kind that announces another.
      if (statusCode < 200) return
      head = { statusCode, headers }
      bytesLeft = maxBytes(statusCode)
    },
    onResponseData(controller, chunk) {
      chunks.push(chunk.length > bytesLeft ? chunk.subarray(0, bytesLeft) : chunk)
      bytesLeft -= chunk.length
      if (bytesLeft >= 0) return
      const tooLong = new AnswerTooLongError(`the answer is longer than ${maxBytes(head?.statusCode ?? 0)} bytes`)
      end(tooLong)
      controller.abort(tooLong)
    },
    onResponseEnd: () => end(),
    onResponseError: (_, error) => end(error),
  })
  return promise
}

function textOf(chunks: readonly Buffer[]): string {
  const [first, ...others] = chunks
  return others.length === 0 ? (first?.toString('utf8') ?? '') : Buffer.concat(chunks).toString('utf8')
}
