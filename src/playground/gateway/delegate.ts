/** Delegation of Istio: a root VirtualService leaves what matches to the routes of another one. Pure. */
import type { VirtualService } from '../../api/istio/networking.ts'

type HttpRoute = NonNullable<NonNullable<VirtualService['spec']>['http']>[number]
type HttpMatch = NonNullable<HttpRoute['match']>[number]

/** A route, and the namespace that its short names of hosts are in. */
export interface PlacedRoute {
  readonly route: HttpRoute
  readonly namespace: string
}

/**
 * The routes of a root in order, those of its delegates in place of the routes that name them. A delegate that is not
 * there has no routes, and neither has one that delegates again: Istio goes one level deep.
 */
export function withDelegates(
  root: VirtualService,
  find: (ref: { readonly namespace: string; readonly name: string }) => VirtualService | undefined,
): readonly PlacedRoute[] {
  const { namespace = '' } = root.metadata
  return (root.spec?.http ?? []).flatMap((route): readonly PlacedRoute[] => {
    const { delegate } = route
    if (!delegate) return [{ route, namespace }]
    const ref = { namespace: delegate.namespace || namespace, name: delegate.name ?? '' }
    const routes = find(ref)?.spec?.http ?? []
    return routes
      .filter(own => !own.delegate)
      .flatMap(own => {
        const match = joined(route.match ?? [], own.match ?? [])
        return match ? [{ route: merged(route, own, match), namespace: ref.namespace }] : []
      })
  })
}

/** What the delegate says wins; what it leaves open is the root's. */
function merged(root: HttpRoute, own: HttpRoute, match: readonly HttpMatch[]): HttpRoute {
  const { delegate: _, match: __, ...rest } = root
  return { ...rest, ...own, ...(match.length > 0 ? { match } : {}) }
}

/** Matches that meet both, an empty list where neither asks for anything; undefined where no request can meet both. */
function joined(root: readonly HttpMatch[], own: readonly HttpMatch[]): readonly HttpMatch[] | undefined {
  if (root.length === 0 || own.length === 0) return root.length === 0 ? own : root
  const both = root.flatMap(a => own.flatMap(b => jointMatch(a, b) ?? []))
  return both.length > 0 ? both : undefined
}

const maps = ['headers', 'withoutHeaders', 'queryParams', 'sourceLabels'] as const

/** Istio refuses to join conditions of both on one thing, but for a path below a prefix. */
function jointMatch(root: HttpMatch, own: HttpMatch): HttpMatch | undefined {
  const { uri: rootUri, ...rootRest } = root
  const { uri: ownUri, ...ownRest } = own
  const uri = rootUri && ownUri ? jointUri(rootUri, ownUri) : (ownUri ?? rootUri)
  if (!uri && (rootUri || ownUri)) return undefined
  const shared = new Set(Object.keys(rootRest).filter(key => key in ownRest && key !== 'name'))
  for (const key of maps) {
    shared.delete(key)
    const names = Object.keys(rootRest[key] ?? {})
    if (names.some(name => name in (ownRest[key] ?? {}))) return undefined
  }
  if (shared.size > 0) return undefined
  const joinedMaps = maps.flatMap(key =>
    rootRest[key] || ownRest[key] ? [[key, { ...rootRest[key], ...ownRest[key] }] as const] : [],
  )
  return { ...rootRest, ...ownRest, ...Object.fromEntries(joinedMaps), ...(uri ? { uri } : {}) }
}

function jointUri(root: NonNullable<HttpMatch['uri']>, own: NonNullable<HttpMatch['uri']>): HttpMatch['uri'] {
  if (root.exact !== undefined && root.exact === own.exact) return own
  if (root.prefix === undefined) return undefined
  const path = own.exact ?? own.prefix
  return path?.startsWith(root.prefix) ? own : undefined
}
