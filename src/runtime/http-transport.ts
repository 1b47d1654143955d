/** Requests to one API server: connections, identity, time and size limits, and what may be tried again. */
import type { IncomingHttpHeaders } from 'node:http'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { Dispatcher } from 'undici'
import { ApiError, ConnectionError } from './client.ts'
import type { Clock } from './clock.ts'
import { type Identity, newIdentitySource } from './credentials.ts'
import { type Deadline, DeadlineError, withDeadline } from './deadline.ts'
import { exchange } from './http-exchange.ts'
import { statusFromAnswer } from './http-status.ts'
import { type ClusterConfig, KubeConfigError } from './kubeconfig.ts'
import { newTokenBucket } from './rate-limit.ts'
import type { NewProxyAgent } from './undici.ts'

/** What a request is about, for metrics. */
export interface RequestSubject {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'apply' | 'delete' | 'logs' | 'raw'
  readonly group: string
  readonly resource: string
  readonly subresource?: string | undefined
}

/** One answered (or failed) attempt. `code` is 0 where there was no answer. */
export interface ObservedRequest extends RequestSubject {
  readonly code: number
  /** Until the answer's body was complete; of a watch or log: until it began. */
  readonly durationMs: number
}

/** One request, ready to send. */
export interface HttpRequest {
  readonly subject: RequestSubject
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path and query. */
  readonly path: string
  readonly body?: string | undefined
  readonly contentType?: string
  /** Whether sending it twice leaves the same state; only then is a throttled request sent again. */
  readonly idempotent: boolean
  readonly signal?: AbortSignal | undefined
}

/** A complete answer below 400. */
export interface HttpAnswer {
  readonly text: string
  readonly contentType: string
}

/** Limits and hooks; times in milliseconds. */
export interface TransportOptions {
  readonly config: ClusterConfig
  readonly clock: Clock
  readonly userAgent: string
  readonly requestTimeoutMs: number
  readonly maxBodyBytes: number
  readonly maxConnections: number
  /** Requests a second and at once; absent: the server's own flow control decides. */
  readonly qps?: number | undefined
  readonly burst?: number | undefined
  readonly observe?: ((request: ObservedRequest) => void) | undefined
}

/** Sends requests; see {@link newTransport}. */
export interface Transport {
  /** The whole answer. Throws ApiError, ConnectionError, KubeConfigError, or the signal's reason. */
  send(request: HttpRequest): Promise<HttpAnswer>
  /** The answer's body as it comes; the time limit holds until it begins. Leaving the loop closes the connection. */
  open(request: HttpRequest): Promise<AsyncIterable<Buffer>>
  close(): Promise<void>
}

/** client-go tries ten times and waits as long as it is told; a reconcile would rather fail and come back. */
const maxThrottledRetries = 5
const maxThrottledWaitMs = 30_000
/** Error bodies are a Status of a few KB; the rest of a proxy's error page is of no use. */
const maxErrorBytes = 1 << 20
/** Longer than the 60 to 90 s after which load balancers drop idle connections would only meet closed ones. */
const keepAliveMs = 30_000

interface Connections {
  readonly identity: Identity
  readonly requests: Dispatcher
  /** Apart, so that open watches never keep a request waiting. */
  readonly streams: Dispatcher
  readonly requestBy: Undici['requestBy']
}

type Undici = typeof import('./undici.ts')

/** Puts a request on one of the connections. Throws where there is no answer. */
type Ask<T> = (
  connections: Connections,
  form: Omit<Dispatcher.RequestOptions, 'signal'>,
  deadline: Deadline,
) => Promise<{ readonly statusCode: number } & ({ readonly value: T } | { readonly error: Error })>

/** A transport; connects with the first request. */
export function newTransport(options: TransportOptions): Transport {
  const { config, clock } = options
  const server = new URL(config.server)
  const proxy = config.socketPath === undefined ? config.proxy : undefined
  const basePath = server.pathname.replace(/\/$/, '')
  const identities = newIdentitySource(config, clock)
  const bucket = options.qps
    ? newTokenBucket({ clock, perSecond: options.qps, burst: options.burst ?? options.qps * 2 })
    : undefined
  let undici: Undici | undefined
  let newProxyAgent: NewProxyAgent | undefined
  let connections: Connections | undefined
  let closed = false

  async function connect(signal?: AbortSignal): Promise<Connections> {
    const identity = await identities.current(signal)
    // Not at each request: even what is loaded already takes 30 us to import.
    undici ??= await import('./undici.ts')
    if (proxy) newProxyAgent ??= await undici.loadProxyAgent()
    const { Pool, requestBy } = undici
    if (closed) throw new ConnectionError(`the client of ${config.server} is closed`)
    if (connections && sameTls(connections.identity, identity)) {
      connections = { ...connections, identity }
    } else {
      // What is under way on the old ones goes on; nobody waits for its end.
      closeConnections(connections, false).catch(() => {})
      const origin = config.socketPath === undefined ? server.origin : 'http://localhost'
      // One for all connections: each of its own would hold what the certificates say once more.
      const secureContext = origin.startsWith('https:') ? newSecureContext(identity) : undefined
      const newPool = (limit: number | null): Dispatcher => {
        const pool = poolOptions(config, secureContext, limit)
        if (!proxy || !newProxyAgent) return new Pool(origin, pool)
        const { connect, ...shared } = pool
        // Of the server behind the tunnel, which would be asked for HTTP/2 otherwise.
        return newProxyAgent({ ...shared, uri: proxy, requestTls: { ...connect, allowH2: false }, proxyTunnel: false })
      }
      connections = { identity, requests: newPool(options.maxConnections), streams: newPool(null), requestBy }
    }
    return connections
  }

  /** The connections of the identity that holds; most requests have nothing to wait for. */
  function connected(): Connections | undefined {
    return !closed && connections && identities.held() === connections.identity ? connections : undefined
  }

  async function attempt<T>(request: HttpRequest, ask: Ask<T>): Promise<T> {
    const startMs = clock.monotonicMs()
    const deadline = withDeadline(clock, options.requestTimeoutMs, request.signal)
    const done = (code: number) =>
      options.observe?.({ ...request.subject, code, durationMs: clock.monotonicMs() - startMs })
    let code = 0
    try {
      const waitMs = bucket?.reserveMs() ?? 0
      if (waitMs > 0) await clock.sleep(waitMs, deadline.signal)
      const open = connected() ?? (await connect(deadline.signal))
      const outcome = await ask(open, wireForm(request, open.identity), deadline)
      code = outcome.statusCode
      if ('error' in outcome) throw outcome.error
      return outcome.value
    } catch (error) {
      throw explain(error, request, deadline)
    } finally {
      deadline.clear()
      done(code)
    }
  }

  function wireForm(request: HttpRequest, identity: Identity) {
    return {
      method: request.method,
      // A pool has one of its own.
      ...(proxy ? { origin: server.origin } : {}),
      path: basePath + request.path,
      headers: {
        accept: 'application/json',
        'user-agent': options.userAgent,
        ...identity.headers,
        ...(request.body !== undefined ? { 'content-type': request.contentType ?? 'application/json' } : {}),
      },
      body: request.body ?? null,
    }
  }

  const askForAll: Ask<HttpAnswer> = async ({ requests }, form, deadline) => {
    const maxBytes = (statusCode: number) => (statusCode < 400 ? options.maxBodyBytes : maxErrorBytes)
    const { statusCode, headers, text, problem } = await exchange(requests, { ...form, deadline, maxBytes })
    if (statusCode >= 400) return { statusCode, error: refusal(statusCode, problem ? '' : text, headers) }
    if (problem) return { statusCode, error: problem }
    return { statusCode, value: { text, contentType: String(headers['content-type'] ?? '') } }
  }

  async function retrying<T>(request: HttpRequest, once: () => Promise<T>): Promise<T> {
    let waitedMs = 0
    let renewed = false
    let reconnected = false
    for (let throttled = 0; ; ) {
      try {
        return await once()
      } catch (error) {
        if (error instanceof ApiError && error.code === 401 && !renewed && identities.refused()) {
          renewed = true
          continue
        }
        // A kept-alive connection may be closed by the server just as a request goes out.
        if (isClosedByPeer(error) && request.method === 'GET' && !reconnected) {
          reconnected = true
          continue
        }
        const waitMs = request.idempotent ? throttledMs(error) : undefined
        if (waitMs === undefined || throttled >= maxThrottledRetries || waitedMs + waitMs > maxThrottledWaitMs)
          throw error
        throttled += 1
        waitedMs += waitMs
        await clock.sleep(waitMs, request.signal)
      }
    }
  }

  return {
    send: request => retrying(request, () => attempt(request, askForAll)),
    open: request => retrying(request, () => attempt(request, askForStream(request.signal))),
    async close() {
      closed = true
      await closeConnections(connections, true)
      connections = undefined
    },
  }

  function explain(error: unknown, request: HttpRequest, deadline: Deadline): unknown {
    if (error instanceof ApiError || error instanceof KubeConfigError || error instanceof ConnectionError) return error
    if (request.signal?.aborted) return request.signal.reason
    const what = `${request.method} ${server.origin}${basePath}${request.path.split('?')[0]}`
    if (deadline.reason instanceof DeadlineError) {
      return new ConnectionError(`${what} was not answered within ${options.requestTimeoutMs} ms`)
    }
    return new ConnectionError(`${what} failed: ${causeOf(error)}`, { cause: error })
  }
}

function newSecureContext({ caPem, certificatePem, keyPem }: Identity): SecureContext {
  return createSecureContext({
    ...(caPem ? { ca: caPem } : {}),
    ...(certificatePem ? { cert: certificatePem } : {}),
    ...(keyPem ? { key: keyPem } : {}),
  })
}

function poolOptions(config: ClusterConfig, secureContext: SecureContext | undefined, connections: number | null) {
  return {
    connections,
    ...(config.socketPath === undefined ? {} : { socketPath: config.socketPath }),
    allowH2: false,
    // Our own deadline covers both; a quiet watch has no time limit.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: keepAliveMs,
    connect: {
      timeout: 10_000,
      ...(secureContext ? { secureContext } : {}),
      ...(config.tlsServerName ? { servername: config.tlsServerName } : {}),
      ...(config.insecureSkipTlsVerify ? { rejectUnauthorized: false } : {}),
    },
  }
}

function sameTls(a: Identity, b: Identity): boolean {
  return a.caPem === b.caPem && a.certificatePem === b.certificatePem && a.keyPem === b.keyPem
}

async function closeConnections(connections: Connections | undefined, now: boolean): Promise<void> {
  if (!connections) return
  // Watches end when their callers leave them; on close there is nobody left to wait for.
  const end = (pool: Dispatcher) => (now ? pool.destroy() : pool.close())
  await Promise.all([end(connections.requests), end(connections.streams)])
}

/** The signal of a stream: the deadline's until the answer begins, the caller's all the time. */
function headersOnly(deadline: AbortSignal, caller: AbortSignal | undefined): AbortSignal {
  return caller ? AbortSignal.any([deadline, caller]) : deadline
}

function askForStream(caller: AbortSignal | undefined): Ask<AsyncIterable<Buffer>> {
  return async ({ streams, requestBy }, form, deadline) => {
    const signal = headersOnly(deadline.signal, caller)
    const { statusCode, headers, body } = await requestBy(streams, { ...form, signal })
    if (statusCode < 400) return { statusCode, value: body }
    return { statusCode, error: refusal(statusCode, await beginningOf(body), headers) }
  }
}

/** The text of an error; none where it does not come to its end, or is no Status but a page. */
async function beginningOf(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of body) {
      bytes += chunk.length
      if (bytes > maxErrorBytes) return ''
      chunks.push(chunk)
    }
  } catch {
    return ''
  }
  return Buffer.concat(chunks).toString('utf8')
}

function refusal(statusCode: number, text: string, headers: IncomingHttpHeaders): ApiError {
  return statusFromAnswer(statusCode, text, headers['retry-after'])
}

/** How long to wait before sending a throttled request again; undefined: it was not throttled. */
function throttledMs(error: unknown): number | undefined {
  return error instanceof ApiError && (error.code === 429 || error.code === 503) ? error.retryAfterMs : undefined
}

function isClosedByPeer(error: unknown): boolean {
  if (!(error instanceof ConnectionError)) return false
  const code = (error.cause as { code?: unknown } | undefined)?.code // Node's and undici's errors carry one.
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE'
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // An AggregateError (every address of a host refused) has an empty message.
  if (error instanceof AggregateError) return error.errors.map(causeOf).join('; ')
  return error.message
}
