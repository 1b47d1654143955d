/** What the demo app answers: the endpoints of podinfo that its probes, guides and load tests use. */
import type { IncomingHttpHeaders } from 'node:http'
import type { DemoAppOptions } from './options.ts'

/** A request, as far as the app looks at it. */
export interface AppRequest {
  readonly method: string
  /** The path without the query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** An answer. */
export interface AppResponse {
  readonly status: number
  readonly contentType: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
  /** How long to wait before answering, in milliseconds. */
  readonly delayMs?: number
}

/** The switches that requests can turn. */
export interface AppState {
  healthy: boolean
  ready: boolean
}

/** Who the app is. */
export interface AppIdentity {
  readonly hostname: string
  readonly version: string
}

/** What handlers are given. */
export interface AppContext {
  readonly identity: AppIdentity
  readonly options: DemoAppOptions
  readonly state: AppState
  readonly env: Readonly<Record<string, string | undefined>>
  /** Calls every backend with `body` and gives what they said. */
  readonly callBackends: (request: AppRequest) => Promise<readonly string[]>
  readonly metrics: () => string
  /** Ends the app with an exit code. */
  readonly exit: (code: number) => void
}

type Handler = (context: AppContext, request: AppRequest, argument: string) => AppResponse | Promise<AppResponse>

/** Routes in the order in which they are tried; the first group of a pattern is the handler's argument. */
const routes: readonly (readonly [RegExp, Handler])[] = [
  [/^\/$/, index],
  [/^\/version$/, ({ identity }) => json(200, { commit: 'unknown', version: identity.version })],
  [/^\/healthz$/, ({ state }) => (state.healthy ? json(200, { status: 'OK' }) : text(503, ''))],
  [/^\/readyz$/, ({ state }) => (state.ready ? json(200, { status: 'OK' }) : text(503, ''))],
  [/^\/readyz\/(enable|disable)$/, (context, _, verb) => setReady(context, verb === 'enable')],
  [/^\/healthz\/(enable|disable)$/, (context, _, verb) => setHealthy(context, verb === 'enable')],
  [/^\/status\/(\d{3})$/, (_context, _request, code) => json(Number(code), { status: Number(code) })],
  [
    /^\/delay\/(\d{1,3})$/,
    (_context, _request, s) => ({ ...json(200, { delay: Number(s) }), delayMs: Number(s) * 1000 }),
  ],
  [
    /^\/env$/,
    ({ env }) =>
      json(
        200,
        Object.entries(env).map(([name, value]) => `${name}=${value}`),
      ),
  ],
  [/^\/headers$/, (_context, { headers }) => json(200, headersOf(headers))],
  [/^\/(?:api\/)?echo$/, echo],
  [/^\/api\/info$/, context => json(200, info(context))],
  [/^\/metrics$/, ({ metrics }) => ({ status: 200, contentType: 'text/plain; version=0.0.4', body: metrics() })],
  [/^\/panic$/, panic],
]

/** The answer to a request, before faults. */
export async function answer(context: AppContext, request: AppRequest): Promise<AppResponse> {
  for (const [pattern, handler] of routes) {
    const found = pattern.exec(request.path)
    if (found) return handler(context, request, found[1] ?? '')
  }
  return json(404, { code: 404, message: 'not found' })
}

/** Requests that say how the app is doing: faults and random errors leave them alone. */
export function isProbe(path: string): boolean {
  return /^\/(healthz|readyz|metrics)\b/.test(path)
}

/** An answer of JSON. */
export function json(status: number, value: unknown): AppResponse {
  return { status, contentType: 'application/json; charset=utf-8', body: JSON.stringify(value, undefined, 2) }
}

function text(status: number, body: string): AppResponse {
  return { status, contentType: 'text/plain; charset=utf-8', body }
}

function index(context: AppContext, request: AppRequest): AppResponse {
  if (!/Mozilla/.test(request.headers['user-agent'] ?? '')) return json(200, info(context))
  const { identity, options } = context
  const body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escapeHtml(identity.hostname)}</title>
<body style="background:${escapeHtml(options.color)};color:#fff;font:1.2rem system-ui;display:grid;place-content:center;height:100vh;margin:0;text-align:center">
<h1>${escapeHtml(options.message)}</h1>
<p>version ${escapeHtml(identity.version)}<br>served by ${escapeHtml(identity.hostname)}</p>
</body>
</html>
`
  return { status: 200, contentType: 'text/html; charset=utf-8', body }
}

function info({ identity, options }: AppContext) {
  return {
    hostname: identity.hostname,
    version: identity.version,
    revision: 'unknown',
    color: options.color,
    logo: options.logo,
    message: options.message,
    goos: process.platform,
    goarch: process.arch,
    runtime: `node${process.versions.node}`,
    num_goroutine: '1',
    num_cpu: '1',
  }
}

function setReady({ state }: AppContext, ready: boolean): AppResponse {
  state.ready = ready
  return json(202, { status: 'OK' })
}

function setHealthy({ state }: AppContext, healthy: boolean): AppResponse {
  state.healthy = healthy
  return json(202, { status: 'OK' })
}

async function echo(context: AppContext, request: AppRequest): Promise<AppResponse> {
  if (context.options.backendUrls.length === 0) {
    return { status: 202, contentType: request.headers['content-type'] ?? 'text/plain', body: request.body }
  }
  return json(200, await context.callBackends(request))
}

function panic({ exit }: AppContext): AppResponse {
  exit(255)
  return text(500, '')
}

function headersOf(headers: IncomingHttpHeaders): Record<string, readonly string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [titleCase(name), Array.isArray(value) ? value : [value ?? '']]),
  )
}

function titleCase(name: string): string {
  return name.replaceAll(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase())
}

function escapeHtml(value: string): string {
  return value.replaceAll(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`)
}
