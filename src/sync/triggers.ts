/** What makes Flux's kinds reconcile beside a change of the spec. */
import type { KubernetesObject } from '../apimachinery/meta.ts'
import type { ObjectEvent } from '../runtime/controller.ts'
import { generationChanged } from '../runtime/predicates.ts'

/** The finalizer of all of Flux's kinds. */
export const fluxFinalizer = 'finalizers.fluxcd.io'

/** Asks for a reconcile now; any new value counts. */
export const requestedAtAnnotation = 'reconcile.fluxcd.io/requestedAt'

/** The value of the annotation by which somebody asked for a reconcile. */
export function requestedAt(object: KubernetesObject): string | undefined {
  return object.metadata?.annotations?.[requestedAtAnnotation]
}

/** The spec changed, the object came or goes, or somebody asked for a reconcile. */
export function reconcileRequested(event: ObjectEvent<KubernetesObject>): boolean {
  if (generationChanged(event)) return true
  if (event.type !== 'updated') return true
  const asked = requestedAt(event.object)
  return asked !== undefined && asked !== requestedAt(event.previous)
}
