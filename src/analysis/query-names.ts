/** The names that queries about a Canary are made for. */
import type { Canary } from '../api/flagger/v1beta1.ts'
import type { QueryNames } from './query.ts'

/** By upstream's rules: what the Canary does not name is called as its target is. */
export function queryNamesOf({ spec, metadata }: Canary): QueryNames {
  const { name: target } = spec.targetRef
  return {
    name: metadata.name ?? '',
    namespace: metadata.namespace ?? '',
    target,
    service: spec.service?.name || target,
    ingress: spec.ingressRef?.name ?? target,
    route: spec.routeRef?.name ?? target,
  }
}
