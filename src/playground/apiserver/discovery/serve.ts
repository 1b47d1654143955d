/** Everything that is no resource: discovery, version, health, OpenAPI. */
import type { IncomingMessage } from 'node:http'
import type { ServerContext } from '../context.ts'
import { type Answer, notFoundPage } from '../http/answer.ts'
import type { ResourcePath } from '../http/request-path.ts'
import { methodNotAllowed, unknownPath } from '../status-error.ts'
import { aggregatedDiscovery, apiGroup, apiGroupList, apiResourceList, apiVersions } from './api-resources.ts'
import type { OpenApi } from './openapi.ts'
import { versionInfo } from './version.ts'

/** What discovery is made from. */
export interface DiscoveryDeps {
  readonly server: ServerContext
  readonly openApi: () => Promise<OpenApi>
}

/** A request to a path that leads to no resource. */
export interface DiscoveryRequest {
  readonly method: string
  readonly pathname: string
  readonly query: URLSearchParams
  readonly path: ResourcePath | undefined
  readonly request: IncomingMessage
}

const rootPaths = [
  '/api',
  '/api/v1',
  '/apis',
  '/healthz',
  '/livez',
  '/metrics',
  '/openapi/v2',
  '/openapi/v3',
  '/readyz',
  '/version',
]

/** Answers a request for anything but objects. Throws 404 and 405. */
export async function serveDiscovery(deps: DiscoveryDeps, incoming: DiscoveryRequest): Promise<Answer> {
  const { server } = deps
  const { method, path } = incoming
  const pathname = incoming.pathname === '/' ? '/' : incoming.pathname.replace(/\/+$/, '')
  if (method !== 'GET' && method !== 'HEAD') throw path ? methodNotAllowed() : unknownPath()
  if (/^\/(?:healthz|livez|readyz)(?:\/|$)/.test(pathname)) return health(pathname, incoming.query)
  if (pathname === '/version') return { code: 200, value: versionInfo() }
  if (pathname === '/') return { code: 200, value: { paths: rootPaths } }
  if (pathname === '/api' || pathname === '/apis') return groups(server, pathname, incoming.request)
  if (pathname.startsWith('/openapi/')) {
    const { accept, 'if-none-match': etag } = incoming.request.headers
    const openApi = await deps.openApi()
    return (
      (await openApi.answer(pathname, { ...(accept ? { accept } : {}), ...(etag ? { etag } : {}) })) ?? notFoundPage
    )
  }
  const [, , group] = pathname.split('/')
  const body = path
    ? apiResourceList(server.resources, path.group, path.version)
    : pathname.startsWith('/apis/')
      ? apiGroup(server.resources, group ?? '')
      : undefined
  if (body) return { code: 200, value: body }
  return notFoundPage
}

function groups(server: ServerContext, pathname: string, request: IncomingMessage): Answer {
  const isCore = pathname === '/api'
  const version = aggregatedVersion(request.headers.accept)
  if (version) {
    return {
      code: 200,
      value: aggregatedDiscovery(server.resources, isCore, version),
      mediaType: `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
      headers: { vary: 'Accept' },
    }
  }
  const value = isCore ? apiVersions(request.headers.host ?? '') : apiGroupList(server.resources)
  return { code: 200, value, headers: { vary: 'Accept' } }
}

/** The version of the aggregated form that the caller accepts before the plain one. */
function aggregatedVersion(accept: string | undefined): string | undefined {
  for (const clause of (accept ?? '').split(',')) {
    const parts = clause.split(';').map(part => part.trim())
    if (parts[0] !== 'application/json') continue
    if (!parts.includes('g=apidiscovery.k8s.io')) return undefined
    if (parts.includes('v=v2')) return 'v2'
  }
  return undefined
}

function health(pathname: string, query: URLSearchParams): Answer {
  const [, endpoint = '', check] = pathname.split('/')
  const headers = { 'x-content-type-options': 'nosniff' }
  const mediaType = 'text/plain; charset=utf-8'
  if (check !== undefined && check !== 'ping') {
    return notFoundPage
  }
  const text = query.has('verbose') ? `[+]ping ok\n${endpoint} check passed\n` : 'ok'
  return { code: 200, text, mediaType, headers }
}
