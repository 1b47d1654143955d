/** Translates Gateway API HTTPRoutes into routes. Pure. */
import type { HTTPRoute } from '../../api/gateway-api/v1.ts'
import { parseDuration } from '../../apimachinery/duration.ts'
import type {
  HeaderChanges,
  Redirect,
  RequestMatch,
  Rewrite,
  RouteConfig,
  RouteRule,
  StringMatch,
  WeightedDestination,
} from './config.ts'
import { translateEach } from './translate.ts'

type Rule = NonNullable<NonNullable<HTTPRoute['spec']>['rules']>[number]
type Match = NonNullable<Rule['matches']>[number]
type Filter = NonNullable<Rule['filters']>[number]
type BackendRef = NonNullable<Rule['backendRefs']>[number]

/** The routes of all HTTPRoutes: on the gateway where a parent is a Gateway, on the mesh where it is a Service. */
export function routesOfHttpRoutes(routes: readonly HTTPRoute[]): RouteConfig[] {
  return translateEach('HTTPRoute', routes, (route, origin) => {
    const { namespace = '' } = route.metadata
    const parents = route.spec?.parentRefs ?? []
    const services = parents.filter(parent => parent.kind === 'Service')
    const onGateway = parents.some(parent => (parent.kind ?? 'Gateway') === 'Gateway')
    return [
      {
        origin,
        meshServices: services.map(parent => `${parent.namespace ?? namespace}/${parent.name}`),
        meshHosts: [],
        gatewayHosts: onGateway ? (route.spec?.hostnames ?? ['*']) : [],
        rules: (route.spec?.rules ?? []).flatMap(rule => rulesOf(rule, namespace)).sort(bySpecificity),
      },
    ]
  })
}

/** One rule a match, since which match wins does not follow the order of rules (HTTPRouteRule.matches). */
function rulesOf(rule: Rule, namespace: string): RouteRule[] {
  const filters = rule.filters ?? []
  const timeout = rule.timeouts?.request
  const base: Omit<RouteRule, 'matches'> = {
    ...(rule.name ? { name: rule.name } : {}),
    destinations: (rule.backendRefs ?? []).map(backend => destinationOf(backend, namespace)),
    ...changesOf(filters),
    ...redirectOf(filters),
    ...rewriteOf(filters),
    ...mirrorsOf(filters, namespace),
    ...(timeout ? { timeoutMs: parseDuration(timeout) } : {}),
  }
  const matches = rule.matches && rule.matches.length > 0 ? rule.matches : [{}]
  return matches.map(match => ({ ...base, matches: [matchOf(match)] }))
}

function destinationOf(backend: BackendRef, namespace: string): WeightedDestination {
  const { requestHeaders, responseHeaders } = changesOf(backend.filters ?? [])
  return {
    service: `${backend.namespace ?? namespace}/${backend.name}`,
    ...(backend.port === undefined ? {} : { port: backend.port }),
    weight: backend.weight ?? 1,
    ...(requestHeaders ? { requestHeaders } : {}),
    ...(responseHeaders ? { responseHeaders } : {}),
  }
}

function matchOf({ path, method, headers, queryParams }: Match): RequestMatch {
  return {
    ...(path ? { path: pathOf(path) } : {}),
    ...(method ? { method: { kind: 'exact', value: method } } : {}),
    ...(headers ? { headers: valuesOf(headers, name => name.toLowerCase()) } : {}),
    ...(queryParams ? { queryParams: valuesOf(queryParams, name => name) } : {}),
  }
}

function pathOf(path: NonNullable<Match['path']>): StringMatch {
  const value = path.value ?? '/'
  if (path.type === 'Exact') return { kind: 'exact', value }
  if (path.type === 'RegularExpression') return { kind: 'regex', value }
  // A prefix ends at a path element: /foo matches /foo and /foo/bar, not /foobar.
  const prefix = value.replace(/\/$/, '')
  return prefix === '' ? { kind: 'prefix', value: '/' } : { kind: 'prefix', value: prefix, atElement: true }
}

function valuesOf(
  list: readonly { readonly name: string; readonly value: string; readonly type?: string }[],
  nameOf: (name: string) => string,
): Record<string, StringMatch> {
  return Object.fromEntries(
    list.map(({ name, value, type }) => [
      nameOf(name),
      { kind: type === 'RegularExpression' ? 'regex' : 'exact', value },
    ]),
  )
}

function changesOf(filters: readonly Filter[]): { requestHeaders?: HeaderChanges; responseHeaders?: HeaderChanges } {
  const request = filters.find(filter => filter.requestHeaderModifier)?.requestHeaderModifier
  const response = filters.find(filter => filter.responseHeaderModifier)?.responseHeaderModifier
  return {
    ...(request ? { requestHeaders: headerChanges(request) } : {}),
    ...(response ? { responseHeaders: headerChanges(response) } : {}),
  }
}

function headerChanges(modifier: NonNullable<Filter['requestHeaderModifier']>): HeaderChanges {
  const record = (list: readonly { readonly name: string; readonly value: string }[] | undefined) =>
    Object.fromEntries((list ?? []).map(({ name, value }) => [name.toLowerCase(), value]))
  return { set: record(modifier.set), add: record(modifier.add), remove: modifier.remove ?? [] }
}

function redirectOf(filters: readonly Filter[]): { redirect?: Redirect } {
  const redirect = filters.find(filter => filter.requestRedirect)?.requestRedirect
  if (!redirect) return {}
  return {
    redirect: {
      status: redirect.statusCode ?? 302,
      ...(redirect.scheme ? { scheme: redirect.scheme } : {}),
      ...(redirect.hostname ? { authority: redirect.hostname } : {}),
      ...(redirect.port ? { port: redirect.port } : {}),
      ...(redirect.path?.replaceFullPath === undefined ? {} : { path: redirect.path.replaceFullPath }),
      ...(redirect.path?.replacePrefixMatch === undefined ? {} : { prefix: redirect.path.replacePrefixMatch }),
    },
  }
}

function rewriteOf(filters: readonly Filter[]): { rewrite?: Rewrite } {
  const rewrite = filters.find(filter => filter.urlRewrite)?.urlRewrite
  if (!rewrite) return {}
  return {
    rewrite: {
      ...(rewrite.hostname ? { authority: rewrite.hostname } : {}),
      ...(rewrite.path?.replaceFullPath === undefined ? {} : { fullPath: rewrite.path.replaceFullPath }),
      ...(rewrite.path?.replacePrefixMatch === undefined ? {} : { path: rewrite.path.replacePrefixMatch }),
    },
  }
}

function mirrorsOf(filters: readonly Filter[], namespace: string): Pick<RouteRule, 'mirrors'> {
  const mirrors = filters.flatMap(({ requestMirror: mirror }) =>
    mirror
      ? [
          {
            destination: destinationOf({ ...mirror.backendRef, weight: 1 } as BackendRef, namespace),
            percent: mirror.percent ?? 100,
          },
        ]
      : [],
  )
  return mirrors.length > 0 ? { mirrors } : {}
}

/** Exact paths, then longer prefixes, then a method, then more headers, then more query parameters (the API's order). */
function bySpecificity(a: RouteRule, b: RouteRule): number {
  const rank = (rule: RouteRule) => {
    const { path, method, headers = {}, queryParams = {} } = rule.matches[0] ?? {}
    return [
      path?.kind === 'exact' ? 1 : 0,
      path && path.kind !== 'present' ? path.value.length : 0,
      method ? 1 : 0,
      Object.keys(headers).length,
      Object.keys(queryParams).length,
    ]
  }
  const [one, other] = [rank(a), rank(b)]
  for (const [at, value] of one.entries()) if (value !== other[at]) return (other[at] ?? 0) - value
  return 0
}
