/** Requests to servers that users name: webhooks, alert receivers, metric providers. Bounded in time and size. */
import type { Dispatcher } from 'undici'
import { linkLocalRanges, newAddressGuard, RefusedAddressError } from './address-guard.ts'
import type { Clock } from './clock.ts'
import { withDeadline } from './deadline.ts'
import type { ProxyFor } from './environment-proxy.ts'
import { AnswerTooLongError, exchange } from './http-exchange.ts'
import { Agent, loadProxyAgent, type NewProxyAgent, redirect } from './undici.ts'

/** One request. */
export interface OutboundRequest {
  readonly method: 'GET' | 'POST'
  /** http or https. */
  readonly url: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string
  /** For the whole exchange. */
  readonly timeoutMs: number
  /** Takes any certificate. Default false. */
  readonly insecureSkipVerify?: boolean
  /** URL of a proxy for this request, also where the sender has another one or would go directly. */
  readonly proxy?: string
}

/** The whole answer. Its body is cut at {@link maxBodyBytes}. */
export interface OutboundAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly text: string
}

/** There was no answer; the message names method and URL, in the words that Go's client has for it. */
export class OutboundError extends Error {
  override readonly name = 'OutboundError'
  readonly reason: 'Timeout' | 'ConnectionFailed' | 'InvalidUrl' | 'RefusedAddress'

  constructor(reason: OutboundError['reason'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

/** Sends requests over connections that it keeps. */
export interface HttpSender {
  /** Follows redirects. @throws OutboundError where there was no answer, or what `signal` aborts with */
  send(request: OutboundRequest, signal?: AbortSignal): Promise<OutboundAnswer>
  close(): Promise<void>
}

/** Longer answers hold nothing that anybody reads. */
export const maxBodyBytes = 4 * 1024 * 1024
const maxRedirections = 10
const maxProxies = 20
// Of each server: a thousand Canaries ask their Prometheus at the same moment.
const maxConnections = 128

/** A sender without connections. */
export function newHttpSender(deps: {
  readonly clock: Clock
  /** URL of a proxy for requests that name none themselves and that do not go to this machine. Absent: none. */
  readonly defaultProxy?: string
  /** The environment's word on what has neither, hop by hop where a server redirects. Absent: no proxy. */
  readonly proxyFor?: ProxyFor
  /** Address ranges (CIDR) that no request reaches, by a redirect either. Default: link-local and metadata addresses. */
  readonly refusedAddresses?: readonly string[]
}): HttpSender {
  const { clock, defaultProxy, refusedAddresses = linkLocalRanges } = deps
  const guard = newAddressGuard(refusedAddresses)
  const dispatchers = new Map<string, Dispatcher>()
  let newProxyAgent: NewProxyAgent | undefined
  const kept = (key: string, make: () => Dispatcher): Dispatcher => {
    const existing = dispatchers.get(key)
    if (existing) return existing
    const made = make()
    const first = [...dispatchers.keys()][0]
    if (dispatchers.size >= maxProxies && first !== undefined) {
      void dispatchers.get(first)?.close()
      dispatchers.delete(first)
    }
    dispatchers.set(key, made)
    return made
  }
  const proxyFor: ProxyFor | undefined =
    defaultProxy === undefined ? deps.proxyFor : url => (isThisMachine(url) ? undefined : defaultProxy)
  const dispatcherFor = async ({ proxy, insecureSkipVerify = false }: OutboundRequest): Promise<Dispatcher> => {
    const tls = { rejectUnauthorized: !insecureSkipVerify }
    // The proxy resolves names: what it reaches is its to say, and the guard sees addresses in URLs alone.
    const direct = () =>
      kept(
        `${insecureSkipVerify}`,
        () => new Agent({ connect: { ...tls, lookup: guard.lookup }, connections: maxConnections }),
      )
    if (!proxy && !proxyFor) return direct()
    newProxyAgent ??= await loadProxyAgent()
    const newAgent = newProxyAgent
    const by = (uri: string) =>
      kept(`${insecureSkipVerify} ${uri}`, () => newAgent({ uri, requestTls: tls, proxyTunnel: false }))
    if (proxy) return by(proxy)
    return direct().compose(dispatch => (options, handler) => {
      const found = options.origin ? proxyFor?.(options.origin) : undefined
      return found === undefined ? dispatch(options, handler) : by(found).dispatch(options, handler)
    })
  }
  const guardedOnes = new WeakMap<Dispatcher, Dispatcher>()
  const guarded = (dispatcher: Dispatcher): Dispatcher => {
    const existing = guardedOnes.get(dispatcher)
    if (existing) return existing
    // The last one is the outermost: each redirect comes by the guard.
    const made = dispatcher.compose(guard.interceptor, redirect({ maxRedirections }))
    guardedOnes.set(dispatcher, made)
    return made
  }
  return {
    async send(outbound, signal) {
      const { method, headers = {}, body, timeoutMs } = outbound
      const { origin, pathname, search } = parsedUrl(outbound.url)
      const deadline = withDeadline(clock, timeoutMs, signal)
      try {
        const answer = await exchange(guarded(await dispatcherFor(outbound)), {
          origin,
          path: `${pathname}${search}`,
          method,
          // undici takes lists, but its type wants them mutable.
          headers: headers as Record<string, string | string[]>,
          ...(body === undefined ? {} : { body }),
          deadline,
          maxBytes: () => maxBodyBytes,
          // The deadline is for all of it.
          headersTimeout: 0,
          bodyTimeout: 0,
        })
        if (answer.problem && !(answer.problem instanceof AnswerTooLongError)) throw answer.problem
        return { status: answer.statusCode, headers: answer.headers, text: answer.text }
      } catch (error) {
        if (signal?.aborted) throw signal.reason
        throw noAnswer(outbound, deadline.reason !== undefined, error)
      } finally {
        deadline.clear()
      }
    },
    async close() {
      await Promise.all([...dispatchers.values()].map(dispatcher => dispatcher.destroy()))
      dispatchers.clear()
    },
  }
}

function isThisMachine(url: string | URL): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname)
}

function parsedUrl(text: string): URL {
  const url = URL.parse(text)
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new OutboundError('InvalidUrl', `${JSON.stringify(text)} is not a URL of http or https`)
  }
  return url
}

function noAnswer({ method, url }: OutboundRequest, isLate: boolean, cause: unknown): OutboundError {
  const what = `${method === 'GET' ? 'Get' : 'Post'} "${url}"`
  if (cause instanceof RefusedAddressError) {
    return new OutboundError('RefusedAddress', `${what}: ${cause.message}`, { cause })
  }
  if (isLate) {
    const why = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
    return new OutboundError('Timeout', `${what}: ${why}`, { cause })
  }
  return new OutboundError('ConnectionFailed', `${what}: ${reasonOf(cause)}`, { cause })
}

/** A connection tried at several addresses fails with an error that has no message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && !error.message) return error.errors.map(reasonOf).join('; ')
  return error instanceof Error ? error.message || error.name : String(error)
}
