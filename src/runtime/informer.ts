/** A local copy of a selection of objects, kept up to date by one list and watch, shared by all who ask. */
import type { KubernetesObject, ObjectRef, ResourceType } from '../apimachinery/meta.ts'
import { keyOf } from '../apimachinery/meta.ts'
import { orAbort } from './abort.ts'
import type { Random } from './backoff.ts'
import type { Client } from './client.ts'
import type { Clock } from './clock.ts'
import type { Interner } from './intern.ts'
import type { Logger } from './log.ts'
import { type IndexFunction, newObjectStore, type ObjectReader, refOf } from './object-store.ts'
import { type InitialSync, newReflector, type ReflectorSink, type Selection } from './reflector.ts'
import { keepSpec } from './same-spec.ts'

/** Told of changes, in order, as they reach the local copy. Must be quick and not throw: queue work, do not do it. */
export interface InformerHandler<T> {
  /** `initial`: the object was there when the informer first synced, or when this handler came. */
  added?(object: T, initial: boolean): void
  /** Also after a gap in the watch, in which the object may have been replaced by a new one of the same name. */
  updated?(previous: T, object: T): void
  /** The last state that is known. */
  deleted?(object: T): void
  /** Something else, or nothing any more, keeps the copy from following the API. */
  problemChanged?(problem: Error | undefined): void
}

/** One shared local copy. */
export interface Informer<T extends KubernetesObject> extends ObjectReader<T> {
  readonly type: ResourceType<T>
  readonly selection: Selection
  /** Whether the copy has been complete once. */
  hasSynced(): boolean
  /** Resolves when {@link hasSynced} turns true; rejects with the signal's reason. */
  synced(signal?: AbortSignal): Promise<void>
  /** What keeps it from following the API right now; undefined when all is well. */
  problem(): Error | undefined
  /** Adds a handler; it hears of everything that is there already. The result takes it away. */
  addHandler(handler: InformerHandler<T>): () => void
  /** Adds an index; repeating it with the same function is fine. */
  addIndex(name: string, values: IndexFunction<T>): void
  /** What the copy would keep of an object that was just parsed and that nobody else holds. `known`: a version before it. */
  readied(object: T, known?: T): T
  /** Where `find` has the very version that came, that object is kept, and what came is garbage: one version, one object. */
  keepFrom(find: (received: T) => T | undefined): void
  /** Follows the API until `signal` aborts. Call it once. */
  run(signal: AbortSignal): Promise<void>
}

/** What an informer needs. */
export interface InformerDeps<T extends KubernetesObject> {
  readonly client: Pick<Client, 'list' | 'watch'>
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly type: ResourceType<T>
  /** Absent: all objects of the type. */
  readonly selection?: Selection
  /** Makes each object smaller before it is kept; may change it in place. Default: {@link withoutManagedFields}. */
  readonly transform?: (object: T) => T
  /**
   * Whether versions of an object share their spec while its generation stays: for kinds whose generation counts every
   * change of it, which that of a Pod, for one, does not. Default false.
   */
  readonly keepsSpec?: boolean
  /** Shares equal strings between objects, if given. */
  readonly interner?: Interner
  /** Default `auto`. */
  readonly initialSync?: InitialSync
}

/** Leaves out `metadata.managedFields`, half of many an object and read by no controller. */
export function withoutManagedFields<T extends KubernetesObject>(object: T): T {
  if (!object.metadata) return object
  // To delete it would make V8 keep the rest as a hash table, of three times the size.
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

/** An informer that does not run yet. */
export function newInformer<T extends KubernetesObject>(deps: InformerDeps<T>): Informer<T> {
  const { type, log, interner, selection = {}, transform = withoutManagedFields } = deps
  const store = newObjectStore<T>({
    onIndexError: (index, error) => log.error('an index failed', { resource: type.plural, index, error }),
  })
  const handlers = new Set<InformerHandler<T>>()
  const finders: ((received: T) => T | undefined)[] = []
  const waiting = Promise.withResolvers<void>()
  let isSynced = false
  let problem: Error | undefined
  /** What the list in progress has named so far; undefined when the store was empty before, or there is no list. */
  let listed: Set<string> | undefined

  const notify = (call: (handler: InformerHandler<T>) => void) => {
    for (const handler of handlers) {
      try {
        call(handler)
      } catch (error) {
        log.error('an informer handler failed', { resource: type.plural, error })
      }
    }
  }
  const inHand = (received: T): T | undefined => {
    for (const find of finders) {
      const found = find(received)
      if (found && isSameVersion(found, received)) return found
    }
    return undefined
  }
  const readied = (received: T, known?: T): T => {
    const object = transform(received)
    if (deps.keepsSpec) keepSpec(known, object)
    interner?.internIn(object)
    return object
  }
  const remove = (ref: ObjectRef, last?: T) => {
    const previous = store.remove(ref)
    if (previous) notify(handler => handler.deleted?.(last ?? previous))
  }
  const sink: ReflectorSink<T> = {
    beginList() {
      listed = store.size > 0 ? new Set() : undefined
    },
    endList() {
      const found = listed
      listed = undefined
      if (found) for (const object of store.list()) if (!found.has(keyOf(refOf(object)))) remove(refOf(object))
      isSynced = true
      waiting.resolve()
    },
    put(received) {
      listed?.add(keyOf(refOf(received)))
      const known = store.get(refOf(received))
      if (known && isSameVersion(known, received)) return
      const object = inHand(received) ?? readied(received, known)
      const previous = store.put(object)
      if (previous) notify(handler => handler.updated?.(previous, object))
      else notify(handler => handler.added?.(object, !isSynced))
    },
    remove(received) {
      remove(refOf(received), transform(received))
    },
  }
  const reflector = newReflector<T>({
    client: deps.client,
    clock: deps.clock,
    random: deps.random,
    log,
    type,
    selection,
    sink,
    initialSync: deps.initialSync ?? 'auto',
    onProblem: next => {
      const before = problem
      problem = next
      if (before?.message !== next?.message) notify(handler => handler.problemChanged?.(next))
    },
  })
  return {
    type,
    selection,
    get size() {
      return store.size
    },
    get: store.get,
    list: store.list,
    byIndex: store.byIndex,
    addIndex: store.addIndex,
    hasSynced: () => isSynced,
    synced: signal => orAbort(waiting.promise, signal),
    problem: () => problem,
    addHandler(handler) {
      handlers.add(handler)
      for (const object of store.list()) {
        try {
          handler.added?.(object, true)
        } catch (error) {
          log.error('an informer handler failed', { resource: type.plural, error })
        }
      }
      return () => handlers.delete(handler)
    },
    readied,
    keepFrom: find => void finders.push(find),
    run: signal => reflector.run(signal),
  }
}

function isSameVersion(a: KubernetesObject, b: KubernetesObject): boolean {
  return (
    a.metadata?.resourceVersion !== undefined &&
    a.metadata.resourceVersion === b.metadata?.resourceVersion &&
    a.metadata.uid === b.metadata.uid
  )
}
