/** The provider `newrelic`: NRQL over its Insights API. */
import { isJsonArray } from '../apimachinery/json.ts'
import {
  intervalOf,
  type MetricProvider,
  type ProviderDeps,
  type ProviderOptions,
  requireAddress,
  requireKeys,
} from './provider.ts'
import { at, newWebProvider, noData, parsedJson, readingOf, urlOf } from './web.ts'

const defaultAddress = 'https://insights-api.newrelic.com'

/** A client. The Secret holds `newrelic_account_id` and `newrelic_query_key`. @throws ProviderConfigError */
export function newNewRelic(options: ProviderOptions, deps: ProviderDeps): MetricProvider {
  const address = options.address ? requireAddress(options) : defaultAddress
  const [account, key] = requireKeys(
    options,
    ['newrelic_account_id', 'newrelic_query_key'],
    name => `the key '${name}'`,
  )
  const seconds = Math.round(intervalOf(options) / 1000)
  const path = `/v1/accounts/${encodeURIComponent(account)}/query`
  const url = (nrql: string) => urlOf(address, path, { nrql })
  return newWebProvider(
    {
      options,
      headers: { 'X-Query-Key': key },
      query: query => ({ url: url(`${query} SINCE ${seconds} seconds ago`) }),
      read(text) {
        const results = at(parsedJson(text), 'results')
        if (!isJsonArray(results)) return undefined
        return results.length === 1 ? readingOf(at(results, 0, 'result')) : noData
      },
      probe: () => ({ url: url('SELECT * FROM Metric') }),
    },
    deps,
  )
}
