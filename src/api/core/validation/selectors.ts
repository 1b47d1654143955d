/** The selectors of objects, as far as they can be used. */
import { LabelSelectorError, type Selector, selectorOf } from '../../../apimachinery/labels.ts'
import type { JsonObject, LabelSelector } from '../../../apimachinery/meta.ts'
import { has, objectAt } from '../draft.ts'

/** The selector under `selector`: undefined where there is none, `unusable` where it is malformed. */
export function readSelector(owner: JsonObject): Selector | undefined | 'unusable' {
  if (!has(owner, 'selector')) return undefined
  try {
    // The decoder has checked the types.
    return selectorOf(objectAt(owner, 'selector') as LabelSelector)
  } catch (error) {
    if (error instanceof LabelSelectorError) return 'unusable'
    throw error
  }
}
