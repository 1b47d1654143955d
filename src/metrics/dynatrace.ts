/** The provider `dynatrace`: data points of its metrics API. */
import {
  type MetricProvider,
  type ProviderDeps,
  type ProviderOptions,
  requireAddress,
  requireKeys,
  windowOf,
} from './provider.ts'
import { at, newWebProvider, parsedJson, readingOf, urlOf } from './web.ts'

/** A client; a query is a metric selector. The Secret holds `dynatrace_token`. @throws ProviderConfigError */
export function newDynatrace(options: ProviderOptions, deps: ProviderDeps): MetricProvider {
  const address = requireAddress(options, { missing: 'dynatrace endpoint is not set' })
  const [token] = requireKeys(options, ['dynatrace_token'])
  return newWebProvider(
    {
      options,
      headers: { authorization: `Api-Token ${token}` },
      query(metricSelector) {
        const { from, to } = windowOf(options, deps.clock)
        const range = { resolution: 'Inf', from: String(from), to: String(to) }
        return { url: urlOf(address, '/api/v2/metrics/query', { metricSelector, ...range }) }
      },
      read(text) {
        const answer = parsedJson(text)
        return answer === undefined ? undefined : readingOf(at(answer, 'result', 0, 'data', -1, 'values', 0))
      },
      probe: () => ({ url: urlOf(address, '/api/v2/metrics', { pageSize: '1' }) }),
    },
    deps,
  )
}
