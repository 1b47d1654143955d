/** The provider `prometheus`: instant queries over its HTTP API. */
import { isJsonArray, isJsonObject } from '../apimachinery/json.ts'
import type { Json } from '../apimachinery/meta.ts'
import { exchange, oneOfEach, unreadable } from './exchange.ts'
import { type VectorSeries, whyNoData } from './prometheus-diagnosis.ts'
import {
  basicHeader,
  type MetricProvider,
  ProviderConfigError,
  type ProviderDeps,
  type ProviderOptions,
  type QueryResult,
  requireAddress,
} from './provider.ts'

/** Flagger's. */
const timeoutMs = 5_000

/** A client of one server. @throws ProviderConfigError */
export function newPrometheus(options: ProviderOptions, { http }: ProviderDeps): MetricProvider {
  const { insecureSkipVerify = false } = options
  const endpoint = new URL(requireAddress(options))
  endpoint.pathname = `${endpoint.pathname.replace(/\/+$/, '')}/api/v1/query`
  const headers = oneOfEach([options.headers ?? {}, authorization(options)])

  const urlOf = (query: string) => {
    const url = new URL(endpoint)
    url.searchParams.set('query', query)
    return url.href
  }
  const send = (query: string, signal: AbortSignal) =>
    exchange(
      http,
      { method: 'GET', url: urlOf(query), headers, timeoutMs, insecureSkipVerify },
      status => status < 400,
      signal,
    )
  async function ask(query: string, signal: AbortSignal): Promise<QueryResult> {
    const answer = await send(query, signal)
    return 'problem' in answer
      ? { kind: 'unreachable', message: answer.problem }
      : (resultOf(answer.text) ?? { kind: 'unreachable', message: unreadable(answer.text, endpoint.href) })
  }
  async function series(query: string, signal: AbortSignal): Promise<readonly VectorSeries[] | undefined> {
    const answer = await send(query, signal)
    const vector = 'problem' in answer ? undefined : vectorOf(answer.text)
    return vector === 'matrix' ? undefined : vector
  }
  return {
    async query(query, signal) {
      const result = await ask(query, signal)
      return result.kind === 'noData' ? whyNoData(query, result.reason === 'noTraffic', q => series(q, signal)) : result
    },
    async problem(signal) {
      const result = await ask('vector(1)', signal)
      if (result.kind === 'value') return result.value === 1 ? undefined : `vector(1) gives ${result.value}`
      return result.kind === 'noData' ? 'no values found' : result.message
    },
  }
}

/** A token wins over a user name; a Secret has to hold one of the two. */
function authorization({ type, credentials }: ProviderOptions): Readonly<Record<string, string>> {
  if (!credentials) return {}
  const { token, username, password } = credentials
  if (token) return { authorization: `Bearer ${token}` }
  if (username === undefined) throw new ProviderConfigError(`${type} credentials does not contain a username`)
  if (password === undefined) throw new ProviderConfigError(`${type} credentials does not contain a password`)
  return { authorization: basicHeader(username, password) }
}

/** Upstream takes the last series of several. NaN is what a quotient of nothing gives. Undefined: no answer of Prometheus'. */
function resultOf(text: string): QueryResult | undefined {
  const vector = vectorOf(text)
  if (vector === undefined) return undefined
  if (vector === 'matrix') return { kind: 'unusable', message: 'query returned multiple values' }
  const last = vector.at(-1)
  if (!last) return { kind: 'noData', reason: 'unknown', detail: '' }
  return Number.isNaN(last.value)
    ? { kind: 'noData', reason: 'noTraffic', detail: '' }
    : { kind: 'value', value: last.value }
}

function vectorOf(text: string): readonly VectorSeries[] | 'matrix' | undefined {
  const data = member(parsed(text), 'data')
  const result = member(data, 'result')
  if (!isJsonArray(result)) return undefined
  if (result.some(series => member(series, 'values') !== undefined)) return 'matrix'
  // A scalar is a pair of time and value.
  if (member(data, 'resultType') === 'scalar') return [{ labels: {}, value: numberOf(result[1]) }]
  return result.map(series => {
    const value = member(series, 'value')
    // Labels are texts in Prometheus' answers.
    const labels = (member(series, 'metric') ?? {}) as Readonly<Record<string, string>>
    return { labels, value: numberOf(isJsonArray(value) ? value[1] : undefined) }
  })
}

function numberOf(value: Json | undefined): number {
  if (value === '+Inf') return Number.POSITIVE_INFINITY
  if (value === '-Inf') return Number.NEGATIVE_INFINITY
  return typeof value === 'string' ? Number(value) : Number.NaN
}

function member(value: Json | undefined, key: string): Json | undefined {
  return isJsonObject(value) ? value[key] : undefined
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json // Parsed JSON is that by definition.
  } catch {
    return undefined
  }
}
