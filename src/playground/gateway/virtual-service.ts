/** Translates Istio's VirtualServices, with the Gateways and DestinationRules that they need, into routes. Pure. */

import type { DestinationRule, Gateway, VirtualService } from '../../api/istio/networking.ts'
import { parseDuration } from '../../apimachinery/duration.ts'
import type {
  CorsPolicy,
  FaultPolicy,
  HeaderChanges,
  RequestMatch,
  RetryPolicy,
  RouteConfig,
  RouteRule,
  ServiceKey,
  Side,
  StringMatch,
  WeightedDestination,
} from './config.ts'
import { withDelegates } from './delegate.ts'
import { translateEach } from './translate.ts'

/** Istio's routing objects. */
export interface IstioObjects {
  readonly virtualServices: readonly VirtualService[]
  readonly destinationRules: readonly DestinationRule[]
  readonly gateways: readonly Gateway[]
}

type HttpRoute = NonNullable<NonNullable<VirtualService['spec']>['http']>[number]
type HttpMatch = NonNullable<HttpRoute['match']>[number]
type HttpDestination = NonNullable<HttpRoute['route']>[number]

/** The routes of all VirtualServices; older ones first, as Istio merges those of one host. */
export function routesOfVirtualServices(objects: IstioObjects): RouteConfig[] {
  const subsets = subsetsOf(objects.destinationRules)
  const gateways = new Map(objects.gateways.map(gateway => [keyOf(gateway), gateway]))
  const byKey = new Map(objects.virtualServices.map(virtualService => [keyOf(virtualService), virtualService]))
  return translateEach('VirtualService', [...objects.virtualServices].sort(byAge), (virtualService, origin) => {
    const { namespace = '' } = virtualService.metadata
    const { hosts = [] } = virtualService.spec ?? {}
    const routes = withDelegates(virtualService, ref => byKey.get(`${ref.namespace}/${ref.name}`))
    const bound = virtualService.spec?.gateways ?? ['mesh']
    const onMesh = bound.includes('mesh')
    const listed = bound.filter(gateway => gateway !== 'mesh').map(gateway => qualified(gateway, namespace))
    const gatewayHosts = hosts.filter(host =>
      listed.some(key => admits(gateways.get(key), expandShortName(host, namespace), namespace)),
    )
    if (hosts.length === 0 || routes.length === 0 || (!onMesh && gatewayHosts.length === 0)) return []
    return [
      {
        origin,
        meshServices: onMesh ? hosts.flatMap(host => serviceOf(host, namespace) ?? []) : [],
        // Also by their text: shop.example reads like a Service's name, but may be none.
        meshHosts: onMesh ? hosts : [],
        gatewayHosts: [...new Set(gatewayHosts.flatMap(host => [host, expandShortName(host, namespace)]))],
        rules: routes.map(({ route, namespace: from }) => ruleOf(route, from, subsets, listed)),
      },
    ]
  })
}

/** `host/subset` to the labels of the subset's pods. */
type Subsets = ReadonlyMap<string, Readonly<Record<string, string>>>

function ruleOf(route: HttpRoute, namespace: string, subsets: Subsets, gateways: readonly string[]): RouteRule {
  const destination = (to: HttpDestination, sole: boolean) => destinationOf(to, namespace, subsets, sole)
  const destinations = (route.route ?? []).map((to, _, all) => destination(to, all.length === 1))
  const timeoutMs = millisecondsOf(route.timeout)
  const mirrors = mirrorsOf(route, to => destination({ destination: to }, true))
  return {
    ...(route.name ? { name: route.name } : {}),
    matches: (route.match ?? []).map(match => matchOf(match, namespace, gateways)),
    destinations,
    ...(route.redirect ? { redirect: redirectOf(route.redirect) } : {}),
    ...(route.directResponse
      ? { directResponse: { status: route.directResponse.status, body: bodyOf(route.directResponse.body) } }
      : {}),
    ...(route.rewrite ? { rewrite: rewriteOf(route.rewrite) } : {}),
    ...(timeoutMs ? { timeoutMs } : {}),
    ...(route.retries ? { retries: retriesOf(route.retries) } : {}),
    ...(route.fault ? { fault: faultOf(route.fault) } : {}),
    ...(mirrors.length > 0 ? { mirrors } : {}),
    ...(route.corsPolicy ? { cors: corsOf(route.corsPolicy) } : {}),
    ...changesOf(route.headers),
  }
}

function mirrorsOf(
  route: HttpRoute,
  destinationFor: (to: HttpDestination['destination']) => WeightedDestination,
): NonNullable<RouteRule['mirrors']> {
  const percent = shareOf(route.mirrorPercentage) ?? route.mirrorPercent ?? route.mirror_percent ?? 100
  return [
    ...(route.mirror ? [{ destination: destinationFor(route.mirror), percent }] : []),
    ...(route.mirrors ?? []).map(({ destination, percentage }) => ({
      destination: destinationFor(destination),
      percent: shareOf(percentage) ?? 100,
    })),
  ]
}

/** A percentage that is given without a value is none at all. */
function shareOf(percentage: { readonly value?: number } | undefined): number | undefined {
  return percentage && (percentage.value ?? 0)
}

function bodyOf({ string = '', bytes }: NonNullable<NonNullable<HttpRoute['directResponse']>['body']> = {}): string {
  return bytes === undefined ? string : Buffer.from(bytes, 'base64').toString('utf8')
}

function destinationOf(to: HttpDestination, namespace: string, subsets: Subsets, sole: boolean): WeightedDestination {
  const { host, subset, port } = to.destination
  const service = serviceOf(host, namespace) ?? `${namespace}/${host}`
  const labels = subset ? subsets.get(`${service}/${subset}`) : undefined
  const { requestHeaders, responseHeaders } = changesOf(to.headers)
  return {
    service,
    ...(port?.number === undefined ? {} : { port: port.number }),
    ...(labels ? { subset: labels } : subset ? { undefinedSubset: subset } : {}),
    weight: to.weight ?? (sole ? 100 : 0),
    ...(requestHeaders ? { requestHeaders } : {}),
    ...(responseHeaders ? { responseHeaders } : {}),
  }
}

/** `gateways`: those that the VirtualService is bound to; the match of one that is not among them never holds. */
function matchOf(match: HttpMatch, namespace: string, gateways: readonly string[]): RequestMatch {
  const ignoreCase = match.ignoreUriCase ?? false
  const text = (given: Parameters<typeof stringOf>[0] | undefined) => (given ? stringOf(given) : undefined)
  const all = (given: HttpMatch['headers']) =>
    given && Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), stringOf(value)]))
  const path = text(match.uri)
  const query = match.queryParams
  return compact({
    path: path && ignoreCase ? { ...path, ignoreCase } : path,
    method: text(match.method),
    authority: text(match.authority),
    scheme: text(match.scheme),
    headers: all(match.headers),
    withoutHeaders: all(match.withoutHeaders),
    queryParams: query && Object.fromEntries(Object.entries(query).map(([name, value]) => [name, stringOf(value)])),
    port: match.port,
    sourceNamespace: match.sourceNamespace,
    sourceLabels: match.sourceLabels,
    sides: match.gateways?.length ? sidesOf(match.gateways, namespace, gateways) : undefined,
  })
}

function sidesOf(named: readonly string[], namespace: string, gateways: readonly string[]): readonly Side[] {
  const others = named.filter(name => name !== 'mesh')
  return [
    ...(others.length < named.length ? (['mesh'] as const) : []),
    ...(others.some(name => gateways.includes(qualified(name, namespace))) ? (['gateway'] as const) : []),
  ]
}

/** An empty condition asks only that the value is there. */
function stringOf(match: { readonly exact?: string; readonly prefix?: string; readonly regex?: string }): StringMatch {
  if (match.exact !== undefined) return { kind: 'exact', value: match.exact }
  if (match.prefix !== undefined) return { kind: 'prefix', value: match.prefix }
  if (match.regex !== undefined) return { kind: 'regex', value: match.regex }
  return { kind: 'present' }
}

function redirectOf(redirect: NonNullable<HttpRoute['redirect']>): NonNullable<RouteRule['redirect']> {
  return compact({
    status: redirect.redirectCode ?? 301,
    scheme: redirect.scheme,
    authority: redirect.authority,
    port: redirect.derivePort === 'FROM_PROTOCOL_DEFAULT' ? defaultPort(redirect.scheme) : redirect.port,
    path: redirect.uri,
    prefix: redirect.prefixRewrite,
  })
}

function defaultPort(scheme: string | undefined): number {
  return scheme === 'https' ? 443 : 80
}

function rewriteOf(rewrite: NonNullable<HttpRoute['rewrite']>): NonNullable<RouteRule['rewrite']> {
  const { match, rewrite: substitution } = rewrite.uriRegexRewrite ?? {}
  const pattern = match === undefined ? undefined : { match, substitution: substitution ?? '' }
  return compact({ path: rewrite.uri, authority: rewrite.authority, pattern })
}

// Envoy's meaning of the names in retryOn that concern HTTP.
const gatewayErrors = [502, 503, 504]
const statusesOfRetryOn: Readonly<Record<string, readonly number[]>> = {
  '5xx': Array.from({ length: 100 }, (_, at) => 500 + at),
  'gateway-error': gatewayErrors,
  'retriable-4xx': [409],
  unavailable: [503],
}

function retriesOf(retries: NonNullable<HttpRoute['retries']>): RetryPolicy {
  // Istio's default set where retryOn is not given.
  const on = (retries.retryOn || 'connect-failure,refused-stream,unavailable,cancelled').split(',').map(s => s.trim())
  const perTryTimeoutMs = millisecondsOf(retries.perTryTimeout)
  return {
    attempts: retries.attempts ?? 2,
    ...(perTryTimeoutMs ? { perTryTimeoutMs } : {}),
    on: {
      statuses: new Set(on.flatMap(name => (/^\d{3}$/.test(name) ? [Number(name)] : (statusesOfRetryOn[name] ?? [])))),
      connectFailure: on.some(name =>
        ['5xx', 'gateway-error', 'connect-failure', 'reset', 'refused-stream'].includes(name),
      ),
    },
  }
}

function faultOf(fault: NonNullable<HttpRoute['fault']>): FaultPolicy {
  const { abort, delay } = fault
  const delayMs = millisecondsOf(delay?.fixedDelay)
  return {
    ...(abort?.httpStatus ? { abort: { percent: shareOf(abort.percentage) ?? 100, status: abort.httpStatus } } : {}),
    ...(delay && delayMs ? { delay: { percent: shareOf(delay.percentage) ?? delay.percent ?? 100, delayMs } } : {}),
  }
}

function corsOf(cors: NonNullable<HttpRoute['corsPolicy']>): CorsPolicy {
  const maxAgeMs = millisecondsOf(cors.maxAge)
  return {
    allowOrigins: [
      ...(cors.allowOrigins ?? []).map(stringOf),
      ...(cors.allowOrigin ?? []).map(
        (value): StringMatch => (value === '*' ? { kind: 'present' } : { kind: 'exact', value }),
      ),
    ],
    allowMethods: cors.allowMethods ?? [],
    allowHeaders: cors.allowHeaders ?? [],
    exposeHeaders: cors.exposeHeaders ?? [],
    ...(maxAgeMs === undefined ? {} : { maxAgeS: maxAgeMs / 1000 }),
    ...(cors.allowCredentials ? { allowCredentials: true } : {}),
  }
}

function changesOf(headers: HttpRoute['headers']): { requestHeaders?: HeaderChanges; responseHeaders?: HeaderChanges } {
  return {
    ...(headers?.request ? { requestHeaders: headers.request } : {}),
    ...(headers?.response ? { responseHeaders: headers.response } : {}),
  }
}

function subsetsOf(destinationRules: readonly DestinationRule[]): Subsets {
  return new Map(
    destinationRules.flatMap(rule => {
      const service = serviceOf(rule.spec?.host ?? '', rule.metadata.namespace ?? '')
      return (rule.spec?.subsets ?? []).map(subset => [`${service}/${subset.name}`, subset.labels ?? {}] as const)
    }),
  )
}

/**
 * The Service that a host means: a short name is in `namespace`; otherwise `name.ns[.svc[.cluster.local]]`. Undefined
 * for hosts that no Service can have.
 */
function serviceOf(host: string, namespace: string): ServiceKey | undefined {
  const [name = '', ns = namespace, ...rest] = host.split('.')
  if (name === '' || name.includes('*')) return undefined
  const suffix = rest.join('.')
  return suffix === '' || suffix === 'svc' || suffix === 'svc.cluster.local' ? `${ns}/${name}` : undefined
}

/** A name without a dot means the Service of that name beside the VirtualService (Istio). */
function expandShortName(host: string, namespace: string): string {
  return host === '*' || host.includes('.') ? host : `${host}.${namespace}.svc.cluster.local`
}

/** Whether a gateway takes requests for `host` from VirtualServices in `namespace`. */
function admits(gateway: Gateway | undefined, host: string, namespace: string): boolean {
  return (gateway?.spec?.servers ?? []).some(server =>
    (server.hosts ?? []).some(entry => {
      const [from, pattern] = entry.includes('/') ? (entry.split('/', 2) as [string, string]) : ['*', entry]
      const mayBind = from === '*' || from === namespace || (from === '.' && gateway?.metadata.namespace === namespace)
      return mayBind && overlaps(pattern, host)
    }),
  )
}

function overlaps(pattern: string, host: string): boolean {
  if (pattern === '*' || host === '*') return true
  if (pattern.startsWith('*')) return host.endsWith(pattern.slice(1))
  if (host.startsWith('*')) return pattern.endsWith(host.slice(1))
  return pattern === host
}

function qualified(name: string, namespace: string): string {
  return name.includes('/') ? name : `${namespace}/${name}`
}

function keyOf(object: { readonly metadata: { readonly namespace?: string; readonly name?: string } }): string {
  return `${object.metadata.namespace}/${object.metadata.name}`
}

function byAge(a: VirtualService, b: VirtualService): number {
  return (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? '')
}

function millisecondsOf(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : parseDuration(duration)
}

/** `object` without the properties that are undefined. */
function compact<T extends object>(object: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T
}
