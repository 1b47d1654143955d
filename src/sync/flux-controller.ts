/** What the controllers of Flux's kinds have in common: what they need, and how each look at an object begins. */
import { type KubernetesObject, parseKey, type ResourceType } from '../apimachinery/meta.ts'
import type { Random } from '../runtime/backoff.ts'
import type { Client } from '../runtime/client.ts'
import type { Clock } from '../runtime/clock.ts'
import { type Controller, newController, type Source, watchSource } from '../runtime/controller.ts'
import type { EventRecorder } from '../runtime/events.ts'
import { addFinalizer, isBeingDeleted, removeFinalizer } from '../runtime/finalizer.ts'
import type { InformerSet } from '../runtime/informer-set.ts'
import type { Logger } from '../runtime/log.ts'
import type { MetricRegistry } from '../runtime/metrics.ts'
import type { Result } from '../runtime/reconcile.ts'
import type { ArtifactStore } from './artifact-store.ts'
import type { SyncLimits } from './limits.ts'
import { fluxFinalizer, reconcileRequested } from './triggers.ts'

/** What each of them needs. */
export interface FluxControllerDeps {
  readonly client: Client
  readonly informers: InformerSet
  readonly events: EventRecorder
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly metrics?: MetricRegistry
  readonly limits?: SyncLimits
}

/** What those of sources need. */
export interface SourceControllerDeps extends FluxControllerDeps {
  readonly artifacts: ArtifactStore
}

/** Any of Flux's kinds. */
type FluxObject = KubernetesObject & { readonly spec: { readonly suspend?: boolean } }

/** What makes one controller. */
export interface FluxControllerOptions<T extends FluxObject> {
  readonly kind: ResourceType<T>
  /** The work on an object that is neither suspended nor on its way out. */
  readonly reconcile: (object: T, signal: AbortSignal) => Promise<Result>
  /** What has to be done before a deleted object may go; suspended ones come, too. A throw keeps it. */
  readonly finalize: (object: T, signal: AbortSignal) => Promise<void>
  /** Objects that need no work, and no finalizer. Default: none. */
  readonly isIdle?: (object: T) => boolean
  /** What else, beside the object, makes it look. */
  readonly sources?: readonly Source[]
  readonly concurrency: number
  readonly reconcileTimeoutMs?: number
}

/** A controller with the triggers, the finalizer, the suspension and the waits of Flux's. */
export function newFluxController<T extends FluxObject>(
  deps: FluxControllerDeps,
  options: FluxControllerOptions<T>,
): Controller {
  const { client, informers } = deps
  const { kind, reconcile, finalize, isIdle, sources = [], ...bounds } = options
  return newController({
    ...deps,
    ...bounds,
    reconciler: {
      name: kind.kind.toLowerCase(),
      async reconcile({ key }, signal) {
        // The cache may not have seen this controller's own last write yet, and would make it run again.
        const object = await client.fetchIfExists(kind, parseKey(key), { signal })
        if (!object) return {}
        if (isBeingDeleted(object)) {
          await finalize(object, signal)
          await removeFinalizer(client, kind, object, fluxFinalizer, signal)
          return {}
        }
        if (isIdle?.(object)) return {}
        const owned = await addFinalizer(client, kind, object, fluxFinalizer, signal)
        return owned.spec.suspend ? {} : reconcile(owned, signal)
      },
    },
    sources: [watchSource(informers.informer(kind), { predicates: [reconcileRequested] }), ...sources],
    // Flux's own.
    backoff: { initialMs: 750, maxMs: 900_000 },
  })
}
