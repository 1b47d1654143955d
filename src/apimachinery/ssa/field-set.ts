/**
 * Sets of fields in the very form in which managedFields carry them (FieldsV1), so that reading and writing costs
 * nothing. A node maps path elements to nodes; a field is in the set if its node is empty or has the mark `.`.
 * Sets are never changed once they are built; operations share what they leave as it is.
 */
import { isJsonObject } from '../json.ts'
import type { JsonObject } from '../meta.ts'
import { elementToText, isKnownKind, isPathElement } from './path-element.ts'

/** A set of fields; see above. */
export interface FieldSet {
  readonly [element: string]: FieldSet
}

/** A path: path elements from the root. */
export type FieldPath = readonly string[]

type MutableSet = { [element: string]: MutableSet }

/** The set without fields. */
export const emptySet: FieldSet = Object.freeze({})
const mark = '.'

/** Whether the set has no fields. */
export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false
  return true
}

/** Whether a field is in the set itself. */
export function hasPath(set: FieldSet, path: FieldPath): boolean {
  let node: FieldSet | undefined = set
  for (const element of path) {
    node = node[element]
    if (!node) return false
  }
  return path.length > 0 && isMember(node)
}

/** Whether a node below another stands for a field of the set, and not only for what is below it. */
export function isMember(node: FieldSet): boolean {
  return mark in node || isEmptySet(node)
}

/** Whether a node has fields below it. */
export function hasChildren(node: FieldSet): boolean {
  for (const element in node) if (element !== mark) return true
  return false
}

/** A set that is being put together. */
export class FieldSetBuilder {
  readonly #root: MutableSet = {}

  /** Adds a field. The path may be changed afterwards. */
  add(path: FieldPath): void {
    let node = this.#root
    let isNew = false
    for (const element of path) {
      // An empty node that was there before is a field of the set, and must stay one when something comes below it.
      if (node !== this.#root && !isNew && isEmptySet(node)) node[mark] = {}
      const next: MutableSet | undefined = node[element]
      isNew = next === undefined
      const below: MutableSet = next ?? {}
      node[element] = below
      node = below
    }
    if (!isNew && hasChildren(node)) node[mark] = {}
  }

  /** The set; the builder must not be used after that. */
  build(): FieldSet {
    return this.#root
  }
}

/** The set with exactly these fields. */
export function fieldSetOf(paths: readonly FieldPath[]): FieldSet {
  const builder = new FieldSetBuilder()
  for (const path of paths) builder.add(path)
  return builder.build()
}

/** The fields that are in either; `a` itself if `b` adds nothing. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmptySet(b)) return a
  if (isEmptySet(a)) return b
  let result: MutableSet | undefined
  for (const element in b) {
    const left = a[element]
    const right = child(b, element)
    const both = left ? unionNodes(left, right) : right
    if (both === left) continue
    // Nodes of sets are written by nobody but who makes them.
    result ??= { ...a } as MutableSet
    result[element] = both as MutableSet
  }
  return result ?? a
}

/** The fields of `a` that are not in `b`; what is below a field of `b` stays. `a` itself if all are left. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (left, right, rest) => changed(left, isMember(left) && !isMember(right), rest))
}

/** The fields of `a` that are neither in `b` nor below a field of `b`. `a` itself if all are left. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (left, right, rest) => (isMember(right) ? undefined : changed(left, isMember(left), rest)))
}

/** The fields that are in both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const result: MutableSet = {}
  for (const element in a) {
    const right = b[element]
    if (element === mark || !right) continue
    const left = child(a, element)
    const merged = node(isMember(left) && isMember(right), intersection(left, right))
    if (merged) result[element] = merged as MutableSet
  }
  return result
}

/** Whether both hold the same fields. */
export function equalSets(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true
  for (const element in a) {
    if (element === mark) continue
    const right = b[element]
    const left = child(a, element)
    if (!right || isMember(left) !== isMember(right) || !equalSets(left, right)) return false
  }
  for (const element in b) if (element !== mark && !(element in a)) return false
  return true
}

/** Every field of the set, those of one level before those below them. */
export function pathsOf(set: FieldSet): FieldPath[] {
  const elements = Object.keys(set)
    .filter(element => element !== mark)
    .sort()
  return [
    ...elements.filter(element => isMember(child(set, element))).map(element => [element]),
    ...elements.flatMap(element => pathsOf(child(set, element)).map(rest => [element, ...rest])),
  ]
}

/** The set with the elements of each level in the order in which the API writes them. */
export function sortSet(set: FieldSet): FieldSet {
  if (isSorted(set)) return set
  const result: MutableSet = {}
  for (const element of Object.keys(set).sort()) result[element] = sortSet(child(set, element)) as MutableSet
  return result
}

function isSorted(set: FieldSet): boolean {
  let previous = ''
  for (const element in set) {
    if (element < previous || !isSorted(child(set, element))) return false
    previous = element
  }
  return true
}

/**
 * Takes the set out of a managedFields entry, sharing what it can with the input. Elements of a kind that is not known
 * are left out, as the real server does. Throws an Error that names the element if one is malformed.
 */
export function parseFieldsV1(fields: JsonObject): FieldSet {
  let isComplete = true
  const set: Record<string, FieldSet> = {}
  for (const [element, below] of Object.entries(fields)) {
    if (element !== mark && !isKnownKind(element)) {
      isComplete = false
      continue
    }
    if (element !== mark && !isPathElement(element)) {
      throw new Error(`${JSON.stringify(element)} is no path element of FieldsV1`)
    }
    if (!isJsonObject(below)) throw new Error(`what is below ${JSON.stringify(element)} in FieldsV1 is no object`)
    const parsed = parseFieldsV1(below)
    // Each was checked on the way: the object is the set.
    if (parsed !== (below as unknown as FieldSet)) isComplete = false
    set[element] = parsed
  }
  return isComplete ? (fields as unknown as FieldSet) : set
}

/** The sets' fields one a line, for messages of tests: `.spec.replicas`. */
export function setToText(set: FieldSet): string {
  return pathsOf(set)
    .map(path => path.map(elementToText).join(''))
    .join('\n')
}

function unionNodes(left: FieldSet, right: FieldSet): FieldSet {
  const own = withoutMark(left)
  const children = union(own, withoutMark(right))
  const member = isMember(left) || isMember(right)
  return children === own && member === isMember(left) ? left : (node(member, children) ?? emptySet)
}

/** `a` with the nodes that `b` has as well replaced; `a` itself, its mark included, if none of them changes. */
function combine(
  a: FieldSet,
  b: FieldSet,
  merge: (left: FieldSet, right: FieldSet, rest: FieldSet) => FieldSet | undefined,
): FieldSet {
  let changes: Map<string, FieldSet | undefined> | undefined
  for (const element in a) {
    const right = b[element]
    if (element === mark || !right) continue
    const left = child(a, element)
    const merged = merge(left, right, combine(left, right, merge))
    if (merged === left) continue
    changes ??= new Map()
    changes.set(element, merged)
  }
  if (!changes) return a
  const result: MutableSet = {}
  for (const element in a) {
    const left = changes.has(element) ? changes.get(element) : child(a, element)
    if (element !== mark && left) result[element] = left as MutableSet
  }
  return result
}

/** The node with what `rest` has left of those below it; the same node if nothing changes. */
function changed(before: FieldSet, member: boolean, rest: FieldSet): FieldSet | undefined {
  return rest === before && member === isMember(before) ? before : node(member, withoutMark(rest))
}

/** A node from whether its field is in the set and what is below; undefined if nothing is left of it. */
function node(member: boolean, children: FieldSet): FieldSet | undefined {
  if (isEmptySet(children)) return member ? emptySet : undefined
  return member ? { [mark]: emptySet, ...children } : children
}

function withoutMark(set: FieldSet): FieldSet {
  if (!(mark in set)) return set
  const { [mark]: _, ...children } = set
  return children
}

/** The node below; called only for elements that are there. */
function child(set: FieldSet, element: string): FieldSet {
  return set[element] ?? emptySet
}
