/** Which informers hold the objects of a type: one for all namespaces, or one for each that may be read. */
import { type KubernetesObject, keyOf, type ResourceType } from '../apimachinery/meta.ts'
import type { Informer } from './informer.ts'
import type { InformerOptions, InformerSet } from './informer-set.ts'

/** The caches of one type. */
export interface TypeCaches<T extends KubernetesObject> {
  /** `<plural>.<group>`, or the plural alone for the core group. */
  readonly key: string
  /** What is kept of its objects. */
  readonly options: InformerOptions<KubernetesObject>
  /** Whether objects of that namespace can be known. */
  isOpen(namespace: string | undefined): boolean
  /** The cache that has the objects of an open namespace; the first call starts it. */
  at(namespace: string | undefined): Informer<T>
  /** The same, where it has been started. */
  startedAt(namespace: string | undefined): Informer<T> | undefined
  /** All of them, started. */
  all(): readonly Informer<T>[]
}

/** What decides about caches; see `ClusterViewDeps`. */
export interface TypeCachesDeps {
  readonly informers: InformerSet
  readonly selections?: Readonly<Record<string, InformerOptions<KubernetesObject>>>
  readonly groups?: Readonly<Record<string, (object: KubernetesObject) => string | undefined>>
  readonly namespace?: string
  readonly namespaces?: Readonly<Record<string, readonly string[]>>
  /** Told of each cache that is started. */
  readonly started: (typeKey: string, informer: Informer<KubernetesObject>) => void
}

/** Name of the index by the deps' `groups`; its values are keys of namespace and group. */
export const byGroup = 'group'

/** Finds the caches of types, which are the same for all types of one key. */
export function newTypeCaches(
  deps: TypeCachesDeps,
): <T extends KubernetesObject>(type: ResourceType<T>) => TypeCaches<T> {
  const byKey = new Map<string, TypeCaches<KubernetesObject>>()
  // Every read asks: neither a key nor a list of namespaces has to be made for that.
  const known = new WeakMap<ResourceType, TypeCaches<KubernetesObject>>()
  return <T extends KubernetesObject>(type: ResourceType<T>) => {
    const asAny = type as unknown as ResourceType
    let caches = known.get(asAny)
    if (!caches) {
      const key = typeKeyOf(type)
      caches = byKey.get(key) ?? newCaches(deps, asAny, key)
      byKey.set(key, caches)
      known.set(asAny, caches)
    }
    return caches as unknown as TypeCaches<T> // One type a key, which the maps' types cannot say.
  }
}

function newCaches(deps: TypeCachesDeps, type: ResourceType, key: string): TypeCaches<KubernetesObject> {
  const options = deps.selections?.[key] ?? {}
  const groupOf = deps.groups?.[key]
  const namespaces = namespacesOf(deps, type, key)
  const isEverywhere = namespaces.includes(undefined)
  const started = new Map<string | undefined, Informer<KubernetesObject>>()
  const start = (namespace: string | undefined) => {
    const informer = deps.informers.informer(type, { ...options, ...(namespace === undefined ? {} : { namespace }) })
    if (groupOf) informer.addIndex(byGroup, groupIndex(groupOf))
    started.set(namespace, informer)
    deps.started(key, informer)
    return informer
  }
  const where = (namespace: string | undefined) => (isEverywhere ? undefined : namespace)
  const at = (namespace: string | undefined) => started.get(where(namespace)) ?? start(where(namespace))
  return {
    key,
    options,
    isOpen: namespace => isEverywhere || namespaces.includes(namespace),
    at,
    startedAt: namespace => started.get(where(namespace)),
    all: () => namespaces.map(at),
  }
}

/** The namespaces that have a cache each; one that is undefined stands for all of them. */
function namespacesOf(
  { namespace, namespaces }: TypeCachesDeps,
  type: ResourceType,
  key: string,
): readonly (string | undefined)[] {
  if (!type.namespaced) return [undefined]
  return namespaces?.[key]?.filter(each => namespace === undefined || each === namespace) ?? [namespace]
}

function groupIndex(groupOf: (object: KubernetesObject) => string | undefined) {
  return (object: KubernetesObject): readonly string[] => {
    const name = groupOf(object)
    return name === undefined ? [] : [keyOf({ namespace: object.metadata?.namespace, name })]
  }
}

/** `<plural>.<group>`, or the plural alone for the core group. */
export function typeKeyOf(type: Pick<ResourceType, 'plural' | 'group'>): string {
  return type.group ? `${type.plural}.${type.group}` : type.plural
}
