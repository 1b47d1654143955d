/** Names and metadata that all routers share. */
import type { Canary } from '../api/flagger/v1beta1.ts'
import type { ObjectMeta } from '../apimachinery/meta.ts'
import type { RouteTarget } from './router.ts'

/** Names of the three services of a Canary. */
export interface ServiceNames {
  readonly apex: string
  readonly primary: string
  readonly canary: string
}

/** `spec.service.name`, or else the name of the target, and its two sides. */
export function serviceNames({ spec }: Canary): ServiceNames {
  const apex = spec.service?.name || spec.targetRef.name
  return { apex, primary: `${apex}-primary`, canary: `${apex}-canary` }
}

/** Annotations that keep Flux from undoing what the engine does with an object. */
export const unmanagedByFlux: Readonly<Record<string, string>> = {
  'helm.toolkit.fluxcd.io/driftDetection': 'disabled',
  'kustomize.toolkit.fluxcd.io/reconcile': 'disabled',
}

/** What kubectl applied last: the user's own version of an object. */
export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration'

/** The spec of a routing object as it was before the engine took it over, as JSON. */
export const originalAnnotation = 'flagger.kubernetes.io/original-configuration'

/** The apex object's labels and annotations as the Canary asks for them. */
export function apexMetadata({ canary, owner }: RouteTarget): ObjectMeta {
  const { labels, annotations } = canary.spec.service?.apex ?? {}
  return {
    name: serviceNames(canary).apex,
    ...(canary.metadata?.namespace ? { namespace: canary.metadata.namespace } : {}),
    ...(labels && Object.keys(labels).length > 0 ? { labels } : {}),
    annotations: { ...annotations, ...unmanagedByFlux },
    ownerReferences: [owner],
  }
}
