/** What the providers of one request and one JSON answer have in common. */
import { isJsonArray, isJsonObject } from '../apimachinery/json.ts'
import type { Json } from '../apimachinery/meta.ts'
import type { OutboundRequest } from '../runtime/http-sender.ts'
import { exchange, oneOfEach, unreadable } from './exchange.ts'
import type { MetricProvider, ProviderDeps, ProviderOptions, QueryResult } from './provider.ts'

/** A request without what all requests of a provider share. */
export type WebRequest = Pick<OutboundRequest, 'url' | 'body'> & {
  readonly method?: OutboundRequest['method']
  readonly headers?: Readonly<Record<string, string>>
}

/** One provider. */
export interface WebProvider {
  readonly options: ProviderOptions
  /** Sent with every request, beside the template's own headers. */
  readonly headers?: Readonly<Record<string, string>>
  /** Default 5,000, as upstream's. */
  readonly timeoutMs?: number
  /** Answers that count. Default: 200. */
  readonly accepts?: (status: number) => boolean
  readonly query: (query: string) => WebRequest
  /** Reads the answer's text; undefined where it is none that this provider gives. */
  readonly read: (text: string) => QueryResult | undefined
  /** A request that is answered when all is well. */
  readonly probe: () => WebRequest
  /** Answers to the probe that count. Default: those that count always. */
  readonly isOnline?: (status: number) => boolean
}

const defaultTimeoutMs = 5_000

/** A provider that sends one request a query. */
export function newWebProvider(shape: WebProvider, { http }: ProviderDeps): MetricProvider {
  const { options, timeoutMs = defaultTimeoutMs, accepts = status => status === 200, isOnline = accepts } = shape
  const { insecureSkipVerify = false } = options
  const send = (
    { method = 'GET', url, headers = {}, body }: WebRequest,
    isAnswer: (status: number) => boolean,
    signal: AbortSignal,
  ) => {
    const all = oneOfEach([options.headers ?? {}, shape.headers ?? {}, headers])
    const sent = { method, url, headers: all, timeoutMs, insecureSkipVerify, ...(body === undefined ? {} : { body }) }
    return exchange(http, sent, isAnswer, signal)
  }
  return {
    async query(query, signal) {
      const request = shape.query(query)
      const answer = await send(request, accepts, signal)
      if ('problem' in answer) return { kind: 'unreachable', message: answer.problem }
      return shape.read(answer.text) ?? { kind: 'unreachable', message: unreadable(answer.text, request.url) }
    },
    async problem(signal) {
      const answer = await send(shape.probe(), isOnline, signal)
      return 'problem' in answer ? answer.problem : undefined
    },
  }
}

/** Nothing was measured, and nobody knows why. */
export const noData: QueryResult = { kind: 'noData', reason: 'unknown', detail: '' }

/** A number, or a text that is one, is a value; anything else is no data. */
export function readingOf(value: Json | undefined): QueryResult {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && !Number.isNaN(number) ? { kind: 'value', value: number } : noData
}

/** Parses JSON; undefined where the text is none. */
export function parsedJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json // Parsed JSON is that by definition.
  } catch {
    return undefined
  }
}

/** What stands at a path of names and indexes; a negative index counts from the end. */
export function at(value: Json | undefined, ...path: readonly (string | number)[]): Json | undefined {
  return path.reduce<Json | undefined>((node, step) => {
    if (typeof step === 'number') return isJsonArray(node) ? node.at(step) : undefined
    return isJsonObject(node) && Object.hasOwn(node, step) ? node[step] : undefined
  }, value)
}

/** The address without its last slashes, with a path and a query appended. */
export function urlOf(address: string, path: string, query: Readonly<Record<string, string>> = {}): string {
  const text = new URLSearchParams(query).toString()
  return `${address.replace(/\/+$/, '')}${path}${text ? `?${text}` : ''}`
}
