/** Finalizers of custom objects that may clash with those of others. */
import { qualifiedNameProblems } from '../../../apimachinery/names.ts'
import type { ApiObject } from '../api-object.ts'

/** A sentence for each finalizer that is new and names no domain. */
export function finalizerWarnings(object: ApiObject, previous: ApiObject | undefined): string[] {
  const known = new Set(previous?.metadata.finalizers)
  return (object.metadata.finalizers ?? [])
    .filter(finalizer => !known.has(finalizer) && !isFine(finalizer))
    .sort()
    .map(
      finalizer =>
        `metadata.finalizers: ${JSON.stringify(finalizer)}: prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers`,
    )
}

function isFine(finalizer: string): boolean {
  if (qualifiedNameProblems(finalizer).length > 0) return true
  return finalizer.includes('/') || finalizer === 'orphan' || finalizer === 'foregroundDeletion'
}
