/** The routes of a VirtualService, made from a Canary. Pure. */
import type { Canary } from '../api/flagger/v1beta1.ts'
import { stickyRoutes } from './istio-affinity.ts'
import {
  type Destination,
  type HttpRoute,
  type Match,
  matching,
  serviceMatch,
  type TcpRoute,
  within,
} from './istio-match.ts'
import { type ServiceNames, serviceNames } from './names.ts'
import type { Routes, SessionCookies } from './router.ts'

/** Whether the Canary's service carries bytes, not requests. */
export function isTcp({ spec }: Canary): boolean {
  return spec.service?.appProtocol?.toLowerCase() === 'tcp'
}

/** `spec.http` with the given shares. */
export function httpRoutes(canary: Canary, routes: Routes, cookies: SessionCookies): readonly HttpRoute[] {
  const abMatch = canary.spec.analysis.match ?? []
  // The Canary's matches have the form of Istio's; `suffix` alone is the API server's to refuse.
  if (abMatch.length > 0) return abTest(canary, routes, abMatch as Match)
  const weighted = { ...settings(canary), ...matching(serviceMatch(canary)), route: sides(canary, routes) }
  const all = canary.spec.analysis.sessionAffinity ? stickyRoutes(canary, weighted, routes, cookies) : [weighted]
  if (!routes.mirrored) return all
  return all.map((route, i) => (i === all.length - 1 ? { ...route, ...mirror(canary) } : route))
}

/** `spec.tcp` with the given shares. */
export function tcpRoutes(canary: Canary, routes: Routes): readonly TcpRoute[] {
  const match = serviceMatch(canary).flatMap(({ port }) => (port === undefined ? [] : [{ port }]))
  return [{ ...(match.length > 0 ? { match } : {}), route: sides(canary, routes) }]
}

/** Testers go where the shares say; everybody else goes to the primary. */
function abTest(canary: Canary, routes: Routes, match: Match): readonly HttpRoute[] {
  const service = serviceMatch(canary)
  const [primary] = sides(canary, { primaryWeight: 100, canaryWeight: 0 })
  return [
    { ...settings(canary), match: within(match, service), route: sides(canary, routes) },
    { ...settings(canary), ...matching(service), route: primary ? [primary] : [] },
  ]
}

function settings({ spec }: Canary): Partial<HttpRoute> {
  const { rewrite, timeout, retries, corsPolicy, headers } = spec.service ?? {}
  const { type: _, ...uriAndAuthority } = rewrite ?? {}
  return {
    ...(rewrite ? { rewrite: uriAndAuthority } : {}),
    ...(timeout ? { timeout } : {}),
    ...(retries ? { retries } : {}),
    ...(corsPolicy ? { corsPolicy } : {}),
    ...(headers ? { headers } : {}),
  }
}

function sides(canary: Canary, { primaryWeight, canaryWeight }: Omit<Routes, 'mirrored'>): readonly Destination[] {
  const names = serviceNames(canary)
  return [
    { destination: destination(canary, names.primary), weight: primaryWeight },
    { destination: destination(canary, names.canary), weight: canaryWeight },
  ]
}

/** A service with several ports needs to be told which, where no mesh sidecar knows the one that was called. */
function destination({ spec }: Canary, host: string): Destination['destination'] {
  const { portDiscovery, gateways = [], delegation, port } = spec.service ?? {}
  const isEntrance = (gateways.length > 0 && gateways[0] !== 'mesh') || delegation === true
  return portDiscovery && isEntrance && port !== undefined ? { host, port: { number: port } } : { host }
}

function mirror(canary: Canary): Pick<HttpRoute, 'mirror' | 'mirrorPercentage'> {
  const { mirrorWeight = 0 } = canary.spec.analysis
  const { canary: host } = serviceNames(canary)
  return { mirror: { host }, ...(mirrorWeight > 0 ? { mirrorPercentage: { value: mirrorWeight } } : {}) }
}

/** What routes say: the last one that names the canary is the one with the weights. */
export function weightsOf(routes: readonly (HttpRoute | TcpRoute)[], names: ServiceNames): Routes | undefined {
  const weighted = routes.findLast(({ route }) => route?.some(({ destination }) => destination.host === names.canary))
  if (!weighted) return undefined
  const weightOf = (host: string) => weighted.route?.find(({ destination }) => destination.host === host)?.weight ?? 0
  const [primaryWeight, canaryWeight] = [weightOf(names.primary), weightOf(names.canary)]
  if (primaryWeight + canaryWeight === 0) return undefined
  return { primaryWeight, canaryWeight, mirrored: 'mirror' in weighted && Boolean(weighted.mirror?.host) }
}
