/** The provider `datadog`: timeseries of its query API. */
import {
  type MetricProvider,
  type ProviderDeps,
  type ProviderOptions,
  requireAddress,
  requireKeys,
  windowOf,
} from './provider.ts'
import { at, newWebProvider, noData, parsedJson, readingOf, urlOf } from './web.ts'

const defaultAddress = 'https://api.datadoghq.com'

/** A client. The Secret holds `datadog_api_key` and `datadog_application_key`. @throws ProviderConfigError */
export function newDatadog(options: ProviderOptions, deps: ProviderDeps): MetricProvider {
  const address = options.address ? requireAddress(options) : defaultAddress
  const [apiKey, applicationKey] = requireKeys(options, ['datadog_api_key', 'datadog_application_key'])
  return newWebProvider(
    {
      options,
      headers: { 'DD-API-KEY': apiKey, 'DD-APPLICATION-KEY': applicationKey },
      query(query) {
        const { from, to } = windowOf(options, deps.clock)
        const seconds = (ms: number) => String(Math.floor(ms / 1000))
        return { url: urlOf(address, '/api/v1/query', { query, from: seconds(from), to: seconds(to) }) }
      },
      read(text) {
        const answer = parsedJson(text)
        if (answer === undefined) return undefined
        // The oldest point, as upstream has it: the newest is often not complete yet.
        const point = at(answer, 'series', 0, 'pointlist', 0, 1)
        return point === undefined ? noData : readingOf(point)
      },
      probe: () => ({ url: urlOf(address, '/api/v1/validate') }),
    },
    deps,
  )
}
