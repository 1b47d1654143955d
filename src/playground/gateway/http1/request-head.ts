/**
 * Reads requests that are plain and whole: HTTP/1.1, with a body of a known length that is there already, or none. All else
 * (and whatever is odd in any way) is left to Node's parser, which is the judge of what is a request. Pure.
 */
import { type InboundBody, type InboundRequest, maxKeptBodyBytes } from '../inbound.ts'

/** A request, and how many bytes of the input it took. */
export interface ReadRequest {
  readonly request: PlainRequest
  readonly bytes: number
  /** Whether the client wants the connection to stay open. */
  readonly keepAlive: boolean
}

const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
// These ask for more than a plain exchange, or say where a body ends in another way than by its length.
const notPlain: ReadonlySet<string> = new Set(['transfer-encoding', 'expect', 'upgrade', 'http2-settings', 'trailer'])
// Beyond it Node's parser and its limits take over.
const maxHeadBytes = 16 * 1024

/** The first request in `data`; undefined where it is not whole or not plain. */
export function readPlainRequest(data: Buffer): ReadRequest | undefined {
  const text = data.toString('latin1', 0, maxHeadBytes)
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const lineEnd = text.indexOf('\r\n')
  const method = text.slice(0, text.indexOf(' '))
  const url = text.slice(method.length + 1, lineEnd - httpVersion.length)
  if (!methods.has(method) || !text.startsWith(httpVersion, lineEnd - httpVersion.length)) return undefined
  if (!isTarget(url)) return undefined
  const rawHeaders: string[] = []
  const names: string[] = []
  let length = 0
  let keepAlive = true
  let hosts = 0
  for (let at = lineEnd + 2; at < end + 2; ) {
    const next = text.indexOf('\r\n', at)
    const colon = text.indexOf(':', at)
    if (colon <= at || colon > next || !isToken(text, at, colon)) return undefined
    const value = valueBetween(text, colon + 1, next)
    if (value === undefined) return undefined
    const rawName = text.slice(at, colon)
    const name = rawName.toLowerCase()
    if (notPlain.has(name)) return undefined
    if (name === 'host') hosts++
    else if (name === 'content-length') {
      // Twice, or no plain number: what that means is not for us to say.
      if (names.includes(name) || !/^\d{1,6}$/.test(value)) return undefined
      length = Number(value)
    } else if (name === 'connection') {
      if (/^close$/i.test(value)) keepAlive = false
      else if (!/^keep-alive$/i.test(value)) return undefined
    }
    rawHeaders.push(rawName, value)
    names.push(name)
    at = next + 2
  }
  const bodyAt = end + 4
  if (hosts !== 1 || length > maxKeptBodyBytes || data.length < bodyAt + length) return undefined
  const body = length > 0 ? data.subarray(bodyAt, bodyAt + length) : null
  return { request: new PlainRequest(method, url, rawHeaders, names, body), bytes: bodyAt + length, keepAlive }
}

const httpVersion = ' HTTP/1.1'

/** A request that is whole. */
export class PlainRequest implements InboundRequest {
  readonly method: string
  readonly url: string
  readonly rawHeaders: readonly string[]
  /** The lower-case names of `rawHeaders`. */
  readonly #names: readonly string[]
  readonly #body: Buffer | null

  constructor(method: string, url: string, raw: readonly string[], names: readonly string[], body: Buffer | null) {
    this.method = method
    this.url = url
    this.rawHeaders = raw
    this.#names = names
    this.#body = body
  }

  header(name: string): string | undefined {
    let value: string | undefined
    for (let at = 0; at < this.#names.length; at++) {
      if (this.#names[at] !== name) continue
      const one = this.rawHeaders[2 * at + 1] ?? ''
      value = value === undefined ? one : `${value}${name === 'cookie' ? '; ' : ', '}${one}`
    }
    return value
  }

  takeBody(take: (body: InboundBody) => void): void {
    take({ kept: this.#body })
  }

  dropBody(): void {}
}

function isTarget(url: string): boolean {
  if (url === '') return false
  for (let at = 0; at < url.length; at++) {
    const code = url.charCodeAt(at)
    if (code <= 0x20 || code >= 0x7f) return false
  }
  return true
}

/** Whether a part of the text is a token (RFC 9110, 5.6.2). */
function isToken(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at)
    const isLetterOrDigit =
      (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0x30 && code <= 0x39)
    if (!isLetterOrDigit && code !== 0x2d && !"!#$%&'*+.^_`|~".includes(text[at] ?? ' ')) return false
  }
  return true
}

/** The value without the blanks around it; undefined where a control character is in it. */
function valueBetween(text: string, from: number, to: number): string | undefined {
  let first = from
  let last = to
  while (first < last && isBlank(text.charCodeAt(first))) first++
  while (last > first && isBlank(text.charCodeAt(last - 1))) last--
  for (let at = first; at < last; at++) {
    const code = text.charCodeAt(at)
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return undefined
  }
  return text.slice(first, last)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}
