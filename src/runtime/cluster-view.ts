/** One cluster as its caches show it, with our own writes in sight before the caches have them. */
import { type KubernetesObject, keyOf, type ObjectRef, type ResourceType } from '../apimachinery/meta.ts'
import { type Client, isNotFound } from './client.ts'
import type { Clock } from './clock.ts'
import type { Informer } from './informer.ts'
import type { InformerOptions, InformerSet } from './informer-set.ts'
import { refOf } from './object-store.ts'
import { byGroup, newTypeCaches, type TypeCaches } from './type-caches.ts'

/** Reads without requests, and writes that the next read sees. */
export interface ClusterView extends Pick<Client, 'create' | 'update' | 'patch'> {
  /** The cluster's own API, for what no cache holds. */
  readonly client: Client
  /**
   * The object, or undefined where there is none. The first read of a type starts its cache.
   * @throws CacheNotReadyError until that cache is complete
   */
  get<T extends KubernetesObject>(type: ResourceType<T>, ref: ObjectRef): T | undefined
  /**
   * The objects that their type's `groups` put under that name in that namespace, without own writes.
   * @throws CacheNotReadyError as {@link get}
   */
  group<T extends KubernetesObject>(type: ResourceType<T>, ref: ObjectRef): readonly T[]
  /** Whether objects of the type can be known in that namespace; what cannot be is never there for {@link get}. */
  isOpen(type: ResourceType, namespace: string | undefined): boolean
  /** Starts the type's cache, so that nobody has to wait for it later. */
  start(type: ResourceType): void
  /** Starts the type's cache and resolves when it is complete. */
  synced(type: ResourceType, signal: AbortSignal): Promise<void>
  /** Runs `read`, which must not wait for anything, and tells what it looked at. */
  tracked<R>(read: () => R): { readonly value: R } & TrackedReads
  /**
   * Calls `listener` with the key of every object that changes, and of every type whose cache becomes complete or
   * cannot for another reason than before. Reads at `moment` or later have seen the change.
   */
  subscribe(listener: (key: string, moment: number) => void): () => void
}

/** What was read, by the keys of {@link ClusterView.subscribe}, and when. */
export interface TrackedReads {
  readonly reads: ReadonlyMap<string, TrackedRead>
  /** Counts what came into the view; nothing else about the number is of use. */
  readonly moment: number
}

/** One read and what it gave: an object, nothing, or a group. Undefined where the cache could not tell. */
export type TrackedRead =
  | {
      readonly type: ResourceType
      readonly ref: ObjectRef
      readonly found: KubernetesObject | readonly KubernetesObject[] | undefined
    }
  | undefined

/** A cache is not complete yet, or cannot be filled; `problem` of its message says why. */
export class CacheNotReadyError extends Error {
  override readonly name = 'CacheNotReadyError'
  readonly reason = 'CacheNotReady'
  /** Whether the cache meets an error, and not only takes its time. */
  readonly isBroken: boolean
  /** Whether the API does not know the kind: nobody has installed it, or somebody has uninstalled it. */
  readonly isUnserved: boolean

  constructor(message: string, isBroken: boolean, isUnserved = false) {
    super(message)
    this.isBroken = isBroken
    this.isUnserved = isUnserved
  }
}

/** What a view needs. */
export interface ClusterViewDeps {
  readonly client: Client
  readonly informers: InformerSet
  readonly clock: Clock
  /** What to keep of types that are not kept whole, by `<plural>.<group>`. */
  readonly selections?: Readonly<Record<string, InformerOptions<KubernetesObject>>>
  /** The name under which {@link ClusterView.group} finds an object, by `<plural>.<group>`. */
  readonly groups?: Readonly<Record<string, (object: KubernetesObject) => string | undefined>>
  /** Of all types, only objects of this namespace. */
  readonly namespace?: string
  /** Types, by `<plural>.<group>`, that may be read in these namespaces alone. */
  readonly namespaces?: Readonly<Record<string, readonly string[]>>
}

/** A write that the cache has not shown after this long was undone in a gap of the watch. */
const maxLagMs = 30_000

interface Written {
  readonly object: KubernetesObject
  /** Since when reads show it. */
  readonly moment: number
  readonly expiresAtMs: number
}

/** A view; its caches run with the set of informers. */
export function newClusterView(deps: ClusterViewDeps): ClusterView {
  const { client, clock } = deps
  const written = new Map<string, Written>()
  const listeners = new Set<(key: string, moment: number) => void>()
  let reads: Map<string, TrackedRead> | undefined
  let lastMoment = 0

  const notify = (key: string, moment = ++lastMoment) => {
    for (const listener of listeners) listener(key, moment)
  }
  const seen = (typeKey: string, object: KubernetesObject, isThere: boolean) => {
    const key = `${typeKey}/${keyOf(refOf(object))}`
    const own = written.get(key)
    if (own && isAsNewAs(object, own.object)) written.delete(key)
    // Reads since our own write have shown it, or what came after it.
    const isShown = isThere && own && own.expiresAtMs > clock.monotonicMs() && isNoNewerThan(object, own.object)
    notify(key, isShown ? own.moment : undefined)
    const group = deps.groups?.[typeKey]?.(object)
    if (group !== undefined) notify(groupKey(typeKey, { namespace: object.metadata?.namespace, name: group }))
  }
  const cachesOf = newTypeCaches({
    ...deps,
    started(typeKey, informer) {
      // A version that is an own write is here already.
      informer.keepFrom(received => written.get(`${typeKey}/${keyOf(refOf(received))}`)?.object)
      informer.addHandler({
        added: object => seen(typeKey, object, true),
        updated: (_, object) => seen(typeKey, object, true),
        deleted: object => seen(typeKey, object, false),
        problemChanged: () => {
          if (!informer.hasSynced()) notify(typeKey)
        },
      })
      void informer.synced().then(() => notify(typeKey))
    },
  })
  /** The cache with the objects of a namespace that is open. */
  const completeCache = <T extends KubernetesObject>(
    type: ResourceType<T>,
    caches: TypeCaches<T>,
    of: string | undefined,
  ): Informer<T> => {
    const cache = caches.at(of)
    if (cache.hasSynced()) return cache
    reads?.set(caches.key, undefined)
    throw notReady(type, cache.problem())
  }
  /** A subresource's answer may be another kind, such as Scale; it stays out of the view. */
  const remember = <T extends KubernetesObject>(type: ResourceType<T>, object: T): T => {
    const caches = cachesOf(type)
    const ref = refOf(object)
    const key = `${caches.key}/${keyOf(ref)}`
    const cache = caches.startedAt(object.metadata?.namespace)
    const cached = cache?.get(ref)
    if (object.kind !== undefined && object.kind !== type.kind) return object
    if (cached && isAsNewAs(cached, object)) return object
    const known = (written.get(key)?.object as T | undefined) ?? cached // Put under this type's key.
    const kept = cache ? cache.readied(object, known) : object
    // An object that is gone with this write leaves nothing to see.
    const isGone = kept.metadata?.deletionTimestamp !== undefined && !kept.metadata.finalizers?.length
    if (!isGone) written.set(key, { object: kept, moment: ++lastMoment, expiresAtMs: clock.monotonicMs() + maxLagMs })
    return kept
  }

  return {
    client,
    get<T extends KubernetesObject>(type: ResourceType<T>, ref: ObjectRef): T | undefined {
      const caches = cachesOf(type)
      if (!caches.isOpen(ref.namespace)) return undefined
      const cache = completeCache(type, caches, ref.namespace)
      const key = `${caches.key}/${keyOf(ref)}`
      const own = written.get(key)
      const isLate = own && own.expiresAtMs <= clock.monotonicMs()
      if (isLate) written.delete(key)
      const found = own && !isLate ? (own.object as T) : cache.get(ref) // Put under this type's key.
      reads?.set(key, { type, ref, found })
      return found
    },
    group<T extends KubernetesObject>(type: ResourceType<T>, ref: ObjectRef): readonly T[] {
      const caches = cachesOf(type)
      if (!caches.isOpen(ref.namespace)) return []
      const found = completeCache(type, caches, ref.namespace).byIndex(byGroup, keyOf(ref))
      reads?.set(groupKey(caches.key, ref), { type, ref, found })
      return found
    },
    start: type => void cachesOf(type).all(),
    isOpen: (type, namespace) => cachesOf(type).isOpen(namespace),
    async synced(type, signal) {
      const caches = cachesOf(type).all()
      await Promise.all(caches.map(cache => cache.synced(signal)))
    },
    tracked(read) {
      const outer = reads
      const own = new Map<string, TrackedRead>()
      reads = own
      try {
        return { value: read(), reads: own, moment: lastMoment }
      } finally {
        reads = outer
        if (outer) for (const [key, each] of own) outer.set(key, each)
      }
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    create: async (type, object, options) => remember(type, await client.create(type, object, options)),
    update: async (type, object, options) => remember(type, await client.update(type, object, options)),
    patch: async (type, ref, patch, options) => remember(type, await client.patch(type, ref, patch, options)),
  }
}

function groupKey(typeKey: string, ref: ObjectRef): string {
  return `${typeKey}#${keyOf(ref)}`
}

function notReady({ kind, group }: ResourceType, problem: Error | undefined): CacheNotReadyError {
  if (isNotFound(problem)) return new CacheNotReadyError(`${kind} of ${group} is not served by the API`, true, true)
  const why = problem ? `: ${problem.message}` : ''
  return new CacheNotReadyError(`${kind} objects are not known yet${why}`, problem !== undefined)
}

/** Versions of one kind can be compared since Kubernetes 1.35; what is no number counts as newer. */
function isAsNewAs(object: KubernetesObject, other: KubernetesObject): boolean {
  if (object.metadata?.uid !== other.metadata?.uid) return true
  return !(Number(object.metadata?.resourceVersion) < Number(other.metadata?.resourceVersion))
}

/** For sure, that is: never so for what is no number, or another object of the same name. */
function isNoNewerThan(object: KubernetesObject, other: KubernetesObject): boolean {
  if (object.metadata?.uid !== other.metadata?.uid) return false
  return Number(object.metadata?.resourceVersion) <= Number(other.metadata?.resourceVersion)
}
