/** What the cells of several kinds share. */
import { LabelSelectorError, labelsToText, selectorOf, selectorToText } from '../../../apimachinery/labels.ts'
import type { Json, JsonObject, LabelSelector } from '../../../apimachinery/meta.ts'
import { fromTimestamp, humanDuration } from '../../../apimachinery/time.ts'
import { has, objectAt, objectsAt, stringAt, stringMapAt } from '../draft.ts'

/** Makes the cells of one object, as many as its kind has columns. */
export type Cells = (object: JsonObject, now: Date) => Json[]

/** What stands in a cell with nothing to say. */
export const none = '<none>'

/** The name of an object. */
export function nameOf(object: JsonObject): string {
  return stringAt(objectAt(object, 'metadata'), 'name')
}

/** How old an object is. */
export function ageOf(object: JsonObject, now: Date): string {
  return since(stringAt(objectAt(object, 'metadata'), 'creationTimestamp'), now)
}

/** How long ago a timestamp is; `<unknown>` where there is none. */
export function since(timestamp: string, now: Date): string {
  const time = timestamp === '' ? undefined : fromTimestamp(timestamp)
  return time ? humanDuration(now.getTime() - time.getTime()) : '<unknown>'
}

/** Labels, or `<none>`. */
export function labelsCell(labels: Readonly<Record<string, string>>): string {
  return labelsToText(labels) || none
}

/** A selector as text; `<none>` for one that is absent or selects everything. */
export function selectorCell(owner: JsonObject, key = 'selector'): string {
  if (!has(owner, key)) return none
  try {
    // Stored objects have the types of their kind.
    const selector = selectorOf(objectAt(owner, key) as LabelSelector)
    return (selector && selectorToText(selector)) || none
  } catch (error) {
    if (error instanceof LabelSelectorError) return '<error>'
    throw error
  }
}

/** The names and the images of the containers of a pod's spec. */
export function containersCells(podSpec: JsonObject): [names: string, images: string] {
  const containers = objectsAt(podSpec, 'containers')
  return [
    containers.map(container => stringAt(container, 'name')).join(','),
    containers.map(container => stringAt(container, 'image')).join(','),
  ]
}

/** The same of the template in an owner's spec. */
export function templateCells(spec: JsonObject): [names: string, images: string] {
  return containersCells(objectAt(objectAt(spec, 'template'), 'spec'))
}

/** The first items of a list, and how many more there are. */
export function firstOf(items: readonly string[], max: number, total = items.length, separator = ','): string {
  const text = items.slice(0, max).join(separator)
  return total > max ? `${text} + ${total - max} more...` : text
}

/** Whether a condition of an object is true. */
export function isConditionTrue(status: JsonObject, type: string): boolean {
  return objectsAt(status, 'conditions').some(
    condition => stringAt(condition, 'type') === type && stringAt(condition, 'status') === 'True',
  )
}

/** The annotations of an object. */
export function annotationsOf(object: JsonObject): Readonly<Record<string, string>> {
  return stringMapAt(objectAt(object, 'metadata'), 'annotations')
}
