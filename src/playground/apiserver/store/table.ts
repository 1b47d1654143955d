/** All objects of one resource, whatever version they are asked for in. */
import { tooLargeResourceVersion } from '../status-error.ts'
import type { Entry } from './entry.ts'
import { type Change, EventWindow, type WindowLimits } from './event-window.ts'

/** Called with each change after it has become durable. */
export type ChangeListener = (change: Change) => void

/** The current objects, sorted by key on demand, and the window of their last changes. */
export class Table {
  /** `group/plural`. */
  readonly name: string
  readonly window: EventWindow
  readonly #entries = new Map<string, Entry>()
  readonly #listeners = new Set<ChangeListener>()
  #sortedKeys: string[] | undefined = []

  constructor(name: string, limits: WindowLimits, revision: number) {
    this.name = name
    this.window = new EventWindow(limits, revision)
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key)
  }

  /** In no order. */
  entries(): Iterable<Entry> {
    return this.#entries.values()
  }

  /** Puts a state in place without telling anyone; undefined takes the object away. */
  set(key: string, entry: Entry | undefined): void {
    const isThere = this.#entries.has(key)
    if (entry) this.#entries.set(key, entry)
    else this.#entries.delete(key)
    if (isThere !== (entry !== undefined)) this.#sortedKeys = undefined
  }

  /** Remembers a change and hands it to the watches. */
  announce(change: Change): void {
    this.window.add(change)
    for (const listener of this.#listeners) listener(change)
  }

  /** Calls `listener` for every change from now on; the result ends that. */
  listen(listener: ChangeListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The entries of a namespace ('' for all), sorted by key. */
  list(namespace: string): Entry[] {
    const keys = this.#keys()
    const [from, to] = rangeOf(keys, namespace)
    const found: Entry[] = []
    // Every sorted key has its entry.
    for (let i = from; i < to; i++) found.push(this.#entries.get(keys[i]!)!)
    return found
  }

  /**
   * The entries as they were at a past revision. Throws `expiredError()` when the window no longer reaches back that far,
   * 504 when `revision` is ahead of `current`.
   */
  listAt(namespace: string, revision: number, current: number, expiredError: () => Error): Entry[] {
    if (revision > current) throw tooLargeResourceVersion(revision, current)
    const later = this.window.after(revision)
    if (!later) throw expiredError()
    if (later.length === 0) return this.list(namespace)
    const past = new Map(this.#entries)
    for (const change of later.toReversed()) {
      if (change.previous) past.set(change.entry.key, change.previous)
      else past.delete(change.entry.key)
    }
    const prefix = namespace === '' ? '' : `${namespace}/`
    return [...past.values()].filter(entry => entry.key.startsWith(prefix)).sort((a, b) => compareKeys(a.key, b.key))
  }

  #keys(): string[] {
    this.#sortedKeys ??= [...this.#entries.keys()].sort(compareKeys)
    return this.#sortedKeys
  }
}

/** The order of lists: by bytes, as names are ASCII. */
export function compareKeys(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function rangeOf(keys: readonly string[], namespace: string): [number, number] {
  if (namespace === '') return [0, keys.length]
  // '0' is the character after '/'.
  return [firstAtLeast(keys, `${namespace}/`), firstAtLeast(keys, `${namespace}0`)]
}

/** The index of the first key that is not before `key`. */
export function firstAtLeast(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >> 1
    // The middle of two indexes of the array is an index of it.
    if (keys[middle]! < key) low = middle + 1
    else high = middle
  }
  return low
}
