/** Translates Ingresses with ingress-nginx's canary annotations into routes. Pure. */
import type { Ingress } from '../../api/core/networking-v1.ts'
import type { RequestMatch, RouteConfig, RouteRule, ServiceConfig, StringMatch, WeightedDestination } from './config.ts'

const prefix = 'nginx.ingress.kubernetes.io/'

type Path = NonNullable<NonNullable<NonNullable<Ingress['spec']>['rules']>[number]['http']>['paths'][number]

/** Where an Ingress leads: a host, a path and a Service. */
interface Lead {
  readonly origin: string
  readonly ingress: { readonly namespace: string; readonly name: string }
  readonly host: string
  readonly path: StringMatch
  readonly destination: WeightedDestination
  readonly canary?: Canary
}

/** What the canary annotations of an Ingress ask for. */
interface Canary {
  readonly weightPercent: number
  readonly header?: { readonly name: string; readonly match?: StringMatch }
  readonly cookie?: string
}

/** The routes of all Ingresses; a canary Ingress joins the main one of the same host and path. */
export function routesOfIngresses(ingresses: readonly Ingress[], services: readonly ServiceConfig[]): RouteConfig[] {
  const leads = ingresses.flatMap(ingress => leadsOf(ingress, services))
  return leads
    .filter(lead => !lead.canary)
    .map(main => {
      const canary = leads.find(lead => lead.canary && lead.host === main.host && samePath(lead.path, main.path))
      return {
        origin: main.origin,
        meshServices: [],
        meshHosts: [],
        gatewayHosts: [main.host],
        rules: (canary
          ? withCanary(main, canary)
          : [{ matches: [{ path: main.path }], destinations: [main.destination] }]
        ).map(rule => ({ ...rule, destinations: rule.destinations.map(side => counted(side, main, canary)) })),
      }
    })
    .sort((a, b) => pathLength(b) - pathLength(a))
}

/** Requests count for the main Ingress, whoever answers; the label `canary` names who does, if it is the canary. */
function counted(side: WeightedDestination, main: Lead, canary: Lead | undefined): WeightedDestination {
  const [, service = ''] = main.destination.service.split('/')
  const isCanary = canary !== undefined && side.service === canary.destination.service
  const labels = {
    namespace: main.ingress.namespace,
    ingress: main.ingress.name,
    service,
    canary: isCanary ? `${side.service.replace('/', '-')}-${side.port ?? ''}` : '',
    host: main.host === '*' ? '_' : main.host,
    path: 'value' in main.path ? main.path.value : '/',
    controller_class: 'k8s.io/ingress-nginx',
  }
  return { ...side, counted: { proxy: 'ingress-nginx', labels } }
}

/** ingress-nginx asks for the header first, then the cookie, then the weight. */
function withCanary(main: Lead, { canary, destination }: Lead): RouteRule[] {
  const { header, cookie, weightPercent = 0 } = canary ?? {}
  const rule = (match: RequestMatch, destinations: readonly WeightedDestination[]): RouteRule => ({
    matches: [{ path: main.path, ...match }],
    destinations,
  })
  const cookieIs = (value: string): StringMatch => ({ kind: 'regex', value: `(.*;\\s*)?${cookie}=${value}(;.*)?` })
  const always = { ...destination, weight: 1 }
  const never = { ...main.destination, weight: 1 }
  return [
    ...(header?.match ? [rule({ headers: { [header.name]: header.match } }, [always])] : []),
    ...(header && !header.match
      ? [
          rule({ headers: { [header.name]: { kind: 'exact', value: 'always' } } }, [always]),
          rule({ headers: { [header.name]: { kind: 'exact', value: 'never' } } }, [never]),
        ]
      : []),
    ...(cookie
      ? [
          rule({ headers: { cookie: cookieIs('always') } }, [always]),
          rule({ headers: { cookie: cookieIs('never') } }, [never]),
        ]
      : []),
    rule({}, [
      { ...main.destination, weight: 100 - weightPercent },
      { ...destination, weight: weightPercent },
    ]),
  ]
}

function leadsOf(ingress: Ingress, services: readonly ServiceConfig[]): Lead[] {
  const { namespace = '', name = '' } = ingress.metadata ?? {}
  const canary = canaryOf(ingress.metadata?.annotations ?? {})
  return (ingress.spec?.rules ?? []).flatMap(({ host = '*', http }) =>
    (http?.paths ?? []).map(path => ({
      origin: `Ingress ${namespace}/${name}`,
      ingress: { namespace, name },
      host,
      path: pathOf(path),
      destination: destinationOf(path, namespace, services),
      ...(canary ? { canary } : {}),
    })),
  )
}

function canaryOf(annotations: Readonly<Record<string, string>>): Canary | undefined {
  if (annotations[`${prefix}canary`] !== 'true') return undefined
  const header = annotations[`${prefix}canary-by-header`]?.toLowerCase()
  const value = annotations[`${prefix}canary-by-header-value`]
  const pattern = annotations[`${prefix}canary-by-header-pattern`]
  const match: StringMatch | undefined =
    value !== undefined
      ? { kind: 'exact', value }
      : pattern !== undefined
        ? // It may match anywhere in the value.
          { kind: 'regex', value: `.*(?:${pattern}).*` }
        : undefined
  const cookie = annotations[`${prefix}canary-by-cookie`]
  const weight = Number(annotations[`${prefix}canary-weight`] ?? 0)
  return {
    weightPercent: Number.isFinite(weight) ? Math.max(0, Math.min(100, weight)) : 0,
    ...(header ? { header: { name: header, ...(match ? { match } : {}) } } : {}),
    ...(cookie ? { cookie } : {}),
  }
}

function destinationOf(path: Path, namespace: string, services: readonly ServiceConfig[]): WeightedDestination {
  const { name = '', port } = path.backend.service ?? {}
  const key = `${namespace}/${name}`
  const named = services.find(service => service.key === key)?.ports.find(candidate => candidate.name === port?.name)
  const number = port?.number ?? named?.port
  return { service: key, ...(number === undefined ? {} : { port: number }), weight: 1 }
}

function pathOf({ path = '/', pathType }: Path): StringMatch {
  if (pathType === 'Exact') return { kind: 'exact', value: path }
  return path === '/' || path === ''
    ? { kind: 'prefix', value: '/' }
    : { kind: 'prefix', value: path.replace(/\/$/, ''), atElement: true }
}

function samePath(a: StringMatch, b: StringMatch): boolean {
  return a.kind === b.kind && 'value' in a && 'value' in b && a.value === b.value
}

function pathLength({ rules }: RouteConfig): number {
  const path = rules[0]?.matches[0]?.path
  return path && 'value' in path ? path.value.length + (path.kind === 'exact' ? 0.5 : 0) : 0
}
