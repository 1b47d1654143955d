/** Says on HTTPRoutes that the local gateway serves them, as the controller of a real gateway does. */
import { HTTPRoute } from '../../api/gateway-api/v1.ts'
import { withCondition } from '../../apimachinery/conditions.ts'
import { jsonEqual } from '../../apimachinery/json.ts'
import type { Condition, Json } from '../../apimachinery/meta.ts'
import { patchStatus } from '../../runtime/apply.ts'
import { type Client, isConflict, isNotFound } from '../../runtime/client.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { InformerSet } from '../../runtime/informer-set.ts'
import type { Reconciler } from '../../runtime/reconcile.ts'

type Status = NonNullable<HTTPRoute['status']>
type Parent = Status['parents'][number]

/** The name under which it writes; entries of others stay. */
export const controllerName = 'serin.dev/local-gateway'

/** Reconciles HTTPRoutes. A local member has one gateway, which takes routes of whichever name their parents have. */
export function newRouteStatus(deps: {
  readonly client: Client
  readonly informers: InformerSet
  readonly clock: Clock
}): Reconciler {
  const routes = deps.informers.informer(HTTPRoute)
  return {
    name: 'httproute-status',
    async reconcile({ key }, signal) {
      const route = routes.get(key)
      if (!route || route.metadata.deletionTimestamp) return {}
      const status = routeStatus(route, deps.clock.now())
      await patchStatus(deps.client, HTTPRoute, route, status, { signal, ifUnchanged: true }).catch(error => {
        // Gone, or changed: the next event brings the next look.
        if (!isNotFound(error) && !isConflict(error)) throw error
      })
      return {}
    },
  }
}

/** The status with an entry for each parent that can be a way in: a Gateway, or a Service inside the mesh. Pure. */
export function routeStatus({ metadata, spec, status }: HTTPRoute, now: Date): Status {
  const before = status?.parents ?? []
  const own = (spec?.parentRefs ?? [])
    .filter(({ kind = 'Gateway' }) => kind === 'Gateway' || kind === 'Service')
    .map((parentRef): Parent => {
      const known = before.find(parent => isOwn(parent) && jsonEqual(toJson(parent.parentRef), toJson(parentRef)))
      const accepted = {
        type: 'Accepted',
        status: 'True',
        reason: 'Accepted',
        message: 'The local gateway routes by it.',
        observedGeneration: metadata.generation ?? 0,
      } as const
      // The schema takes Kubernetes' conditions as they are.
      const conditions = withCondition((known?.conditions ?? []) as readonly Condition[], accepted, now)
      return { parentRef, controllerName, conditions }
    })
  return { parents: [...before.filter(parent => !isOwn(parent)), ...own] }
}

function isOwn(parent: Parent): boolean {
  return parent.controllerName === controllerName
}

/** Objects are JSON, which TypeScript does not see in interfaces. */
function toJson(value: unknown): Json | undefined {
  return value as Json | undefined
}
