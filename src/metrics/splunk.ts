/** The provider `splunk`: SignalFlow programs of Splunk Observability, run over what was measured already. */
import { isJsonArray, isJsonObject } from '../apimachinery/json.ts'
import type { Json } from '../apimachinery/meta.ts'
import {
  type MetricProvider,
  type ProviderDeps,
  type ProviderOptions,
  type QueryResult,
  requireAddress,
  requireKeys,
  windowOf,
} from './provider.ts'
import { at, newWebProvider, noData, parsedJson, readingOf, urlOf } from './web.ts'

/** A client; a query is a program. The Secret holds `sf_token_key`. @throws ProviderConfigError */
export function newSplunk(options: ProviderOptions, deps: ProviderDeps): MetricProvider {
  const address = requireAddress(options, {
    missing: 'splunk endpoint is not set',
    // Templates may name either of the two hosts, and the scheme of a WebSocket.
    schemes: ['http:', 'https:', 'ws:', 'wss:'],
  })
  const [token] = requireKeys(options, ['sf_token_key'])
  const api = hostOf(address, 'stream', 'api')
  const stream = hostOf(address, 'api', 'stream')
  return newWebProvider(
    {
      options,
      headers: { 'X-SF-Token': token },
      query(program) {
        const { from, to } = windowOf(options, deps.clock)
        const range = { start: String(from), stop: String(to), immediate: 'true' }
        return {
          method: 'POST',
          url: urlOf(stream, '/v2/signalflow/execute', range),
          headers: { 'content-type': 'text/plain', accept: 'text/event-stream' },
          body: program,
        }
      },
      read: resultOf,
      probe: () => ({ url: urlOf(api, '/v2/metric', { limit: '1' }) }),
    },
    deps,
  )
}

function hostOf(address: string, from: string, to: string): string {
  const url = new URL(address.replace(/^ws/, 'http'))
  url.hostname = url.hostname.replace(new RegExp(`^${from}\\.`), `${to}.`)
  return url.href
}

/** The last payload; a program that gives several series has no one value. */
function resultOf(text: string): QueryResult | undefined {
  const events = text.split(/\r?\n\r?\n/).map(eventOf)
  const error = events.find(({ name }) => name === 'error')
  if (error) return { kind: 'unusable', message: String(at(error.data, 'message') ?? 'the program was refused') }
  const payloads = events.flatMap(({ name, data }) => {
    const list = at(data, 'data')
    return name === 'data' && isJsonArray(list) && list.length > 0 ? [list] : []
  })
  const series = new Set(payloads.flatMap(list => list.map(point => at(point, 'tsId'))))
  if (series.size > 1) return { kind: 'unusable', message: 'query returned multiple values' }
  const last = payloads.at(-1)
  return last ? readingOf(at(last, -1, 'value')) : noData
}

/** One event of the stream; its data may take several lines. */
function eventOf(block: string): { readonly name: string; readonly data: Json | undefined } {
  const lines = block.split(/\r?\n/)
  const fields = (name: string) =>
    lines.filter(line => line.startsWith(`${name}:`)).map(line => line.slice(name.length + 1).trim())
  const data = parsedJson(fields('data').join('\n'))
  return { name: fields('event')[0] ?? '', data: isJsonObject(data) ? data : undefined }
}
