/** From a request to a decision: finds the rule, applies what it says, and hands over to the exchange. */
import type {
  HeaderChanges,
  ProviderCount,
  RetryPolicy,
  RouteRule,
  Side,
  WeightedDestination,
  Workload,
} from './config.ts'
import { corsChanges, preflightHeaders } from './cors.ts'
import { type ExchangeDeps, exchange } from './exchange.ts'
import { requestHeaders } from './headers.ts'
import type { InboundBody, InboundRequest, OutboundResponse } from './inbound.ts'
import { faultAbort, type LocalReply, noCluster, noRoute } from './local-reply.ts'
import type { MatchableRequest } from './matcher.ts'
import { mirror } from './mirror.ts'
import { redirectTo, rewritePath } from './rewrite.ts'
import type { ServiceAddress } from './service-listeners.ts'
import { type Caller, Callers } from './source.ts'
import { type Cluster, type CompiledRule, portOf, type RouteTable, type Target } from './table.ts'
import { count, type ResponseFlag, unknownWorkload } from './telemetry.ts'

/** What the data plane needs. */
export interface DataPlaneDeps extends ExchangeDeps {
  /** The routing table in force now. */
  readonly table: () => RouteTable
  /** Who calls from outside: the ingress gateway. */
  readonly gateway: Workload
}

/** Handles one request that came in at `side`, or, with `to`, at the address of a Service, which then decides where to. Errors end in an answer, never in a throw. */
export type Handle = (side: Side, request: InboundRequest, response: OutboundResponse, to?: ServiceAddress) => void

// Istio's default: two more tries where the connection could not be made or broke before an answer.
const defaultRetries: RetryPolicy = { attempts: 2, on: { statuses: new Set(), connectFailure: true } }

/** Makes the handler of a mesh. */
export function newDataPlane(deps: DataPlaneDeps): Handle {
  const callers = new Callers()
  const gateway: Caller = { workload: deps.gateway, labels: {} }
  return (side, request, response, to) => {
    const startedMs = deps.clock.monotonicMs()
    const incoming = new Incoming(
      request,
      side === 'gateway' ? gateway : callers.of(request.header('proxy-authorization')),
      to?.port,
    )
    const found = deps.table().lookup(side, to?.ip ?? incoming.authority, incoming.sourceNamespace, incoming)
    const context = { deps, incoming, response, startedMs }
    if (found.kind === 'rule') applyRule(context, found.rule)
    else if (found.kind === 'service') {
      request.takeBody(body => forward(context, found.cluster, {}, incoming.target, incoming.authority, body))
    } else reply(context, found.kind === 'noRoute' ? noRoute : noCluster, found.kind === 'noPort' ? found.service : '')
  }
}

interface Context {
  readonly deps: DataPlaneDeps
  readonly incoming: Incoming
  readonly response: OutboundResponse
  readonly startedMs: number
}

/** A request as rules see it. */
class Incoming implements MatchableRequest {
  readonly request: InboundRequest
  readonly caller: Caller
  readonly method: string
  readonly authority: string
  /** Path and query. */
  readonly target: string
  readonly path: string
  readonly query: string
  readonly scheme = 'http'
  readonly port: number

  constructor(request: InboundRequest, caller: Caller, port: number | undefined) {
    this.request = request
    this.caller = caller
    const { method, url } = request
    this.method = method
    // A proxy is asked with the whole URL (RFC 9112, 3.2.2); its authority then counts, not the Host header's.
    const absolute = url.startsWith('/') ? null : /^https?:\/\/([^/?#]*)(.*)$/i.exec(url)
    this.authority = absolute?.[1] ?? request.header(':authority') ?? request.header('host') ?? ''
    const rest = absolute ? (absolute[2] ?? '') : url
    this.target = rest.startsWith('/') ? rest : `/${rest}`
    const mark = this.target.indexOf('?')
    this.path = mark < 0 ? this.target : this.target.slice(0, mark)
    this.query = mark < 0 ? '' : this.target.slice(mark + 1)
    this.port = port ?? portOf(this.authority, 80)
  }

  get sourceNamespace(): string {
    return this.caller.workload.namespace
  }

  get sourceLabels(): Readonly<Record<string, string>> {
    return this.caller.labels
  }

  header(name: string): string | undefined {
    return this.request.header(name)
  }
}

function applyRule(context: Context, compiled: CompiledRule): void {
  const { deps, incoming, response } = context
  const { rule } = compiled
  const origin = incoming.header('origin')
  const corsAllowed = rule.cors !== undefined && (compiled.corsOrigin?.(origin) ?? false)
  const preflight = rule.cors && corsAllowed ? preflightHeaders(rule.cors, incoming) : undefined
  if (preflight) return answer(context, 200, preflight)
  if (rule.redirect) {
    return answer(context, rule.redirect.status, ['location', redirectTo(rule, rule.redirect, incoming)])
  }
  if (rule.directResponse) {
    return answer(context, rule.directResponse.status, [], { body: rule.directResponse.body })
  }
  const proceed = () => {
    const { abort } = rule.fault ?? {}
    const target = compiled.pick(deps.random())
    if (abort && deps.random() * 100 < abort.percent) {
      return reply(context, faultAbort(abort.status), target?.destination.service ?? '')
    }
    const cluster = target?.clusterFor(incoming.port)
    if (!target || !cluster) return reply(context, noCluster, target?.destination.service ?? '', target?.destination)
    incoming.request.takeBody(body => {
      const path = rewritePath(compiled, incoming)
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
  body: InboundBody,
): void {
  const { deps, incoming, response, startedMs } = context
  const streamed = 'stream' in body
  const headers = requestHeaders(incoming.request.rawHeaders, authority, options.requestChanges ?? [])
  const length = incoming.header('content-length')
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

/** What the mesh answers where it can send the request nowhere. */
function reply(
  context: Context,
  { status, flag, body }: LocalReply,
  service: string,
  { counted }: Pick<WeightedDestination, 'counted'> = {},
): void {
  answer(context, status, ['content-type', 'text/plain'], { body, service, flag, ...(counted ? { counted } : {}) })
}

interface AnswerDetails {
  readonly body?: string
  readonly service?: string
  readonly flag?: ResponseFlag
  readonly counted?: ProviderCount
}

/** Answers by itself and counts the request as sent by its source and served by nobody. */
function answer(
  { deps, incoming, response, startedMs }: Context,
  status: number,
  headers: string[],
  { body = '', service = '', flag = '-', counted }: AnswerDetails = {},
): void {
  incoming.request.dropBody()
  const { workload } = incoming.caller
  const series = deps.telemetry.series({
    source: workload,
    destination: unknownWorkload,
    service,
    code: status,
    flag,
    protocol: 'http',
  })
  const durationMs = deps.clock.monotonicMs() - startedMs
  count(series, durationMs)
  if (counted) deps.telemetry.providers.count(counted, { method: incoming.method, code: status, durationMs })
  response.writeHead(status, headers)
  response.end(body)
}
