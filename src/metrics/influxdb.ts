/** The provider `influxdb`: Flux queries over the API of version 2. */
import {
  type MetricProvider,
  ProviderConfigError,
  type ProviderDeps,
  type ProviderOptions,
  type QueryResult,
  requireAddress,
} from './provider.ts'
import { newWebProvider, noData, readingOf, urlOf } from './web.ts'

/** Flux reads raw data; upstream gives it more time than the others. */
const timeoutMs = 15_000

/** A client. The Secret, where one is named, holds `token` and `org`. @throws ProviderConfigError */
export function newInfluxdb(options: ProviderOptions, deps: ProviderDeps): MetricProvider {
  const address = requireAddress(options)
  const { token, org } = options.credentials ?? {}
  if (options.credentials && token === undefined) {
    throw new ProviderConfigError('influxdb credentials does not contain an authentication token')
  }
  if (options.credentials && org === undefined) {
    throw new ProviderConfigError('influxdb credentials does not contain an organisation')
  }
  const send = (query: string) => ({
    method: 'POST' as const,
    url: urlOf(address, '/api/v2/query', { org: org ?? '' }),
    headers: { 'content-type': 'application/json', accept: 'application/csv' },
    body: JSON.stringify({ query, type: 'flux', dialect: { header: true, annotations: ['datatype', 'default'] } }),
  })
  return newWebProvider(
    {
      options,
      timeoutMs,
      ...(token === undefined ? {} : { headers: { authorization: `Token ${token}` } }),
      query: send,
      read: resultOf,
      probe: () => send('from(bucket: "default") |> range(start: -2h)'),
    },
    deps,
  )
}

/** The `_value` of the first record of annotated CSV; undefined where the text is none. */
function resultOf(text: string): QueryResult | undefined {
  const rows = text
    .split(/\r?\n/)
    .filter(line => line !== '')
    .map(cells)
  const start = rows.findIndex(([first]) => !first?.startsWith('#'))
  if (start < 0) return rows.length === 0 ? noData : undefined
  const header = rows[start] ?? []
  const column = header.indexOf('_value')
  const error = header.indexOf('error')
  const record = rows[start + 1]
  if (error >= 0 && column < 0) return { kind: 'unusable', message: record?.[error] || 'the query failed' }
  if (column < 0) return undefined
  const annotation = (name: string) => rows.slice(0, start).find(([first]) => first === name)?.[column]
  if (!record) return noData
  const type = annotation('#datatype')
  if (type !== undefined && type !== 'double') {
    return { kind: 'unusable', message: `the value of the first record is a ${type}, and has to be a float` }
  }
  return readingOf(record[column] || annotation('#default'))
}

/** The cells of a line; a quoted one may hold commas and doubled quotes. */
function cells(line: string): readonly string[] {
  // With a comma in front of each cell, none of the matches is empty.
  return [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
  )
}
