/** One request from the first byte to the answer: who asks, for what, and what comes of it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Authenticator, isPublic, refusalOf } from '../authentication.ts'
import type { ServerContext } from '../context.ts'
import { type DiscoveryDeps, serveDiscovery } from '../discovery/serve.ts'
import type { Call } from '../handlers/call.ts'
import { handlerOf, verbOf } from '../handlers/dispatch.ts'
import type { ServedSubresource } from '../resources/served-resource.ts'
import { StatusError, unknownPath } from '../status-error.ts'
import type { User } from '../user.ts'
import { type Answer, errorAnswer, notFoundPage, sendAnswer } from './answer.ts'
import type { InFlight } from './in-flight.ts'
import { negotiateOutput } from './negotiation.ts'
import { parseResourcePath, type ResourcePath } from './request-path.ts'

/** What the handler of all requests needs. */
export interface RequestHandlerDeps extends DiscoveryDeps {
  readonly authenticator: Authenticator
  readonly inFlight: InFlight
}

/** Serves requests; never throws. */
export function newRequestHandler(
  deps: RequestHandlerDeps,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const warnings: string[] = []
    serve(deps, request, response, warnings)
      .catch((error: unknown) => {
        const answer = errorAnswer(error)
        // What handlers throw on purpose is for the caller alone.
        if (!(error instanceof StatusError)) {
          deps.server.log.error('request failed', { method: request.method, url: request.url, error })
        }
        return answer
      })
      .then(answer => answer && finish(request, response, answer, warnings))
      .catch((error: unknown) => {
        deps.server.log.error('answer failed', { method: request.method, url: request.url, error })
        response.destroy()
      })
  }
}

async function finish(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  warnings: readonly string[],
): Promise<void> {
  if (response.headersSent) {
    response.destroy()
    return
  }
  await sendAnswer(request, response, answer, warnings)
  // A body that nobody read would be taken for the next request of the connection.
  if (!request.complete) request.resume()
}

async function serve(
  deps: RequestHandlerDeps,
  request: IncomingMessage,
  response: ServerResponse,
  warnings: string[],
): Promise<Answer | undefined> {
  const { pathname, query } = splitUrl(request.url ?? '/')
  const method = request.method ?? 'GET'
  const user = deps.authenticator.authenticate(request.headers.authorization)
  const path = parseResourcePath(pathname)
  if (!path || path.plural === '') {
    const refusal = isPublic(pathname) ? undefined : refusalOf(user, { verb: method.toLowerCase(), path: pathname })
    if (refusal) throw refusal
    return serveDiscovery(deps, { method, pathname, query, path, request })
  }
  const verb = path.isWatch && method === 'GET' ? 'watch' : verbOf(method, path.name, query)
  const refusal = refusalOf(user, { verb, path: pathname, resource: path })
  if (refusal) throw refusal
  return serveResource(deps, { request, response, warnings, query, user, path, verb })
}

interface ResourceRequest {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly warnings: string[]
  readonly query: URLSearchParams
  readonly user: User
  readonly path: ResourcePath
  readonly verb: string
}

async function serveResource(deps: RequestHandlerDeps, incoming: ResourceRequest): Promise<Answer | undefined> {
  const { path, verb, request } = incoming
  const { resources } = deps.server
  const resource = resources.find(path.group, path.version, path.plural)
  if (!resource) {
    if (resources.isBuiltInGroupVersion(path.group, path.version)) throw unknownPath()
    return notFoundPage
  }
  const subresource = resource.subresources.find(({ name }) => name === path.subresource)
  const isStrayNamespace = path.namespace !== '' && !resource.namespaced
  if ((path.subresource !== '' && !subresource) || isStrayNamespace) {
    if (resource.custom) return notFoundPage
    throw unknownPath()
  }
  const call = newCall(deps.server, incoming, resource, subresource)
  const handler = handlerOf(call, verb)
  if (resource.deprecationWarning) call.warnings.push(resource.deprecationWarning)
  if (isLongRunning(verb, path)) return handler(call)
  const done = deps.inFlight.enter(request.method ?? 'GET')
  try {
    return await handler(call)
  } finally {
    done()
  }
}

/** Watches and streams last; they do not count against the requests in flight. */
function isLongRunning(verb: string, path: ResourcePath): boolean {
  return verb === 'watch' || ['log', 'exec', 'attach', 'portforward', 'proxy'].includes(path.subresource)
}

function newCall(
  server: ServerContext,
  incoming: ResourceRequest,
  resource: Call['resource'],
  subresource: ServedSubresource | undefined,
): Call {
  const { request, response, warnings, query, user, path } = incoming
  return {
    server,
    resource,
    ...(subresource ? { subresource } : {}),
    path,
    query,
    form: negotiateOutput(path.subresource === 'log' ? undefined : request.headers.accept),
    user,
    request,
    response,
    warnings,
  }
}

function splitUrl(url: string): { pathname: string; query: URLSearchParams } {
  const at = url.indexOf('?')
  return at < 0
    ? { pathname: url, query: new URLSearchParams() }
    : { pathname: url.slice(0, at), query: new URLSearchParams(url.slice(at + 1)) }
}
