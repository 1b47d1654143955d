/** What the server sets on DaemonSets. */
import { jsonEqual } from '../../../apimachinery/json.ts'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { type Draft, ensure, objectAt, stringAt } from '../draft.ts'

// A field of older versions of the API, which v1 keeps as an annotation.
const templateGeneration = 'deprecated.daemonset.template.generation'

/** Starts counting the changes of the template. */
export function prepareDaemonSet(set: Draft): void {
  const annotations = ensure(ensure(set, 'metadata'), 'annotations')
  if (!(Number(annotations[templateGeneration]) >= 1)) annotations[templateGeneration] = '1'
}

/** Counts a change of the template; what clients set is put back. */
export function prepareDaemonSetUpdate(set: Draft, previous: JsonObject): void {
  const before = Number(stringAt(objectAt(objectAt(previous, 'metadata'), 'annotations'), templateGeneration)) || 0
  const changed = !jsonEqual(
    objectAt(objectAt(set, 'spec'), 'template'),
    objectAt(objectAt(previous, 'spec'), 'template'),
  )
  const count = before + (changed ? 1 : 0)
  const annotations = ensure(ensure(set, 'metadata'), 'annotations')
  if (count > 0) annotations[templateGeneration] = String(count)
}
