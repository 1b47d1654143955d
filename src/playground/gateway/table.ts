/** The routing table: the mesh's configuration, compiled so that a request costs a few look-ups. Pure. */
import type {
  CorsPolicy,
  Endpoint,
  MeshConfig,
  ProviderCount,
  RouteConfig,
  RouteRule,
  ServiceConfig,
  ServiceKey,
  ServicePortConfig,
  Side,
  WeightedDestination,
} from './config.ts'
import {
  compileMatches,
  compileReplacement,
  compileString,
  type MatchableRequest,
  MatchError,
  type Predicate,
} from './matcher.ts'
import { type Picker, weightedPicker } from './weighted.ts'

/** The ready endpoints of one port of a Service (or of a subset of it). */
export interface Cluster {
  readonly service: ServiceKey
  readonly endpoints: readonly Endpoint[]
  readonly counted?: ProviderCount
}

/** A destination that a rule chose. `cluster` is missing where it points at nothing. */
export interface Target {
  readonly destination: WeightedDestination
  readonly clusterFor: (requestedPort: number) => Cluster | undefined
}

/** A rule, compiled. */
export interface CompiledRule {
  readonly rule: RouteRule
  readonly origin: string
  readonly matches: Predicate
  readonly pick: Picker<Target>
  readonly mirrors: readonly { readonly target: Target; readonly percent: number }[]
  /** See {@link Rewrite.pattern}. */
  readonly replacePath?: (path: string) => string
  readonly corsOrigin?: (origin: string | undefined) => boolean
}

/** What the table says of a request. */
export type Lookup =
  | { readonly kind: 'rule'; readonly rule: CompiledRule }
  | { readonly kind: 'service'; readonly cluster: Cluster }
  /** No rule matches, or nobody has the host: Envoy's 404 with flag NR. */
  | { readonly kind: 'noRoute' }
  /** The Service is there but has no such port. */
  | { readonly kind: 'noPort'; readonly service: ServiceKey }

/** A rule that points at nothing or cannot be compiled, for the user to see. */
export interface RouteProblem {
  readonly origin: string
  readonly message: string
}

/** See {@link buildTable}. */
export interface RouteTable {
  /** `authority` as the client wrote it; `namespace` is the caller's, for short names. */
  lookup(side: Side, authority: string, namespace: string, request: MatchableRequest): Lookup
  readonly problems: readonly RouteProblem[]
}

/** Compiles a configuration. Rules that are wrong are left out (or answer 503) and reported in `problems`. */
export function buildTable(config: MeshConfig): RouteTable {
  const services = new Map(config.services.map(service => [service.key, service]))
  const addresses = new Map(config.services.flatMap(s => (s.clusterIP ? [[s.clusterIP, s.key] as const] : [])))
  const problems: RouteProblem[] = []
  const byService = new Map<ServiceKey, CompiledRule[]>()
  const meshHosts = new HostMap()
  const gatewayHosts = new HostMap()
  for (const route of config.routes) {
    if (route.problem !== undefined) problems.push({ origin: route.origin, message: route.problem })
    const rules = compileRoute(route, services, problems)
    const onMesh = rules.flatMap(rule => rulesAt('mesh', rule))
    for (const service of route.meshServices) byService.set(service, [...(byService.get(service) ?? []), ...onMesh])
    for (const host of route.meshHosts) meshHosts.add(host, onMesh)
    const onGateway = rules.flatMap(rule => rulesAt('gateway', rule))
    for (const host of route.gatewayHosts) gatewayHosts.add(host, onGateway)
  }

  const byRules = (rules: readonly CompiledRule[], request: MatchableRequest): Lookup => {
    const rule = rules.find(candidate => candidate.matches(request))
    return rule ? { kind: 'rule', rule } : { kind: 'noRoute' }
  }
  return {
    problems,
    lookup(side, authority, namespace, request) {
      const host = hostOf(authority)
      if (side === 'gateway') return byRules(gatewayHosts.find(host) ?? [], request)
      const key = addresses.get(host) ?? serviceKeyOf(host, namespace, services)
      const rules = (key && byService.get(key)) ?? meshHosts.find(host)
      if (rules) return byRules(rules, request)
      const service = key ? services.get(key) : undefined
      // A name from outside the cluster: DNS leads it to the gateway, if it is one of the gateway's.
      if (!service) return byRules(gatewayHosts.find(host, 'named') ?? [], request)
      const port = service.ports.find(candidate => candidate.port === request.port)
      return port
        ? { kind: 'service', cluster: clusterOf(service.key, port) }
        : { kind: 'noPort', service: service.key }
    },
  }
}

/** The host of an authority, in lower case and without port. */
export function hostOf(authority: string): string {
  const host = authority.startsWith('[') ? authority.slice(1, authority.indexOf(']')) : authority.split(':', 1)[0]
  return (host ?? '').toLowerCase().replace(/\.$/, '')
}

/** The port of an authority, or `fallback`. */
export function portOf(authority: string, fallback: number): number {
  const port = /:(\d+)$/.exec(authority)?.[1]
  return port === undefined ? fallback : Number(port)
}

/**
 * The Service that a name means to a caller in `namespace`: `name`, `name.ns`, `name.ns.svc` or
 * `name.ns.svc.cluster.local`; undefined if there is none.
 */
export function serviceKeyOf(
  host: string,
  namespace: string,
  services: ReadonlyMap<ServiceKey, unknown>,
): ServiceKey | undefined {
  const [name, ns = namespace, ...rest] = host.split('.')
  const suffix = rest.join('.')
  if (suffix !== '' && suffix !== 'svc' && suffix !== 'svc.cluster' && suffix !== 'svc.cluster.local') return undefined
  const key = `${ns}/${name}`
  return services.has(key) ? key : undefined
}

/** Rules by host: exact names first, then the longest wildcard (Envoy's virtual host order). */
class HostMap {
  readonly #exact = new Map<string, CompiledRule[]>()
  readonly #suffixes: { suffix: string; rules: CompiledRule[] }[] = []

  add(host: string, rules: readonly CompiledRule[]): void {
    const name = host.toLowerCase()
    if (!name.startsWith('*')) {
      this.#exact.set(name, [...(this.#exact.get(name) ?? []), ...rules])
      return
    }
    const suffix = name.slice(1)
    const known = this.#suffixes.find(entry => entry.suffix === suffix)
    if (known) known.rules.push(...rules)
    else this.#suffixes.push({ suffix, rules: [...rules] })
    this.#suffixes.sort((a, b) => b.suffix.length - a.suffix.length)
  }

  /** `named`: not those that are for any host. */
  find(host: string, which: 'all' | 'named' = 'all'): readonly CompiledRule[] | undefined {
    const fits = ({ suffix }: { readonly suffix: string }) =>
      host.endsWith(suffix) && (which === 'all' || suffix !== '')
    return this.#exact.get(host) ?? this.#suffixes.find(fits)?.rules
  }
}

function compileRoute(
  route: RouteConfig,
  services: ReadonlyMap<ServiceKey, ServiceConfig>,
  problems: RouteProblem[],
): CompiledRule[] {
  return route.rules.flatMap((rule, index) => {
    const report = (message: string) => problems.push({ origin: route.origin, message: `http[${index}]: ${message}` })
    try {
      const targetOf = (destination: WeightedDestination) => compileTarget(destination, services, report)
      const compiled: CompiledRule = {
        rule,
        origin: route.origin,
        matches: compileMatches(rule.matches),
        pick: weightedPicker(soleGetsAll(rule.destinations).map(d => ({ weight: d.weight, value: targetOf(d) }))),
        mirrors: (rule.mirrors ?? []).map(({ destination, percent }) => ({ target: targetOf(destination), percent })),
        ...(rule.rewrite?.pattern
          ? { replacePath: compileReplacement(rule.rewrite.pattern.match, rule.rewrite.pattern.substitution) }
          : {}),
        ...(rule.cors ? { corsOrigin: compileCors(rule.cors) } : {}),
      }
      return [compiled]
    } catch (error) {
      if (!(error instanceof MatchError)) throw error
      report(error.message)
      return []
    }
  })
}

/** The rule as it concerns requests that come in at `side`: none where each of its matches is about the other one. */
function rulesAt(side: Side, compiled: CompiledRule): CompiledRule[] {
  const { matches } = compiled.rule
  const here = matches.filter(match => match.sides === undefined || match.sides.includes(side))
  if (here.length === matches.length) return [compiled]
  return here.length === 0 ? [] : [{ ...compiled, matches: compileMatches(here) }]
}

/** A sole destination takes everything, whatever its weight says (Istio). */
function soleGetsAll(destinations: readonly WeightedDestination[]): readonly WeightedDestination[] {
  const [only] = destinations
  return destinations.length === 1 && only ? [{ ...only, weight: 1 }] : destinations
}

function compileTarget(
  destination: WeightedDestination,
  services: ReadonlyMap<ServiceKey, ServiceConfig>,
  report: (message: string) => void,
): Target {
  const service = services.get(destination.service)
  if (!service) {
    report(`the Service ${destination.service} does not exist`)
    return { destination, clusterFor: () => undefined }
  }
  if (destination.port !== undefined && !service.ports.some(p => p.port === destination.port)) {
    report(`the Service ${destination.service} has no port ${destination.port}`)
    return { destination, clusterFor: () => undefined }
  }
  if (destination.undefinedSubset !== undefined) {
    report(`no DestinationRule defines the subset ${destination.undefinedSubset} of the Service ${destination.service}`)
    return { destination, clusterFor: () => undefined }
  }
  const clusters = new Map(service.ports.map(port => [port.port, clusterOf(service.key, port, destination.subset)]))
  const fixed = destination.port ?? (service.ports.length === 1 ? service.ports[0]?.port : undefined)
  return { destination, clusterFor: requested => clusters.get(fixed ?? requested) }
}

function clusterOf(
  service: ServiceKey,
  { endpoints, counted }: ServicePortConfig,
  subset: WeightedDestination['subset'] = {},
): Cluster {
  const wanted = Object.entries(subset)
  return {
    service,
    endpoints: endpoints.filter(endpoint => wanted.every(([label, value]) => endpoint.labels[label] === value)),
    ...(counted ? { counted } : {}),
  }
}

function compileCors(cors: CorsPolicy): (origin: string | undefined) => boolean {
  const allowed = cors.allowOrigins.map(compileString)
  return origin => origin !== undefined && allowed.some(matches => matches(origin))
}
