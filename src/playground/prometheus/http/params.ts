/** Parameters of the HTTP API. */
import { parseDurationMs } from '../promql/text.ts'

/** A request that the API answers 400 `bad_data`. */
export class BadParameterError extends Error {
  override readonly name = 'BadParameterError'
  readonly reason = 'bad_data'
}

/** The parameters of a request: those of its URL and those of its form, which count first. */
export type Parameters = Pick<URLSearchParams, 'get' | 'getAll' | 'has'>

/** A parameter that is wrong, in Prometheus's words. */
export function invalidParameter(name: string, message: string): BadParameterError {
  return new BadParameterError(`invalid parameter "${name}": ${message}`)
}

/** A time in milliseconds, from seconds since 1970 or RFC 3339; `absent` when it is not given. */
export function timeParameter(parameters: Parameters, name: string, absent?: number): number {
  const text = parameters.get(name) ?? ''
  if (text === '' && absent !== undefined) return absent
  const ms = parseTime(text)
  if (ms === undefined) throw invalidParameter(name, `cannot parse "${text}" to a valid timestamp`)
  return ms
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i

function parseTime(text: string): number | undefined {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
    const ms = Math.round(Number(text) * 1000)
    return Number.isSafeInteger(ms) ? ms : undefined
  }
  const ms = rfc3339.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}

/** A duration in milliseconds, from seconds or a duration such as `1m30s`; undefined when it is not given. */
export function durationParameter(parameters: Parameters, name: string): number | undefined {
  const text = parameters.get(name) ?? ''
  if (text === '') return undefined
  const seconds = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined
  const ms = seconds === undefined ? parseDurationMs(text) : Math.round(seconds * 1000)
  if (ms === undefined || !Number.isSafeInteger(ms)) {
    throw invalidParameter(name, `cannot parse "${text}" to a valid duration`)
  }
  return ms
}

/** How many entries of a list to return; undefined for all. */
export function limitParameter(parameters: Parameters): number | undefined {
  const text = parameters.get('limit') ?? ''
  if (text === '') return undefined
  if (!/^\d+$/.test(text)) throw invalidParameter('limit', 'limit must be a non-negative integer')
  return Number(text) || undefined
}
