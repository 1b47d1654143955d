/** Objects of one kind in memory, by namespace and name, with indexes. */
import { type KubernetesObject, type ObjectRef, parseKey } from '../apimachinery/meta.ts'

/** The values under which an object is found in an index; none leaves it out. */
export type IndexFunction<T> = (object: T) => readonly string[]

/** Read access. The objects are shared: never change them. */
export interface ObjectReader<T extends KubernetesObject> {
  readonly size: number
  /** The object of that name, or of that `namespace/name`; undefined where there is none. */
  get(ref: ObjectRef | string): T | undefined
  /** The objects of one namespace, or all. */
  list(namespace?: string): T[]
  /** The objects that `index` has under `value`. Throws where there is no such index. */
  byIndex(index: string, value: string): T[]
}

/** A store that its owner writes. */
export interface ObjectStore<T extends KubernetesObject> extends ObjectReader<T> {
  /** Puts the object in place of one of the same name, which it returns. */
  put(object: T): T | undefined
  /** Takes out what has the object's name, and returns it. */
  remove(ref: ObjectRef): T | undefined
  /** Adds an index over what is there and what will come. Throws where the name is taken by another function. */
  addIndex(name: string, values: IndexFunction<T>): void
}

interface Index<T> {
  readonly given: IndexFunction<T>
  readonly values: IndexFunction<T>
  readonly objects: Map<string, Set<T>>
}

/** An empty store. An index function that throws leaves the object out of that index, and `onIndexError` hears of it. */
export function newObjectStore<T extends KubernetesObject>(
  options: { readonly onIndexError?: (index: string, error: unknown) => void } = {},
): ObjectStore<T> {
  // Two levels, so that no key has to be built and held per object.
  const namespaces = new Map<string, Map<string, T>>()
  const indexes = new Map<string, Index<T>>()
  let size = 0

  const guarded =
    (name: string, values: IndexFunction<T>): IndexFunction<T> =>
    object => {
      try {
        return values(object)
      } catch (error) {
        options.onIndexError?.(name, error)
        return []
      }
    }
  const get = (ref: ObjectRef) => namespaces.get(ref.namespace ?? '')?.get(ref.name)
  const all = () => [...namespaces.values()].flatMap(objects => [...objects.values()])
  return {
    get size() {
      return size
    },
    get: ref => get(typeof ref === 'string' ? parseKey(ref) : ref),
    list: namespace => (namespace === undefined ? all() : [...(namespaces.get(namespace)?.values() ?? [])]),
    byIndex(name, value) {
      const index = indexes.get(name)
      if (!index)
        throw new Error(`there is no index ${JSON.stringify(name)}; there are ${[...indexes.keys()].join(', ')}`)
      return [...(index.objects.get(value) ?? [])]
    },
    put(object) {
      const { namespace, name } = refOf(object)
      const objects = getOrAdd(namespaces, namespace, () => new Map<string, T>())
      const previous = objects.get(name)
      objects.set(name, object)
      if (!previous) size += 1
      for (const index of indexes.values()) {
        if (previous) unlink(index, previous)
        link(index, object)
      }
      return previous
    },
    remove(ref) {
      const previous = get(ref)
      if (!previous) return undefined
      const objects = namespaces.get(ref.namespace ?? '')
      objects?.delete(ref.name)
      if (objects?.size === 0) namespaces.delete(ref.namespace ?? '')
      size -= 1
      for (const index of indexes.values()) unlink(index, previous)
      return previous
    },
    addIndex(name, values) {
      const existing = indexes.get(name)
      if (existing && existing.given !== values) throw new Error(`index ${JSON.stringify(name)} exists already`)
      if (existing) return
      const index = { given: values, values: guarded(name, values), objects: new Map<string, Set<T>>() }
      indexes.set(name, index)
      for (const object of all()) link(index, object)
    },
  }
}

/** Where an object stands in a store: namespace '' for cluster-scoped objects. */
export function refOf(object: KubernetesObject): { readonly namespace: string; readonly name: string } {
  return { namespace: object.metadata?.namespace ?? '', name: object.metadata?.name ?? '' }
}

function link<T>(index: Index<T>, object: T): void {
  for (const value of index.values(object)) getOrAdd(index.objects, value, () => new Set<T>()).add(object)
}

function unlink<T>(index: Index<T>, object: T): void {
  for (const value of index.values(object)) {
    const objects = index.objects.get(value)
    objects?.delete(object)
    if (objects?.size === 0) index.objects.delete(value)
  }
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const existing = map.get(key)
  if (existing !== undefined) return existing
  const made = make()
  map.set(key, made)
  return made
}
