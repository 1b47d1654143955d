/** The HTTP side: which path is answered by what. */
import type { IncomingMessage } from 'node:http'
import { HttpError, type HttpHandler, readRequestBody, sendJson, sendText } from '../../../runtime/http-server.ts'
import type { Logger } from '../../../runtime/log.ts'
import { metricsContentType } from '../../../runtime/metrics.ts'
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

/** Answers the paths of Prometheus that the embedded one has. */
export function newPrometheusHandler(deps: HttpDeps): HttpHandler {
  const api = apiRoutes(deps)
  const metrics = ownMetrics(deps.store)
  const texts: Readonly<Record<string, () => readonly [body: string, type?: string]>> = {
    '/': () => [page, 'text/html; charset=utf-8'],
    '/-/healthy': () => ['Prometheus Server is Healthy.\n'],
    '/-/ready': () => ['Prometheus Server is Ready.\n'],
    '/metrics': () => [metrics.text(), metricsContentType],
  }
  let running = 0
  return async (request, response, signal) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    response.setHeader('x-content-type-options', 'nosniff')
    const text = Object.hasOwn(texts, url.pathname) ? texts[url.pathname] : undefined
    if (text) return sendText(response, 200, ...text())
    const answer = api(url.pathname)
    if (!answer) return sendText(response, 404, '404 page not found\n')
    if (request.method !== 'GET' && request.method !== 'POST') {
      response.setHeader('allow', 'GET, POST')
      return sendText(response, 405, 'Method Not Allowed\n')
    }
    if (running >= maxConcurrentQueries) {
      const error = `${maxConcurrentQueries} queries are running already`
      return sendJson(response, 503, { status: 'error', errorType: 'unavailable', error })
    }
    running++
    try {
      sendJson(response, 200, await answer(await parametersOf(request, url), signal))
    } catch (error) {
      const { code, ...body } = explained(error)
      if (code === 500) deps.log.error('query failed', { path: url.pathname, error })
      if (!signal.aborted) sendJson(response, code, { status: 'error', ...body })
    } finally {
      running--
    }
  }
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
  const form = new URLSearchParams((await readRequestBody(request, maxFormBytes)).toString('utf8'))
  for (const [name, value] of url.searchParams) form.append(name, value)
  return form
}

/** The API's status for an error, by its reason. */
const codeByReason: Readonly<Record<string, number>> = { bad_data: 400, execution: 422, timeout: 503 }

function explained(cause: unknown): { code: number; errorType: string; error: string } {
  const error = cause instanceof Error ? cause.message : String(cause)
  if (cause instanceof HttpError) return { code: cause.code, errorType: 'bad_data', error }
  const reason = cause instanceof Error && 'reason' in cause ? String(cause.reason) : ''
  const code = codeByReason[reason]
  return code === undefined ? { code: 500, errorType: 'internal', error } : { code, errorType: reason, error }
}
