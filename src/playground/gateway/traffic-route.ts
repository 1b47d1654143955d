/** Translates Kuma's TrafficRoutes into routes. Pure. */
import type { TrafficRoute } from '../../api/kuma/v1alpha1.ts'
import type { RouteConfig, ServiceKey, WeightedDestination } from './config.ts'
import { translateEach } from './translate.ts'

/** A tag names no port of a Service. */
class TagError extends Error {
  override readonly name = 'TagError'
  readonly reason = 'InvalidTag'
}

interface Tagged {
  readonly service: ServiceKey
  readonly port: number
}

const serviceTag = 'kuma.io/service'

/** The routes of all TrafficRoutes, of whichever mesh: a local member is one mesh. Sources are not told apart. */
export function routesOfTrafficRoutes(routes: readonly TrafficRoute[]): RouteConfig[] {
  return translateEach('TrafficRoute', routes, ({ spec }, origin) => {
    const destinations = (spec.conf?.split ?? []).map(
      ({ weight = 0, destination }): WeightedDestination => ({ ...tagged(destination?.[serviceTag]), weight }),
    )
    // A route for everything is Kuma's default, which changes nothing.
    const targets = (spec.destinations ?? []).map(({ match }) => match?.[serviceTag]).filter(tag => tag !== '*')
    return targets.map(tagged).map(({ service, port }) => ({
      origin,
      meshServices: [service],
      meshHosts: [],
      gatewayHosts: [],
      // Other ports of the Service have a tag of their own.
      rules: [
        { matches: [{ port }], destinations },
        { matches: [], destinations: [{ service, weight: 1 }] },
      ],
    }))
  })
}

/** `NAME_NAMESPACE_svc_PORT` */
function tagged(tag: string | undefined): Tagged {
  const [, name, namespace, port] = /^([^_]+)_([^_]+)_svc_(\d+)$/.exec(tag ?? '') ?? []
  if (name && namespace && port) return { service: `${namespace}/${name}`, port: Number(port) }
  throw new TagError(
    `${serviceTag} ${JSON.stringify(tag ?? '')} names no port of a Service, as NAME_NAMESPACE_svc_PORT`,
  )
}
