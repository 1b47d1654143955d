/** Routes of a VirtualService and the requests that they are for. Pure. */
import type { Canary } from '../api/flagger/v1beta1.ts'
import type { VirtualService } from '../api/istio/networking.ts'

/** One entry of `spec.http`. */
export type HttpRoute = NonNullable<VirtualService['spec']['http']>[number]

/** One entry of `spec.tcp`. */
export type TcpRoute = NonNullable<VirtualService['spec']['tcp']>[number]

/** One entry of a route's destinations. */
export type Destination = NonNullable<HttpRoute['route']>[number]

/** The conditions of a route: a request has to fit one of them. */
export type Match = NonNullable<HttpRoute['match']>

/** The matches of an analysis, each within one of the service's: a request has to fit both. */
export function within(analysis: Match, service: Match): Match {
  if (service.length === 0) return analysis
  return analysis.flatMap(({ headers, sourceLabels, queryParams }) =>
    service.map(match => ({
      ...match,
      ...(headers ? { headers } : {}),
      ...(sourceLabels ? { sourceLabels } : {}),
      ...(queryParams ? { queryParams } : {}),
    })),
  )
}

/** `spec.service.match`. */
export function serviceMatch({ spec }: Canary): Match {
  return (spec.service?.match ?? []) as Match // The same fields under the same names.
}

/** `match`, or nothing where there is none. */
export function matching(match: Match): Pick<HttpRoute, 'match'> | Record<string, never> {
  return match.length > 0 ? { match } : {}
}
