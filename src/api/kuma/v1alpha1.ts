/** kuma.io/v1alpha1: where requests of a mesh go. */
import { type CustomKind, customKind } from '../../apimachinery/kind.ts'
import type { KubernetesObject, ObjectMeta } from '../../apimachinery/meta.ts'
import { array, type Infer, integer, map, object, string } from '../../apimachinery/schema.ts'

/** Tags that sources or destinations have; `kuma.io/service` names a port of a Service as `NAME_NAMESPACE_svc_PORT`. */
const selectors = array(object({ match: map(string()) }))

// The published definition checks nothing below spec; Kuma's control plane does.
const open = { 'x-kubernetes-preserve-unknown-fields': true }

const spec = object(
  {
    sources: selectors,
    destinations: selectors,
    conf: object({ split: array(object({ weight: integer(), destination: map(string()) }, open)) }, open),
  },
  open,
)

/** `spec` of a TrafficRoute. */
export type TrafficRouteSpec = Infer<typeof spec>

/** How requests to services of a mesh are shared out. Of the whole cluster. */
export interface TrafficRoute extends KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  /** The mesh that it is for. */
  readonly mesh?: string
  readonly spec: TrafficRouteSpec
}

/** How requests to services of a mesh are shared out. Of the whole cluster. */
export const TrafficRoute: CustomKind<TrafficRoute> = customKind({
  group: 'kuma.io',
  version: 'v1alpha1',
  kind: 'TrafficRoute',
  plural: 'trafficroutes',
  namespaced: false,
  description: 'How requests to services of a mesh are shared out.',
  spec,
  besideSpec: { mesh: string({ description: 'The mesh that it is for.' }).json },
})
