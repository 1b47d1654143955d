/** The HTTP side: which path is answered by what. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Logger } from '../../../runtime/log.ts'
import {
  answerBuildInfo,
  answerMetadata,
  answerRuntimeInfo,
  answerTargets,
  type MetadataApiDeps,
} from './metadata-api.ts'
import { ownMetrics } from './own-metrics.ts'
import { page } from './page.ts'
import { BadParameterError, type Parameters } from './params.ts'
import {
  answerLabels,
  answerLabelValues,
  answerQuery,
  answerQueryRange,
  answerSeries,
  type QueryApiDeps,
} from './query-api.ts'

/** What the answers come from. */
export interface HttpDeps extends QueryApiDeps, MetadataApiDeps {
  readonly log: Logger
}

/** How large a form may be; a query of this size is no query. */
const maxFormBytes = 1_000_000

/** As many queries as may run at once; Prometheus's query.max-concurrency. */
const maxConcurrentQueries = 20

type Answer = (parameters: Parameters, signal: AbortSignal) => unknown

/** A server that is not listening yet. */
export function newHttpServer(deps: HttpDeps): Server {
  const api = apiRoutes(deps)
  const texts: Readonly<Record<string, () => readonly [type: string, body: string]>> = {
    '/': () => ['text/html; charset=utf-8', page],
    '/-/healthy': () => ['text/plain; charset=utf-8', 'Prometheus Server is Healthy.\n'],
    '/-/ready': () => ['text/plain; charset=utf-8', 'Prometheus Server is Ready.\n'],
    '/metrics': () => ['text/plain; version=0.0.4; charset=utf-8', ownMetrics(deps.store)],
  }
  let running = 0
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const text = texts[url.pathname]
    if (text) return void send(response, 200, ...text())
    const answer = api(url.pathname)
    if (!answer) return void send(response, 404, 'text/plain; charset=utf-8', '404 page not found\n')
    if (request.method !== 'GET' && request.method !== 'POST') {
      response.setHeader('allow', 'GET, POST')
      return void send(response, 405, 'text/plain; charset=utf-8', 'Method Not Allowed\n')
    }
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    if (running >= maxConcurrentQueries) {
      return sendError(response, 503, 'unavailable', `${maxConcurrentQueries} queries are running already`)
    }
    running++
    try {
      const body = await answer(await parametersOf(request, url), gone.signal)
      send(response, 200, 'application/json', JSON.stringify(body))
    } catch (error) {
      const { status, type, message } = explained(error)
      if (status === 500) deps.log.error('query failed', { path: url.pathname, error })
      sendError(response, status, type, message)
    } finally {
      running--
    }
  }
  return createServer((request, response) => {
    handle(request, response).catch(error => {
      deps.log.error('request failed', { path: request.url, error })
      response.destroy()
    })
  })
}

function apiRoutes(deps: HttpDeps): (path: string) => Answer | undefined {
  const routes: Readonly<Record<string, Answer>> = {
    '/api/v1/query': (parameters, signal) => answerQuery(deps, parameters, signal),
    '/api/v1/query_range': (parameters, signal) => answerQueryRange(deps, parameters, signal),
    '/api/v1/series': parameters => answerSeries(deps, parameters),
    '/api/v1/labels': parameters => answerLabels(deps, parameters),
    '/api/v1/targets': parameters => answerTargets(deps, parameters),
    '/api/v1/metadata': parameters => answerMetadata(deps, parameters),
    '/api/v1/status/buildinfo': () => answerBuildInfo(deps),
    '/api/v1/status/runtimeinfo': () => answerRuntimeInfo(deps),
  }
  return path => {
    const [, label] = /^\/api\/v1\/label\/([^/]+)\/values$/.exec(path) ?? []
    if (label === undefined) return Object.hasOwn(routes, path) ? routes[path] : undefined
    return parameters => answerLabelValues(deps, parameters, decoded(label))
  }
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new BadParameterError(`invalid label name: ${JSON.stringify(segment)}`)
  }
}

/** The form's parameters, then the URL's. */
async function parametersOf(request: IncomingMessage, url: URL): Promise<Parameters> {
  if (request.method !== 'POST') return url.searchParams
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxFormBytes) throw new BadParameterError(`form is larger than ${maxFormBytes} bytes`)
    chunks.push(chunk)
  }
  const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
  for (const [name, value] of url.searchParams) form.append(name, value)
  return form
}

/** The API's status and type for an error, by its reason. */
const statusByReason: Readonly<Record<string, number>> = { bad_data: 400, execution: 422, timeout: 503 }

function explained(error: unknown): { status: number; type: string; message: string } {
  const message = error instanceof Error ? error.message : String(error)
  const reason = error instanceof Error && 'reason' in error ? String(error.reason) : ''
  const status = statusByReason[reason]
  return status === undefined ? { status: 500, type: 'internal', message } : { status, type: reason, message }
}

function sendError(response: ServerResponse, status: number, errorType: string, error: string): void {
  send(response, status, 'application/json', JSON.stringify({ status: 'error', errorType, error }))
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  if (response.destroyed) return
  response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff' })
  response.end(body)
}
