/** From an HTTP answer of 400 and above to an {@link ApiError}. */
import type { Status } from '../apimachinery/meta.ts'
import { ApiError } from './client.ts'

/** What proxies and servers mean when they answer without a Status. (apimachinery errors.NewGenericServerResponse) */
const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  409: 'Conflict',
  410: 'Gone',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
}

/** The error of an answer; a body that is not a Status becomes one, with its beginning as the message. */
export function statusFromAnswer(code: number, body: string, retryAfter: string | string[] | undefined): ApiError {
  const status = parseStatus(body) ?? statusOfText(code, body)
  const seconds = Number(retryAfter ?? status.details?.retryAfterSeconds ?? Number.NaN)
  return new ApiError(status, Number.isFinite(seconds) && seconds >= 0 ? { retryAfterMs: seconds * 1000 } : {})
}

/** The Status in an `ERROR` event of a watch. */
export function errorFromEvent(object: unknown): ApiError {
  const status = isStatus(object) ? object : statusOfText(500, JSON.stringify(object ?? null))
  const seconds = status.details?.retryAfterSeconds
  return new ApiError(status, seconds !== undefined ? { retryAfterMs: seconds * 1000 } : {})
}

function parseStatus(body: string): Status | undefined {
  try {
    const parsed: unknown = JSON.parse(body)
    return isStatus(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

function isStatus(value: unknown): value is Status {
  return (
    typeof value === 'object' &&
    value !== null &&
    (value as { kind?: unknown }).kind === 'Status' &&
    typeof (value as { code?: unknown }).code === 'number'
  )
}

function statusOfText(code: number, body: string): Status {
  const excerpt = body.replace(/\s+/g, ' ').trim().slice(0, 200)
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: excerpt ? `the server answered ${code}: ${excerpt}` : `the server answered ${code}`,
    reason: reasons[code] ?? (code >= 500 ? 'InternalError' : 'Unknown'),
    code,
  }
}
