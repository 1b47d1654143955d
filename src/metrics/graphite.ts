/** The provider `graphite`: its render API. */
import { isJsonArray } from '../apimachinery/json.ts'
import {
  basicHeader,
  type MetricProvider,
  type ProviderDeps,
  type ProviderOptions,
  requireAddress,
} from './provider.ts'
import { at, newWebProvider, parsedJson, readingOf, urlOf } from './web.ts'

/** A client. A query is the text of a URL's query, such as `target=...`. @throws ProviderConfigError */
export function newGraphite(options: ProviderOptions, deps: ProviderDeps): MetricProvider {
  const address = requireAddress(options)
  const { username, password } = options.credentials ?? {}
  const isNamed = username !== undefined && password !== undefined
  const url = (query: string) => {
    const rendered = new URL(urlOf(address, '/render'))
    // It is a URL's query already: only what no URL may hold is encoded.
    rendered.search = `${query}&format=json`
    return rendered.href
  }
  return newWebProvider(
    {
      options,
      ...(isNamed ? { headers: { authorization: basicHeader(username, password) } } : {}),
      accepts: status => status < 400,
      query: query => ({ url: url(query.trim()) }),
      read(text) {
        const targets = parsedJson(text)
        if (!isJsonArray(targets)) return undefined
        const points = targets.flatMap(target => {
          const list = at(target, 'datapoints')
          return isJsonArray(list) ? list.map(point => at(point, 0)) : []
        })
        return readingOf(points.findLast(value => value !== null && value !== undefined))
      },
      probe: () => ({ url: url('target=test') }),
    },
    deps,
  )
}
