/**
 * What is used of undici, without its index: that also loads its mocks, caches and WebSockets, which is 0.1 s and 13 MB in
 * every process.
 */
import type { Dispatcher, ProxyAgent } from 'undici'
import apiRequest from 'undici/lib/api/api-request.js'
import UndiciAgent from 'undici/lib/dispatcher/agent.js'
import UndiciPool from 'undici/lib/dispatcher/pool.js'
import redirectInterceptor from 'undici/lib/interceptor/redirect.js'

export const Agent: typeof UndiciAgent = UndiciAgent
export type Agent = UndiciAgent
export const Pool: typeof UndiciPool = UndiciPool
export type Pool = UndiciPool
/** Follows redirects; for `compose`. */
export const redirect: typeof redirectInterceptor = redirectInterceptor

/** Makes connections by way of a proxy. */
export type NewProxyAgent = (options: ProxyAgent.Options) => ProxyAgent

/** What makes connections by way of a proxy; loaded for those who have one. */
export async function loadProxyAgent(): Promise<NewProxyAgent> {
  const { default: UndiciProxyAgent } = await import('undici/lib/dispatcher/proxy-agent.js')
  const { default: apiConnect } = await import('undici/lib/api/api-connect.js')
  // Asks for tunnels; only the index gives its dispatchers what they ask with.
  const clientFactory = (origin: URL, options: object) =>
    Object.assign(new UndiciPool(origin, options), { connect: apiConnect })
  return options => new UndiciProxyAgent({ clientFactory, ...options })
}

/** Connections by way of a proxy. */
export async function newProxyAgent(options: ProxyAgent.Options): Promise<ProxyAgent> {
  return (await loadProxyAgent())(options)
}

/** Sends a request by `dispatcher`, as its own `request` would, which it has with the index alone. */
export function requestBy(
  dispatcher: Dispatcher,
  options: Dispatcher.RequestOptions,
): Promise<Dispatcher.ResponseData> {
  return apiRequest.call(dispatcher, options)
}

/** Sends a request to a URL by `dispatcher`. */
export function requestUrl(
  dispatcher: Dispatcher,
  url: string,
  options: Omit<Dispatcher.RequestOptions, 'origin' | 'path'>,
): Promise<Dispatcher.ResponseData> {
  const { origin, pathname, search } = new URL(url)
  return requestBy(dispatcher, { ...options, origin, path: `${pathname}${search}` })
}
