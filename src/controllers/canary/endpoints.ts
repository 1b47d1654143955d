/** Ready endpoints of a Canary's Services: who pods are known to, after their workload knows them. */
import { EndpointSlice } from '../../api/core/discovery-v1.ts'
import type { Canary } from '../../api/flagger/v1beta1.ts'
import type { KubernetesObject } from '../../apimachinery/meta.ts'
import type { Endpoints } from '../../rollout/observed.ts'
import { serviceNames } from '../../router/names.ts'
import { CacheNotReadyError, type ClusterView } from '../../runtime/cluster-view.ts'

const serviceLabel = 'kubernetes.io/service-name'

/** What caches keep of a slice: how many endpoints it has, whatever their number. */
interface SliceSummary extends KubernetesObject {
  readonly ready: number
}

/** Slices of Services; those that somebody keeps by hand for no Service are nobody's. */
export const sliceSelection = { labelSelector: serviceLabel, transform: summarisedSlice }

/** The Service of a slice, as caches group them. */
export function serviceOfSlice({ metadata }: KubernetesObject): string | undefined {
  return metadata?.labels?.[serviceLabel]
}

/** Reduces a slice of a cache to what is needed of it. */
export function summarisedSlice(object: KubernetesObject): SliceSummary {
  if ('ready' in object) return object as SliceSummary // Summarised before.
  // The cache of this kind holds nothing else; a server writes null where there are none, which its schema does not say.
  const endpoints = (object as EndpointSlice).endpoints ?? []
  const { name, namespace, uid, resourceVersion } = object.metadata ?? {}
  const service = serviceOfSlice(object)
  return {
    metadata: {
      ...(name ? { name } : {}),
      ...(namespace ? { namespace } : {}),
      ...(uid ? { uid } : {}),
      ...(resourceVersion ? { resourceVersion } : {}),
      ...(service ? { labels: { [serviceLabel]: service } } : {}),
    },
    // The API's rule: what does not say is ready.
    ready: endpoints.filter(({ conditions }) => conditions?.ready !== false).length,
  }
}

/** The counts of both sides; absent where there are no slices, or none can be known: pods alone tell then. */
export function endpointsOf(view: ClusterView, canary: Canary): Endpoints {
  const names = serviceNames(canary)
  const primary = countOf(view, canary.metadata.namespace, names.primary)
  const own = countOf(view, canary.metadata.namespace, names.canary)
  return { ...(primary === undefined ? {} : { primary }), ...(own === undefined ? {} : { canary: own }) }
}

function countOf(view: ClusterView, namespace: string | undefined, service: string): number | undefined {
  try {
    const slices = view.group(EndpointSlice, { namespace, name: service })
    return slices.length > 0 ? slices.reduce((sum, slice) => sum + summarisedSlice(slice).ready, 0) : undefined
  } catch (error) {
    // A role of before, or a cluster without slices, must not hold a rollout up.
    if (error instanceof CacheNotReadyError && error.isBroken) return undefined
    throw error
  }
}
