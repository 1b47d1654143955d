/** The finalizers by which a deletion tells the garbage collector what to do with dependents. */
import type { ApiObject } from '../api-object.ts'
import type { ServedResource } from '../resources/served-resource.ts'
import type { DeleteOptions } from './delete-options.ts'

/** The garbage collector takes the dependents' references away, then this finalizer. */
export const orphanFinalizer = 'orphan'
/** The garbage collector deletes the dependents, then takes this finalizer away. */
export const foregroundFinalizer = 'foregroundDeletion'

/** The finalizers of an object while it is being deleted under `options`. */
export function finalizersForDeletion(
  resource: ServedResource,
  object: ApiObject,
  options: DeleteOptions,
): readonly string[] {
  const current = object.metadata.finalizers ?? []
  const policy = policyOf(resource, current, options)
  const others = current.filter(finalizer => finalizer !== orphanFinalizer && finalizer !== foregroundFinalizer)
  const wanted =
    policy === 'Orphan'
      ? [...others, orphanFinalizer]
      : policy === 'Foreground'
        ? [...others, foregroundFinalizer]
        : others
  const isSame = wanted.length === current.length && wanted.every(finalizer => current.includes(finalizer))
  return isSame ? current : wanted
}

function policyOf(
  resource: ServedResource,
  finalizers: readonly string[],
  options: DeleteOptions,
): 'Background' | 'Foreground' | 'Orphan' {
  if (options.orphanDependents !== undefined) return options.orphanDependents ? 'Orphan' : 'Background'
  if (options.propagationPolicy !== undefined) return options.propagationPolicy
  if (finalizers.includes(orphanFinalizer)) return 'Orphan'
  if (finalizers.includes(foregroundFinalizer)) return 'Foreground'
  return resource.strategy.orphansByDefault ? 'Orphan' : 'Background'
}
