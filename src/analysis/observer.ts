/** Which family of built-in queries a traffic provider has. */

/** Families of built-in queries. */
export type Observer =
  | 'appmesh'
  | 'linkerd'
  | 'istio'
  | 'contour'
  | 'knative'
  | 'gloo'
  | 'nginx'
  | 'skipper'
  | 'traefik'
  | 'apisix'
  | 'osm'
  | 'kuma'
  | 'http'

/** Names that match as a whole; upstream's `pkg/metrics/observers/factory.go`. */
const exact: Readonly<Record<string, Observer>> = {
  linkerd: 'linkerd',
  istio: 'istio',
  contour: 'contour',
  knative: 'knative',
  nginx: 'nginx',
  skipper: 'skipper',
  traefik: 'traefik',
  apisix: 'apisix',
  osm: 'osm',
  kuma: 'kuma',
  kubernetes: 'http',
}

const prefixes: readonly (readonly [string, Observer])[] = [
  ['appmesh', 'appmesh'],
  ['gloo', 'gloo'],
  ['gatewayapi', 'http'],
]

/** The family for a name from {@link metricsProviderOf}; names that nobody knows measure as Istio. */
export function observerOf(metricsProvider: string): Observer {
  const prefixed = prefixes.find(([prefix]) => metricsProvider.startsWith(prefix))
  return prefixed?.[1] ?? (Object.hasOwn(exact, metricsProvider) ? exact[metricsProvider] : undefined) ?? 'istio'
}

/**
 * The name that chooses the queries: the Canary's provider or else the process's, where Linkerd as the process's
 * stays in force for ingress providers. A plain Service as target adds `:service`, which no exact name has.
 */
export function metricsProviderOf(
  processProvider: string,
  canaryProvider: string | undefined,
  targetKind: string,
): string {
  const chosen = canaryProvider ? (processProvider.includes('linkerd') ? 'linkerd' : canaryProvider) : processProvider
  return targetKind === 'Service' ? `${chosen}:service` : chosen
}
