/** The demo app: stands for podinfo in local clusters, as one HTTP server a pod, many pods in a process. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net'
import { basicAuthorization } from '../../runtime/basic-authorization.ts'
import type { Clock } from '../../runtime/clock.ts'
import { createServer, request as httpRequest } from '../../runtime/node-http.ts'
import { drawFault } from './fault.ts'
import { type DemoAppOptions, parseOptions } from './options.ts'
import { newRequestMetrics, type RequestMetrics } from './request-metrics.ts'
import { type AppContext, type AppRequest, type AppResponse, answer, isProbe, json } from './routes.ts'

/** What the app needs to run. */
export interface DemoAppDeps {
  /** Flags, without the program's name. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** The address to listen on; the pod's own. */
  readonly address: string
  readonly hostname: string
  /** The image's tag. */
  readonly version: string
  readonly clock: Clock
  /** Numbers from 0 up to but without 1. */
  readonly random: () => number
  /** Takes a line of the app's log, without the newline. */
  readonly log: (line: string) => void
  /** Called when the app ends itself (`/panic`), with the exit code. */
  readonly exit: (code: number) => void
}

/** An app that is listening. */
export interface DemoApp {
  /** The port of the app itself; the one asked for, or the one that was free if that was 0. */
  readonly port: number
  /** Stops accepting, lets requests under way finish, then resolves. */
  close(): Promise<void>
}

const maxBodyBytes = 10 * 1024 * 1024
// Go's default, which podinfo has.
const maxHeaderBytes = 1024 * 1024
const backendTimeoutMs = 10_000

/**
 * Starts the app. Throws DemoAppUsageError for a wrong command line, and the system's error where it cannot listen.
 */
export async function startDemoApp(deps: DemoAppDeps): Promise<DemoApp> {
  const options = parseOptions(deps.args, deps.env)
  const metrics = newRequestMetrics()
  const context: AppContext = {
    identity: { hostname: deps.hostname, version: deps.version },
    options,
    state: { healthy: !options.unhealthy, ready: !options.unready },
    env: deps.env,
    callBackends: request => callBackends(options.backendUrls, request, deps.env),
    metrics: () => metrics.text(),
    exit: deps.exit,
  }
  const logLine = (level: string, msg: string, fields = {}) =>
    deps.log(JSON.stringify({ level, ts: deps.clock.now().toISOString(), msg, version: deps.version, ...fields }))
  const serve = (request: IncomingMessage, response: ServerResponse) =>
    handle(deps, options, context, metrics, request, response).catch(error => {
      logLine('error', 'request failed', { path: request.url, error: String(error) })
      response.destroy()
    })

  if (options.startDelayMs > 0) await deps.clock.sleep(options.startDelayMs)
  const open: (() => Promise<void>)[] = []
  const listen = async (port: number, h2c: boolean) => {
    const listener = await openListener(serve, deps.address, port, h2c)
    open.push(listener.close)
    return listener.port
  }
  const port = await listen(options.port, options.h2c)
  if (options.metricsPort !== undefined && options.metricsPort !== options.port)
    await listen(options.metricsPort, false)
  logLine('info', 'Starting HTTP Server.', { addr: `${deps.address}:${port}` })
  return {
    port,
    async close() {
      context.state.ready = false
      logLine('info', 'Shutting down HTTP server')
      await Promise.all(open.map(close => close()))
    },
  }
}

async function handle(
  deps: DemoAppDeps,
  options: DemoAppOptions,
  context: AppContext,
  metrics: RequestMetrics,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const startedMs = deps.clock.monotonicMs()
  const path = pathOf(incoming.url ?? '/')
  const method = incoming.method ?? 'GET'
  const body = await readBody(incoming)
  const answered =
    body === undefined
      ? json(413, { code: 413, message: `body is larger than ${maxBodyBytes} bytes` })
      : await withFaults(deps, options, context, { method, path, headers: incoming.headers, body })
  if (answered.delayMs) await deps.clock.sleep(answered.delayMs)
  outgoing.writeHead(answered.status, {
    ...answered.headers,
    'content-type': answered.contentType,
    'content-length': Buffer.byteLength(answered.body),
    'x-content-type-options': 'nosniff',
  })
  outgoing.end(method === 'HEAD' ? undefined : answered.body)
  metrics.observe(method, path, answered.status, deps.clock.monotonicMs() - startedMs)
}

/** The path without query; of a whole URL too, as proxies send it (RFC 9112, 3.2.2). */
function pathOf(target: string): string {
  return target.replace(/^https?:\/\/[^/]*/, '').split('?', 1)[0] || '/'
}

async function withFaults(
  deps: DemoAppDeps,
  options: DemoAppOptions,
  context: AppContext,
  request: AppRequest,
): Promise<AppResponse> {
  if (isProbe(request.path)) return answer(context, request)
  const { random } = deps
  const fault = drawFault(options.fault, random)
  const { minMs, maxMs } = options.randomDelay ?? { minMs: 0, maxMs: 0 }
  const delayMs = fault.delayMs + minMs + random() * (maxMs - minMs)
  // podinfo's --random-error: one request in three fails, each with one of these.
  const failed =
    fault.status ?? (options.randomError && random() < 1 / 3 ? [500, 503, 504][Math.floor(random() * 3)] : 0)
  const response = failed ? json(failed, { code: failed, message: 'fault' }) : await answer(context, request)
  return { ...response, delayMs: (response.delayMs ?? 0) + delayMs }
}

/** The body as text, or undefined if it is too large. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes <= maxBodyBytes) chunks.push(chunk)
  }
  return bytes > maxBodyBytes ? undefined : Buffer.concat(chunks).toString('utf8')
}

async function callBackends(
  urls: readonly string[],
  request: AppRequest,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string[]> {
  return Promise.all(urls.map(url => post(new URL(url), request.body, env['HTTP_PROXY'] ?? env['http_proxy'])))
}

/** Posts to `url`, through the HTTP proxy where there is one: in a local cluster that is the way into the mesh. */
function post(url: URL, body: string, proxy: string | undefined): Promise<string> {
  const via = proxy ? new URL(proxy) : url
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        host: via.hostname,
        port: via.port || 80,
        method: 'POST',
        path: proxy ? url.href : `${url.pathname}${url.search}`,
        headers: {
          host: url.host,
          'content-type': 'text/plain',
          'content-length': Buffer.byteLength(body),
          ...(via.username ? { 'proxy-authorization': basicAuthorization(via) } : {}),
        },
        timeout: backendTimeoutMs,
      },
      incoming => readBody(incoming).then(answer => resolve(answer ?? ''), reject),
    )
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer from ${url.host} in ${backendTimeoutMs} ms`)))
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

interface Listener {
  readonly port: number
  close(): Promise<void>
}

type Serve = (request: IncomingMessage, response: ServerResponse) => unknown

async function openListener(serve: Serve, address: string, port: number, h2c: boolean): Promise<Listener> {
  const http1 = createServer({ maxHeaderSize: maxHeaderBytes }, serve)
  const listener = h2c ? bothProtocols(http1, serve) : http1
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject)
    listener.listen(port, address, resolve)
  })
  const bound = listener.address()
  return {
    port: typeof bound === 'object' && bound ? bound.port : port,
    close: () =>
      new Promise(resolve => {
        listener.close(() => resolve())
        http1.closeIdleConnections()
      }),
  }
}

/** One port for HTTP/1.1 and for HTTP/2 with prior knowledge, told apart by the preface (RFC 9113, 3.4). */
function bothProtocols(http1: Server, serve: Serve): TcpServer {
  // The compatibility API's request and response stand in for HTTP/1's here: only what both have is used.
  const http2 = createHttp2Server(serve as never)
  return createTcpServer((socket: Socket) => {
    // Read without letting the stream flow, so that the protocol's own reader finds the bytes put back.
    socket.once('readable', () => {
      const first: Buffer | null = socket.read()
      if (!first) return
      socket.unshift(first)
      const target = first.toString('latin1').startsWith('PRI ') ? http2 : http1
      target.emit('connection', socket)
    })
    socket.on('error', () => socket.destroy())
  })
}
