/** The provider `kuma`: weights in a TrafficRoute. */
import type { Canary } from '../api/flagger/v1beta1.ts'
import { TrafficRoute, type TrafficRouteSpec } from '../api/kuma/v1alpha1.ts'
import { jsonEqual } from '../apimachinery/json.ts'
import type { Json } from '../apimachinery/meta.ts'
import { isNotFound } from '../runtime/client.ts'
import type { ClusterView } from '../runtime/cluster-view.ts'
import { serviceNames, unmanagedByFlux } from './names.ts'
import { type Router, type RouterDeps, RouteSpecError, type Routes } from './router.ts'

const serviceTag = 'kuma.io/service'
const meshAnnotation = 'kuma.io/mesh'
const allToPrimary: Routes = { primaryWeight: 100, canaryWeight: 0, mirrored: false }

/** A router of one cluster's mesh. */
export function newKumaRouter({ view }: RouterDeps): Router {
  return {
    splitsTraffic: true,
    mirrors: false,
    state({ canary }) {
      if ((canary.spec.analysis.match ?? []).length > 0) {
        throw new RouteSpecError('spec.analysis.match: the provider kuma cannot match requests, only share them out')
      }
      const existing = ownRoute(view, canary)
      if (!existing) return 'absent'
      return corrected(canary, existing) === existing ? 'current' : 'drifted'
    },
    async reconcile({ canary }, signal) {
      const existing = ownRoute(view, canary)
      if (!existing) {
        await create(view, canary, allToPrimary, signal)
        return
      }
      const wanted = corrected(canary, existing)
      if (wanted !== existing) await view.update(TrafficRoute, wanted, { signal })
    },
    getRoutes: ({ canary }) => routesOf(canary, ownRoute(view, canary)?.spec) ?? allToPrimary,
    async setRoutes({ canary }, routes, _cookies, signal) {
      const existing = ownRoute(view, canary)
      if (!existing) return create(view, canary, routes, signal)
      const spec = specOf(canary, routes, existing.spec)
      if (!jsonEqual(toJson(existing.spec), toJson(spec))) {
        await view.update(TrafficRoute, { ...existing, spec }, { signal })
      }
    },
    finalize: ({ canary }, signal) => remove(view, canary, signal),
  }
}

/**
 * The route of this Canary's service. Routes have no namespace: where two namespaces have a service of one name, the
 * second one's is named after both.
 */
function ownRoute(view: ClusterView, canary: Canary): TrafficRoute | undefined {
  const routes = namesOf(canary).map(name => view.get(TrafficRoute, { name }))
  return routes.find(route => route !== undefined && isFor(canary, route))
}

function namesOf(canary: Canary): readonly [string, string] {
  const { apex } = serviceNames(canary)
  return [apex, `${apex}.${canary.metadata.namespace ?? ''}`]
}

function isFor(canary: Canary, { spec }: TrafficRoute): boolean {
  const { apex } = serviceNames(canary)
  return (spec.destinations ?? []).some(({ match }) => match?.[serviceTag]?.startsWith(prefixOf(canary, apex)))
}

async function create(view: ClusterView, canary: Canary, routes: Routes, signal: AbortSignal): Promise<void> {
  const [plain, qualified] = namesOf(canary)
  const route: TrafficRoute = {
    apiVersion: 'kuma.io/v1alpha1',
    kind: 'TrafficRoute',
    mesh: canary.metadata.annotations?.[meshAnnotation] ?? 'default',
    metadata: {
      name: view.get(TrafficRoute, { name: plain }) ? qualified : plain,
      annotations: unmanagedByFlux,
    },
    spec: specOf(canary, routes),
  }
  await view.create(TrafficRoute, route, { signal })
}

/** An object of the whole cluster belongs to none of a namespace, so it does not go with the Canary. */
async function remove(view: ClusterView, canary: Canary, signal: AbortSignal): Promise<void> {
  const { uid, name } = ownRoute(view, canary)?.metadata ?? {}
  if (!name) return
  await view.client
    .delete(TrafficRoute, { name }, { signal, ...(uid ? { preconditions: { uid } } : {}) })
    .catch(error => {
      if (!isNotFound(error)) throw error
    })
}

/** The object as it has to be, with the weights that are in force; itself where nothing differs. */
function corrected(canary: Canary, existing: TrafficRoute): TrafficRoute {
  const mesh = canary.metadata.annotations?.[meshAnnotation] ?? 'default'
  const spec = specOf(canary, routesOf(canary, existing.spec) ?? allToPrimary, existing.spec)
  const annotations = { ...existing.metadata.annotations, ...unmanagedByFlux }
  const isSame =
    existing.mesh === mesh &&
    jsonEqual(toJson(existing.spec), toJson(spec)) &&
    jsonEqual({ ...existing.metadata.annotations }, annotations)
  return isSame ? existing : { ...existing, mesh, metadata: { ...existing.metadata, annotations }, spec }
}

/** What the Canary asks for; the rest of `conf`, such as the load balancer, is that of the existing object. */
function specOf(
  canary: Canary,
  { primaryWeight, canaryWeight }: Routes,
  existing?: TrafficRouteSpec,
): TrafficRouteSpec {
  const { apex, primary, canary: side } = serviceNames(canary)
  return {
    ...existing,
    sources: [{ match: { [serviceTag]: '*' } }],
    destinations: [{ match: { [serviceTag]: tagOf(canary, apex) } }],
    conf: {
      ...existing?.conf,
      split: [
        { weight: primaryWeight, destination: { [serviceTag]: tagOf(canary, primary) } },
        { weight: canaryWeight, destination: { [serviceTag]: tagOf(canary, side) } },
      ],
    },
  }
}

/** The primary's share decides; undefined where it has none of its own. */
function routesOf(canary: Canary, spec: TrafficRouteSpec | undefined): Routes | undefined {
  const { primary } = serviceNames(canary)
  const own = spec?.conf?.split?.find(({ destination }) =>
    destination?.[serviceTag]?.startsWith(prefixOf(canary, primary)),
  )
  const weight = own?.weight
  if (weight === undefined || weight < 0 || weight > 100) return undefined
  return { primaryWeight: weight, canaryWeight: 100 - weight, mirrored: false }
}

function tagOf(canary: Canary, service: string): string {
  return `${prefixOf(canary, service)}${canary.spec.service?.port ?? ''}`
}

function prefixOf({ metadata }: Canary, service: string): string {
  return `${service}_${metadata.namespace ?? ''}_svc_`
}

/** Objects are JSON, which TypeScript does not see in interfaces. */
function toJson(value: unknown): Json | undefined {
  return value as Json | undefined
}
