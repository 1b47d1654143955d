/** Writing answers. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Json } from '../../../apimachinery/meta.ts'
import { internalError, StatusError } from '../status-error.ts'

/** A finished answer. `text` wins over `value`; with neither the body is empty. */
export interface Answer {
  readonly code: number
  /** A body that is encoded already. */
  readonly text?: string
  readonly value?: unknown
  /** Wins over both. */
  readonly bytes?: Buffer
  /** Absent: JSON. */
  readonly mediaType?: string
  readonly headers?: Readonly<Record<string, string>>
}

// Below this the packing costs more than it saves (the real server's defaultGzipThresholdBytes).
const gzipThresholdBytes = 128 * 1024
const compress = promisify(gzip)

/** Sends an answer; packs it when it is large and the caller accepts that. */
export async function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  warnings: readonly string[] = [],
): Promise<void> {
  if (response.destroyed) return
  const body = await encode(answer)
  const headers: Record<string, string | number | string[]> = {
    'cache-control': 'no-cache, private',
    'content-type': answer.mediaType ?? 'application/json',
    ...answer.headers,
  }
  // RFC 7234 5.5 as the API uses it: 299, an unnamed agent, the text quoted.
  if (warnings.length > 0) headers['warning'] = warnings.map(text => `299 - ${quoteWarning(text)}`)
  if (body.length >= gzipThresholdBytes && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) {
    const packed = await compress(body, { level: 1 })
    if (response.destroyed) return
    response.writeHead(answer.code, { ...headers, 'content-encoding': 'gzip', 'content-length': packed.length })
    response.end(packed)
    return
  }
  headers['content-length'] = Buffer.byteLength(body)
  response.writeHead(answer.code, headers)
  response.end(body)
}

async function encode(answer: Answer): Promise<string | Buffer> {
  if (answer.bytes) return answer.bytes
  const isYaml = answer.mediaType === 'application/yaml'
  if (answer.text !== undefined && !isYaml) return answer.text
  if (!isYaml) return answer.value === undefined ? '' : JSON.stringify(answer.value)
  const { toYaml } = await import('../../../apimachinery/yaml.ts')
  const value: Json = answer.text === undefined ? (answer.value as Json) : JSON.parse(answer.text)
  return toYaml(value, { sortKeys: true })
}

function quoteWarning(text: string): string {
  const printable = text.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ')
  return `"${printable.replaceAll(/[\\"]/g, '\\$&')}"`
}

/** The answer for paths that lead nowhere, which is no Status on the real server either. */
export const notFoundPage: Answer = {
  code: 404,
  text: '404 page not found\n',
  mediaType: 'text/plain; charset=utf-8',
  headers: { 'x-content-type-options': 'nosniff' },
}

/** The answer for an error: its Status, or 500 for what is not one. */
export function errorAnswer(error: unknown): Answer {
  const status =
    error instanceof StatusError
      ? error.status
      : internalError(error instanceof Error ? error.message : String(error)).status
  const retryAfterSeconds = status.details?.retryAfterSeconds
  return {
    code: status.code,
    value: status,
    ...(retryAfterSeconds ? { headers: { 'retry-after': String(retryAfterSeconds) } } : {}),
  }
}
