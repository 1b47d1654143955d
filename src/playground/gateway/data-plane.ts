/** From a request to a decision: finds the rule, applies what it says, and hands over to the exchange. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HeaderChanges, ProviderCount, RetryPolicy, RouteRule, WeightedDestination, Workload } from './config.ts'
import { answerPreflight, corsChanges } from './cors.ts'
import { type ExchangeDeps, exchange } from './exchange.ts'
import { requestHeaders } from './headers.ts'
import { faultAbort, type LocalReply, noCluster, noRoute } from './local-reply.ts'
import type { MatchableRequest } from './matcher.ts'
import { mirror } from './mirror.ts'
import { redirectTo, rewritePath } from './rewrite.ts'
import { type Caller, callerOf } from './source.ts'
import { type Cluster, type CompiledRule, portOf, type RouteTable, type Side, type Target } from './table.ts'
import { count, unknownWorkload } from './telemetry.ts'

/** What the data plane needs. */
export interface DataPlaneDeps extends ExchangeDeps {
  /** The routing table in force now. */
  readonly table: () => RouteTable
  /** Who calls from outside: the ingress gateway. */
  readonly gateway: Workload
}

/** Handles one request that came in at `side`. Errors end in an answer, never in a throw. */
export type Handle = (side: Side, request: IncomingMessage, response: ServerResponse) => void

// Istio's default: two more tries where the connection could not be made or broke before an answer.
const defaultRetries: RetryPolicy = { attempts: 2, on: { statuses: new Set(), connectFailure: true } }
// Bodies up to this size are kept, so that a try can be repeated and mirrored; Envoy's default buffer is 1 MiB.
const maxKeptBodyBytes = 64 * 1024

/** Makes the handler of a mesh. */
export function newDataPlane(deps: DataPlaneDeps): Handle {
  return (side, request, response) => {
    const startedMs = deps.clock.monotonicMs()
    const incoming = new Incoming(request, side === 'gateway' ? { workload: deps.gateway } : callerOf(request))
    const found = deps.table().lookup(side, incoming.authority, incoming.sourceNamespace, incoming)
    const context = { deps, incoming, response, startedMs }
    if (found.kind === 'rule') applyRule(context, found.rule)
    else if (found.kind === 'service') {
      withBody(context, body => forward(context, found.cluster, {}, incoming.target, incoming.authority, body))
    } else reply(context, found.kind === 'noRoute' ? noRoute : noCluster, found.kind === 'noPort' ? found.service : '')
  }
}

interface Context {
  readonly deps: DataPlaneDeps
  readonly incoming: Incoming
  readonly response: ServerResponse
  readonly startedMs: number
}

/** A body that can be sent again, or a stream that cannot. */
type Body = { readonly kept: Buffer | null } | { readonly stream: IncomingMessage }

/** A request as rules see it. */
class Incoming implements MatchableRequest {
  readonly request: IncomingMessage
  readonly caller: Caller
  readonly method: string
  readonly authority: string
  /** Path and query. */
  readonly target: string
  readonly path: string
  readonly query: string
  readonly scheme = 'http'
  readonly port: number

  constructor(request: IncomingMessage, caller: Caller) {
    this.request = request
    this.caller = caller
    this.method = request.method ?? 'GET'
    const url = request.url ?? '/'
    // A proxy is asked with the whole URL (RFC 9112, 3.2.2); its authority then counts, not the Host header's.
    const absolute = url.startsWith('/') ? null : /^https?:\/\/([^/?#]*)(.*)$/i.exec(url)
    const authority = request.headers[':authority']
    this.authority = absolute?.[1] ?? (typeof authority === 'string' ? authority : request.headers.host) ?? ''
    const rest = absolute ? (absolute[2] ?? '') : url
    this.target = rest.startsWith('/') ? rest : `/${rest}`
    const mark = this.target.indexOf('?')
    this.path = mark < 0 ? this.target : this.target.slice(0, mark)
    this.query = mark < 0 ? '' : this.target.slice(mark + 1)
    this.port = portOf(this.authority, 80)
  }

  get sourceNamespace(): string {
    return this.caller.workload.namespace
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name]
    return Array.isArray(value) ? value.join(',') : value
  }
}

function applyRule(context: Context, compiled: CompiledRule): void {
  const { deps, incoming, response } = context
  const { rule } = compiled
  const origin = incoming.header('origin')
  const corsAllowed = rule.cors !== undefined && (compiled.corsOrigin?.(origin) ?? false)
  if (rule.cors && corsAllowed && answerPreflight(rule.cors, incoming.request, response)) return
  if (rule.redirect) {
    response.writeHead(rule.redirect.status, { location: redirectTo(rule, rule.redirect, incoming) }).end()
    return
  }
  if (rule.directResponse) {
    response.writeHead(rule.directResponse.status).end(rule.directResponse.body)
    return
  }
  const proceed = () => {
    const { abort } = rule.fault ?? {}
    const target = compiled.pick(deps.random())
    if (abort && deps.random() * 100 < abort.percent) {
      return reply(context, faultAbort(abort.status), target?.destination.service ?? '')
    }
    const cluster = target?.clusterFor(incoming.port)
    if (!target || !cluster) return reply(context, noCluster, target?.destination.service ?? '', target?.destination)
    withBody(context, body => {
      const path = rewritePath(rule, incoming)
      const authority = rule.rewrite?.authority ?? incoming.authority
      const cors = rule.cors && corsAllowed && origin ? [corsChanges(rule.cors, origin)] : []
      for (const copy of compiled.mirrors) {
        if ('kept' in body && deps.random() * 100 < copy.percent) {
          const to = copy.target.clusterFor(incoming.port)
          if (to) mirror(deps, { cluster: to, incoming, path, authority, body: body.kept })
        }
      }
      forward(context, cluster, ruleOptions(rule, target, cors), path, authority, body)
    })
  }
  const { delay } = rule.fault ?? {}
  if (delay && deps.random() * 100 < delay.percent)
    deps.clock.sleep(delay.delayMs).then(proceed, () => response.destroy())
  else proceed()
}

interface ForwardOptions {
  readonly requestChanges?: readonly HeaderChanges[]
  readonly responseChanges?: readonly HeaderChanges[]
  readonly retries?: RetryPolicy
  readonly timeoutMs?: number
  readonly counted?: ProviderCount
}

function ruleOptions(rule: RouteRule, target: Target, cors: readonly HeaderChanges[]): ForwardOptions {
  const { destination } = target
  const given = (changes: HeaderChanges | undefined) => (changes ? [changes] : [])
  return {
    requestChanges: [...given(rule.requestHeaders), ...given(destination.requestHeaders)],
    responseChanges: [...given(rule.responseHeaders), ...given(destination.responseHeaders), ...cors],
    ...(rule.retries ? { retries: rule.retries } : {}),
    ...(rule.timeoutMs ? { timeoutMs: rule.timeoutMs } : {}),
    ...(destination.counted ? { counted: destination.counted } : {}),
  }
}

function forward(
  context: Context,
  cluster: Cluster,
  options: ForwardOptions,
  path: string,
  authority: string,
  body: Body,
): void {
  const { deps, incoming, response, startedMs } = context
  const streamed = 'stream' in body
  const headers = requestHeaders(incoming.request.rawHeaders, authority, options.requestChanges ?? [])
  const length = incoming.request.headers['content-length']
  if (streamed && length !== undefined) headers.push('content-length', length)
  exchange(
    deps,
    {
      cluster,
      source: incoming.caller.workload,
      method: incoming.method,
      path,
      headers,
      responseChanges: options.responseChanges ?? [],
      retries: options.retries ?? defaultRetries,
      ...(options.timeoutMs ? { timeoutMs: options.timeoutMs } : {}),
      ...(options.counted ? { counted: options.counted } : {}),
      body: streamed ? null : body.kept,
      ...(streamed ? { stream: body.stream } : {}),
      protocol: incoming.header('content-type')?.startsWith('application/grpc') ? 'grpc' : 'http',
    },
    response,
    startedMs,
  )
}

/** Reads a short body whole, and hands on a long one as it comes. */
function withBody(context: Context, go: (body: Body) => void): void {
  const { request } = context.incoming
  const length = request.headers['content-length']
  if (request.headers['transfer-encoding'] === undefined && (length === undefined || length === '0')) {
    // HTTP/2 needs no length for a body, so there the method decides.
    if (request.httpVersionMajor < 2 || /^(GET|HEAD|DELETE|OPTIONS)$/.test(context.incoming.method))
      return go({ kept: null })
  }
  if (!(Number(length) <= maxKeptBodyBytes)) return go({ stream: request })
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.once('end', () => go({ kept: Buffer.concat(chunks) }))
  request.once('error', () => context.response.destroy())
}

/** Answers by itself and counts the request as sent by its source and served by nobody. */
function reply(
  { deps, incoming, response, startedMs }: Context,
  answer: LocalReply,
  service: string,
  { counted }: Pick<WeightedDestination, 'counted'> = {},
): void {
  incoming.request.resume()
  const series = deps.telemetry.series({
    source: incoming.caller.workload,
    destination: unknownWorkload,
    service,
    code: answer.status,
    flag: answer.flag,
    protocol: 'http',
  })
  const durationMs = deps.clock.monotonicMs() - startedMs
  count(series, durationMs)
  if (counted) deps.telemetry.providers.count(counted, { method: incoming.method, code: answer.status, durationMs })
  response.writeHead(answer.status, ['content-type', 'text/plain']).end(answer.body)
}
