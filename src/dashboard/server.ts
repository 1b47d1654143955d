/** The dashboard's server: state, live feed, charts, actions and the page. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Canary } from '../api/flagger/v1beta1.ts'
import { ApiError, ConnectionError } from '../runtime/client.ts'
import type { Clock } from '../runtime/clock.ts'
import type { ProxyFor } from '../runtime/environment-proxy.ts'
import { newHttpSender } from '../runtime/http-sender.ts'
import { HttpError, type HttpHandler, readRequestBody, sendJson, startHttpServer } from '../runtime/http-server.ts'
import type { Logger } from '../runtime/log.ts'
import { type Access, newAccess } from './access.ts'
import { carryOut } from './actions.ts'
import type { DashboardCluster } from './clusters.ts'
import { fetchDetails } from './details.ts'
import { newFeed } from './feed.ts'
import { buildPage } from './page-bundle.ts'
import { fetchPermissions } from './permissions.ts'
import { newReadModel, type ReadModel } from './read-model.ts'
import { rolloutId } from './rollout-item.ts'
import { fetchSeries } from './series.ts'
import { isLocal, sendPage, setSecurityHeaders } from './static.ts'
import { type ActionName, actionNames } from './wire.ts'

/** Options of {@link startDashboard}. */
export interface DashboardOptions {
  /** The host first, then its members. */
  readonly clusters: readonly DashboardCluster[]
  /** Default: any free one of 127.0.0.1. */
  readonly port?: number
  readonly clock: Clock
  readonly log: Logger
  /** Whoever bears it acts with the rights of the clusters' clients. Absent: nobody does. */
  readonly token?: string
  /** The proxy by which a Prometheus is asked, as the environment says. Absent: none. */
  readonly proxyFor?: ProxyFor
}

/** A running dashboard. */
export interface Dashboard {
  /** `http://127.0.0.1:8080`. */
  readonly url: string
  /** The address that signs in with the dashboard's own token; {@link url} where there is none. */
  readonly signInUrl: string
  close(): Promise<void>
}

const maxBodyBytes = 4_096
const maxMinutes = 24 * 60
const defaultMinutes = 10

/** Starts the dashboard; rejects where the port is taken. The caller runs the informers. */
export async function startDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { clusters, clock, log, token, port, proxyFor } = options
  const model = newReadModel(clusters, clock)
  const feed = newFeed(model, clock)
  const http = newHttpSender({ clock, ...(proxyFor ? { proxyFor } : {}) })
  const access = newAccess({ clusters, clock, ...(token ? { token } : {}) })
  // With the first look at it: building it from sources starts a process of its own.
  let building: ReturnType<typeof buildPage> | undefined
  const page = () => {
    if (!building) {
      building = buildPage()
      building.catch(error => log.error('the page cannot be built', { error }))
    }
    return building
  }

  const routes: Readonly<Record<string, HttpHandler>> = {
    '/api/state': async (_, response) => sendJson(response, 200, feed.state()),
    '/api/events': (_, response, signal) => feed.join(response, signal),
    '/api/session': async (request, response) => sendJson(response, 200, access.sessionOf(request)),
    '/api/permissions': async (request, response, signal) => {
      const query = queryOf(request)
      const cluster = clusterOf(clusters, query.get('cluster'))
      const namespace = query.get('namespace') ?? ''
      await access.actAs(request, cluster, async client => {
        sendJson(response, 200, await fetchPermissions(client, namespace, signal).catch(refused))
      })
    },
    '/api/rollout': async (request, response, signal) => {
      const { cluster, canary, id } = find(model, clusters, queryOf(request))
      const details = await fetchDetails(http, cluster, canary, signal)
      sendJson(response, 200, { ...details, history: model.history.of(id) })
    },
    '/api/series': async (request, response, signal) => {
      const query = queryOf(request)
      const { cluster, canary } = find(model, clusters, query)
      const meshProvider = cluster.meshProvider ?? model.fleetProvider(cluster.name)
      const place = { ...cluster, ...(meshProvider ? { meshProvider } : {}) }
      sendJson(response, 200, await fetchSeries({ http, clock }, place, canary, minutesOf(query), signal))
    },
  }
  const handler: HttpHandler = async (request, response, signal) => {
    if (!isLocal(request.headers.host)) throw new HttpError(403, 'the dashboard answers under its own address only')
    setSecurityHeaders(response)
    const { pathname } = urlOf(request)
    const action = /^\/api\/actions\/([a-z]+)$/.exec(pathname)?.[1]
    if (action !== undefined) return act({ access, model, clusters }, action, request, response, signal)
    if (request.method !== 'GET' && request.method !== 'HEAD') throw new HttpError(405, 'only GET is answered here')
    const route = routes[pathname]
    if (!route) return sendPage(await page(), pathname, request, response)
    response.setHeader('cache-control', 'no-store')
    return route(request, response, signal)
  }
  const server = await startHttpServer({ handler, clock, log, ...(port === undefined ? {} : { port }) }).catch(
    error => {
      feed.close()
      model.close()
      throw error
    },
  )
  return {
    url: server.url,
    signInUrl: token ? `${server.url}/#token=${encodeURIComponent(token)}` : server.url,
    async close() {
      model.close()
      feed.close()
      await server.close()
      await http.close()
      await building?.catch(() => {})
    },
  }
}

async function act(
  { access, model, clusters }: { access: Access; model: ReadModel; clusters: readonly DashboardCluster[] },
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const action = actionNames.find(each => each === name)
  if (!action)
    throw new HttpError(404, `there is no action ${JSON.stringify(name)}; use one of ${actionNames.join(', ')}`)
  if (request.method !== 'POST') throw new HttpError(405, 'actions are POSTed')
  const body = parseBody(await readRequestBody(request, maxBodyBytes))
  // Before the look: without a token nobody learns more than the state says.
  await access.actAs(request, clusterOf(clusters, body.get('cluster')), async client => {
    const { canary } = find(model, clusters, body)
    const { namespace = '', name = '' } = canary.metadata
    await carryOut(action as ActionName, client, { namespace, name }, signal).catch(refused)
  })
  sendJson(response, 200, { done: action })
}

/** The API's answer is the caller's: it is their token. */
function refused(error: unknown): never {
  if (error instanceof ApiError) throw new HttpError(error.code, error.message)
  if (error instanceof ConnectionError) throw new HttpError(502, error.message)
  throw error
}

function find(model: ReadModel, clusters: readonly DashboardCluster[], query: URLSearchParams | Map<string, string>) {
  const cluster = clusterOf(clusters, query.get('cluster'))
  const namespace = query.get('namespace') ?? ''
  const name = query.get('canary') ?? ''
  const canary: Canary | undefined = model.canary(cluster.name, namespace, name)
  if (!canary) throw new HttpError(404, `there is no canary ${namespace}/${name} in ${cluster.name}`)
  return { cluster, canary, id: rolloutId(cluster.name, namespace, name) }
}

function clusterOf(clusters: readonly DashboardCluster[], name: string | null | undefined): DashboardCluster {
  const cluster = clusters.find(each => each.name === name)
  if (cluster) return cluster
  throw new HttpError(404, `there is no cluster ${JSON.stringify(name ?? '')} here`)
}

function parseBody(body: Buffer): Map<string, string> {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'))
    const entries = Object.entries(parsed as object) // A text or a number has none that are asked for.
    return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
  } catch {
    throw new HttpError(400, 'the body is not JSON with cluster, namespace and canary')
  }
}

function minutesOf(query: URLSearchParams): number {
  const minutes = Number(query.get('minutes') ?? defaultMinutes)
  if (minutes >= 1 && minutes <= maxMinutes) return minutes
  throw new HttpError(400, `minutes must be from 1 to ${maxMinutes}`)
}

function urlOf(request: IncomingMessage): URL {
  try {
    return new URL(request.url ?? '/', 'http://localhost')
  } catch {
    throw new HttpError(400, 'the path is malformed')
  }
}

function queryOf(request: IncomingMessage): URLSearchParams {
  return urlOf(request).searchParams
}
