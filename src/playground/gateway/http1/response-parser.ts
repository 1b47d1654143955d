/** Reads the answers on one connection to a workload, piece by piece (RFC 9112). Knows no socket. */

/** What an answer consists of, in order: one start, data, one end. */
export interface AnswerEvents {
  /** `headers` are flat: name, value, ... */
  answerStarts(status: number, headers: string[]): void
  /** `bytes` is valid during the call only. */
  answerData(bytes: Buffer): void
  /** `reusable`: the connection may carry another request. */
  answerEnds(reusable: boolean): void
}

/** What came is no answer; the connection is of no use any more. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError'
  readonly reason = 'InvalidAnswer'
}

const maxHeadBytes = 96 * 1024
const maxChunkLine = 1024

type State = 'idle' | 'head' | 'length' | 'untilClose' | 'chunkLine' | 'chunkData' | 'chunkEnd' | 'trailers'

/** One a connection. Answers are read one at a time: {@link expect} comes before each. */
export class ResponseParser {
  readonly #events: AnswerEvents
  #state: State = 'idle'
  /** What came of a head or a line that is not whole yet. */
  #text = ''
  /** Bytes of the body, or of the chunk, that are still to come. */
  #left = 0
  #isHead = false
  #reusable = true

  constructor(events: AnswerEvents) {
    this.#events = events
  }

  /** A request with this method has been sent. */
  expect(method: string): void {
    this.#state = 'head'
    this.#text = ''
    this.#isHead = method === 'HEAD'
  }

  /** Takes what came. Throws {@link AnswerError}. */
  take(bytes: Buffer): void {
    let at = 0
    while (at < bytes.length) at = this.#step(bytes, at)
  }

  /** The workload has closed the connection; true where that ends an answer as it may. */
  close(): boolean {
    if (this.#state !== 'untilClose') return false
    this.#end(false)
    return true
  }

  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case 'idle':
        throw new AnswerError('an answer that nobody asked for')
      case 'head':
        return this.#head(bytes, at)
      case 'untilClose':
        this.#events.answerData(bytes.subarray(at))
        return bytes.length
      case 'length':
      case 'chunkData': {
        const end = Math.min(bytes.length, at + this.#left)
        this.#left -= end - at
        const isWhole = this.#left === 0
        this.#events.answerData(bytes.subarray(at, end))
        if (isWhole && this.#state === 'length') this.#end(this.#reusable)
        else if (isWhole && this.#state === 'chunkData') this.#state = 'chunkEnd'
        return end
      }
      case 'chunkLine':
      case 'chunkEnd':
      case 'trailers':
        return this.#line(bytes, at)
    }
  }

  #head(bytes: Buffer, at: number): number {
    const before = this.#text.length
    const text = this.#text + bytes.toString('latin1', at)
    const end = text.indexOf('\r\n\r\n', Math.max(0, before - 3))
    if (end > maxHeadBytes || (end < 0 && text.length > maxHeadBytes)) throw new AnswerError('the head is too long')
    if (end < 0) {
      this.#text = text
      return bytes.length
    }
    this.#text = ''
    this.#start(text.slice(0, end))
    return at + end + 4 - before
  }

  #start(head: string): void {
    const [statusLine = '', ...lines] = head.split('\r\n')
    const version = statusLine.charCodeAt(7)
    const status = Number(statusLine.slice(9, 12))
    if (!/^HTTP\/1\.[01] \d{3}( |$)/.test(statusLine)) throw new AnswerError('the first line is no status line')
    // Informational answers are for this hop; the real one follows. Nobody asked to switch protocols.
    if (status < 200) {
      if (status === 101) throw new AnswerError('an upgrade that nobody asked for')
      return
    }
    const headers: string[] = []
    let length = -1
    let isChunked = false
    let reusable = version === 0x31
    let hasCoding = false
    for (const line of lines) {
      const colon = line.indexOf(':')
      if (colon <= 0) throw new AnswerError('a line of the head is no header')
      const rawName = line.slice(0, colon)
      const value = line.slice(colon + 1).trim()
      const name = rawName.toLowerCase()
      if (name === 'content-length') {
        if (!/^\d{1,15}$/.test(value) || (length >= 0 && length !== Number(value)))
          throw new AnswerError('the length is no number')
        length = Number(value)
      } else if (name === 'transfer-encoding') {
        hasCoding = true
        isChunked = /(^|,)\s*chunked$/i.test(value)
      } else if (name === 'connection' && /(^|,)\s*close\s*(,|$)/i.test(value)) reusable = false
      headers.push(rawName, value)
    }
    this.#reusable = reusable && !(hasCoding && length >= 0)
    const hasNoBody = this.#isHead || status === 204 || status === 304
    this.#left = hasNoBody ? 0 : length
    this.#state = hasNoBody || (length === 0 && !hasCoding) ? 'idle' : bodyState(isChunked, hasCoding, length)
    this.#events.answerStarts(status, headers)
    if (this.#state === 'idle') this.#end(this.#reusable)
  }

  /** A line of the chunked coding, from `at`; it may have begun in earlier bytes. */
  #line(bytes: Buffer, at: number): number {
    const newline = bytes.indexOf(0x0a, at)
    const end = newline < 0 ? bytes.length : newline + 1
    this.#text += bytes.toString('latin1', at, end)
    if (this.#text.length > (this.#state === 'trailers' ? maxHeadBytes : maxChunkLine))
      throw new AnswerError('a line of a chunk is too long')
    if (newline < 0) return end
    const line = this.#text.replace(/\r?\n$/, '')
    this.#text = ''
    if (this.#state === 'chunkEnd') {
      if (line !== '') throw new AnswerError('a chunk is longer than it says')
      this.#state = 'chunkLine'
    } else if (this.#state === 'trailers') {
      if (line === '') this.#end(this.#reusable)
    } else {
      const [, size] = /^([0-9a-f]{1,12})\s*(;.*)?$/i.exec(line) ?? []
      if (size === undefined) throw new AnswerError('the size of a chunk is no number')
      this.#left = Number.parseInt(size, 16)
      this.#state = this.#left === 0 ? 'trailers' : 'chunkData'
    }
    return end
  }

  #end(reusable: boolean): void {
    this.#state = 'idle'
    this.#events.answerEnds(reusable)
  }
}

function bodyState(isChunked: boolean, hasCoding: boolean, length: number): State {
  if (isChunked) return 'chunkLine'
  return hasCoding || length < 0 ? 'untilClose' : 'length'
}
