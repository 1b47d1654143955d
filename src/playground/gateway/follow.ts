/** Keeps a mesh's routing table equal to what the API says. */
import { Pod, Service } from '../../api/core/core-v1.ts'
import { EndpointSlice } from '../../api/core/discovery-v1.ts'
import { Ingress } from '../../api/core/networking-v1.ts'
import { HTTPRoute } from '../../api/gateway-api/v1.ts'
import { DestinationRule, Gateway, VirtualService } from '../../api/istio/networking.ts'
import { TrafficRoute } from '../../api/kuma/v1alpha1.ts'
import type { KubernetesObject } from '../../apimachinery/meta.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { EventRecorder } from '../../runtime/events.ts'
import type { Informer } from '../../runtime/informer.ts'
import type { InformerSet } from '../../runtime/informer-set.ts'
import type { MeshConfig } from './config.ts'
import { routesOfHttpRoutes } from './http-route.ts'
import { routesOfIngresses } from './ingress.ts'
import type { Mesh } from './mesh.ts'
import { newProblemEvents } from './problem-events.ts'
import { servicesOf } from './services.ts'
import { routesOfTrafficRoutes } from './traffic-route.ts'
import { routesOfVirtualServices } from './virtual-service.ts'

/** What following needs. */
export interface FollowDeps {
  readonly mesh: Pick<Mesh, 'configure' | 'problems'>
  readonly informers: InformerSet
  readonly clock: Clock
  /** Told of rules that point at nothing, on the objects that they stand in. */
  readonly events: Pick<EventRecorder, 'record'>
}

// Changes come in bursts (a Service and its slice); waiting this long joins them, far below the 50 ms promised.
const settleMs = 2

/** Starts to follow; the result stops it. The mesh has its first configuration when all informers have synced. */
export function followCluster({ mesh, informers, clock, events }: FollowDeps): () => void {
  const services = informers.informer(Service)
  const slices = informers.informer(EndpointSlice)
  const pods = informers.informer(Pod)
  const virtualServices = informers.informer(VirtualService)
  const destinationRules = informers.informer(DestinationRule)
  const gateways = informers.informer(Gateway)
  const httpRoutes = informers.informer(HTTPRoute)
  const ingresses = informers.informer(Ingress)
  const trafficRoutes = informers.informer(TrafficRoute)
  const routing = [virtualServices, httpRoutes, ingresses, trafficRoutes] as const
  const all = [services, slices, pods, destinationRules, gateways, ...routing]

  const config = (): MeshConfig => {
    const known = servicesOf({
      services: services.list(),
      endpointSlices: slices.list(),
      pod: (namespace, name) => pods.get({ namespace, name }),
    })
    return {
      services: known,
      routes: [
        ...routesOfVirtualServices({
          virtualServices: virtualServices.list(),
          destinationRules: destinationRules.list(),
          gateways: gateways.list(),
        }),
        ...routesOfHttpRoutes(httpRoutes.list()),
        ...routesOfIngresses(ingresses.list(), known),
        ...routesOfTrafficRoutes(trafficRoutes.list()),
      ],
    }
  }
  const problems = newProblemEvents({
    clock,
    events,
    objectOf(origin) {
      const [kind, key = ''] = origin.split(' ')
      const [name = '', namespace] = key.split('/').reverse()
      return routing.find(({ type }) => type.kind === kind)?.get({ namespace, name })
    },
  })
  let cancel: (() => void) | undefined
  const apply = () => {
    cancel = undefined
    if (!all.every(informer => informer.hasSynced())) return changed()
    mesh.configure(config())
    problems.update(mesh.problems)
  }
  const changed = () => {
    cancel ??= clock.setTimer(apply, settleMs)
  }
  const remove = [
    onChange(services, changed),
    onChange(slices, changed),
    onChange(virtualServices, changed),
    onChange(destinationRules, changed),
    onChange(gateways, changed),
    onChange(httpRoutes, changed),
    onChange(ingresses, changed),
    onChange(trafficRoutes, changed),
    // Of pods only the labels and the owner matter here, and those come with the first event.
    pods.addHandler({ added: changed, deleted: changed }),
  ]
  changed()
  return () => {
    cancel?.()
    problems.stop()
    for (const stop of remove) stop()
  }
}

function onChange<T extends KubernetesObject>(informer: Informer<T>, changed: () => void): () => void {
  return informer.addHandler({ added: changed, updated: changed, deleted: changed })
}
