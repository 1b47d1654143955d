/** One spec in memory for all versions of an object that have the same. */
import { jsonEqual } from '../apimachinery/json.ts'
import type { KubernetesObject } from '../apimachinery/meta.ts'

/**
 * Puts the spec of `known` in place of an equal one, so that what was made from it holds for the object too, and its
 * copy is garbage at once. For an object that was just parsed and that nobody else holds, of a kind whose
 * `metadata.generation` counts the changes of its spec (API conventions, "Metadata").
 */
export function keepSpec(known: KubernetesObject | undefined, object: KubernetesObject): void {
  const { uid, generation } = object.metadata ?? {}
  if (uid === undefined || generation === undefined) return
  if (known?.metadata?.uid !== uid || known.metadata.generation !== generation) return
  if ('spec' in known && 'spec' in object) object.spec = known.spec
}

/**
 * Whether two versions of an object are alike in all that its owner says: in what names it, in labels and annotations,
 * and in a spec that {@link keepSpec} has kept.
 */
export function isSameButStatus(a: KubernetesObject, b: KubernetesObject): boolean {
  if (a.metadata?.uid !== b.metadata?.uid || !('spec' in a) || !('spec' in b) || a.spec !== b.spec) return false
  return (
    jsonEqual(a.metadata?.labels, b.metadata?.labels) && jsonEqual(a.metadata?.annotations, b.metadata?.annotations)
  )
}
