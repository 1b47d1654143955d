/** Deletes objects whose owners are gone, and serves the propagation policies of deletions (kube-controller-manager's
 * garbage collector: pkg/controller/garbagecollector). */
import { type OwnerReference, parseApiVersion } from '../../../apimachinery/meta.ts'
import { withMetadata } from '../api-object.ts'
import type { ServerContext } from '../context.ts'
import { deleteEntry } from '../handlers/delete.ts'
import { foregroundFinalizer, orphanFinalizer } from '../handlers/gc-finalizers.ts'
import { finishRemoval, isHeld } from '../handlers/removal.ts'
import type { Entry } from '../store/entry.ts'
import type { Change } from '../store/event-window.ts'
import type { Table } from '../store/table.ts'
import { type Location, OwnerIndex } from './owner-index.ts'
import { WorkQueue } from './work-queue.ts'

/** Collects the garbage of one server. */
export class GarbageCollector {
  readonly #server: ServerContext
  readonly #index = new OwnerIndex()
  /** Places (`table key`) to look at. */
  readonly #queue: WorkQueue<string>

  constructor(server: ServerContext) {
    this.#server = server
    this.#queue = new WorkQueue(
      place => this.#look(place),
      (error, place) => server.log.error('garbage not collected', { object: place, error }),
    )
  }

  /** Follows all tables until the server closes. */
  start(): void {
    this.#server.store.eachTable(table => {
      for (const entry of table.entries()) {
        this.#index.replace(table.name, entry, undefined)
        if (needsLook(entry)) this.#enqueue({ table: table.name, key: entry.key })
      }
      const stop = table.listen(change => this.#changed(table, change))
      this.#server.closing.addEventListener('abort', stop, { once: true })
    })
  }

  #changed(table: Table, { type, entry, previous }: Change): void {
    this.#index.replace(table.name, type === 'DELETED' ? undefined : entry, previous)
    if (type !== 'DELETED' && needsLook(entry)) this.#enqueue({ table: table.name, key: entry.key })
    const { uid = '', deletionTimestamp, ownerReferences } = entry.object.metadata
    if (type === 'DELETED') for (const dependent of this.#index.dependentsOf(uid)) this.#enqueue(dependent)
    // An owner that waits for its dependents has to hear of each that goes.
    if (type === 'DELETED' || deletionTimestamp)
      for (const owner of ownerReferences ?? []) this.#enqueueOwner(entry, owner)
  }

  #enqueue({ table, key }: Location): void {
    this.#queue.add(`${table} ${key}`)
  }

  #enqueueOwner(dependent: Entry, owner: OwnerReference): void {
    const found = this.#ownerOf(dependent, owner)
    if (found && found !== 'unknown') this.#enqueue({ table: found.table.name, key: found.entry.key })
  }

  #look(place: string): void {
    const space = place.indexOf(' ')
    const table = this.#server.store.table(place.slice(0, space))
    const entry = table.get(place.slice(space + 1))
    if (!entry) return
    const { finalizers = [], deletionTimestamp } = entry.object.metadata
    if (deletionTimestamp && finalizers.includes(orphanFinalizer)) return this.#orphanDependents(table, entry)
    if (deletionTimestamp && finalizers.includes(foregroundFinalizer)) return this.#deleteDependents(table, entry)
    if (!deletionTimestamp) this.#checkOwners(table, entry)
  }

  /** Deletes an object none of whose owners is left; takes away references to those that are gone. */
  #checkOwners(table: Table, entry: Entry): void {
    const references = entry.object.metadata.ownerReferences ?? []
    const owners = references.map(reference => ({ reference, owner: this.#ownerOf(entry, reference) }))
    if (owners.length === 0) return
    const isWaiting = (owner: (typeof owners)[number]['owner']) => isFound(owner) && isDeletingDependents(owner.entry)
    const solid = owners.filter(({ owner }) => owner === 'unknown' || (isFound(owner) && !isWaiting(owner)))
    const waiting = owners.filter(({ owner }) => isWaiting(owner))
    if (solid.length > 0) {
      if (solid.length === owners.length) return
      const ownerReferences = solid.map(({ reference }) => reference)
      this.#server.store.put(table, entry.key, withMetadata(entry.object, { ownerReferences }))
      return
    }
    const hasDependents = this.#index.dependentsOf(entry.object.metadata.uid ?? '').length > 0
    this.#delete(table, entry, waiting.length > 0 && hasDependents ? 'Foreground' : undefined)
  }

  #delete(table: Table, entry: Entry, policy: 'Foreground' | undefined): void {
    const resource = this.#server.resources.ofTable(table.name)
    if (!resource) return
    const { finalizers = [], uid = '' } = entry.object.metadata
    // What the object itself asks for is kept; the default policy of a kind is not that of its owner.
    const kept = finalizers.includes(orphanFinalizer)
      ? 'Orphan'
      : finalizers.includes(foregroundFinalizer)
        ? 'Foreground'
        : 'Background'
    deleteEntry(this.#server, resource, entry, {
      dryRun: false,
      propagationPolicy: policy ?? kept,
      preconditions: { uid },
    })
  }

  #orphanDependents(table: Table, entry: Entry): void {
    const { uid = '' } = entry.object.metadata
    for (const place of this.#index.dependentsOf(uid)) {
      const dependents = this.#server.store.table(place.table)
      const dependent = dependents.get(place.key)
      if (!dependent) continue
      const left = dependent.object.metadata.ownerReferences?.filter(owner => owner.uid !== uid) ?? []
      const ownerReferences = left.length > 0 ? left : undefined
      this.#server.store.put(dependents, place.key, withMetadata(dependent.object, { ownerReferences }))
    }
    this.#removeFinalizer(table, entry, orphanFinalizer)
  }

  /** Deletes the dependents; when none of those that block the owner is left, the owner goes. */
  #deleteDependents(table: Table, entry: Entry): void {
    const { uid = '' } = entry.object.metadata
    const dependents = this.#index.dependentsOf(uid).flatMap(place => {
      const found = this.#server.store.table(place.table).get(place.key)
      return found ? [{ place, object: found.object }] : []
    })
    const blocking = dependents.filter(({ object }) =>
      object.metadata.ownerReferences?.some(owner => owner.uid === uid && owner.blockOwnerDeletion === true),
    )
    if (blocking.length === 0) this.#removeFinalizer(table, entry, foregroundFinalizer)
    for (const { place, object } of dependents) if (!object.metadata.deletionTimestamp) this.#enqueue(place)
  }

  #removeFinalizer(table: Table, entry: Entry, finalizer: string): void {
    const left = (entry.object.metadata.finalizers ?? []).filter(name => name !== finalizer)
    const next = withMetadata(entry.object, { finalizers: left.length > 0 ? left : undefined })
    const graceSeconds = entry.object.metadata.deletionGracePeriodSeconds ?? 0
    if (isHeld(next) || graceSeconds > 0) this.#server.store.put(table, entry.key, next)
    else finishRemoval(this.#server, table, entry, next)
  }

  /** The owner if it is there; undefined when it is gone; `unknown` for a kind that is not served. */
  #ownerOf(dependent: Entry, reference: OwnerReference): Owner {
    const { group, version } = parseApiVersion(reference.apiVersion)
    const resource = this.#server.resources.findKind(group, version, reference.kind)
    if (!resource) return 'unknown'
    const { namespace } = dependent.object.metadata
    // A cluster-scoped object cannot be owned from inside a namespace; nothing can be said about such an owner.
    if (resource.namespaced && !namespace) return 'unknown'
    const table = this.#server.store.table(resource.table)
    const entry = table.get(resource.namespaced ? `${namespace}/${reference.name}` : reference.name)
    return entry?.object.metadata.uid === reference.uid ? { table, entry } : undefined
  }
}

type Owner = { readonly table: Table; readonly entry: Entry } | 'unknown' | undefined

function isFound(owner: Owner): owner is { readonly table: Table; readonly entry: Entry } {
  return owner !== undefined && owner !== 'unknown'
}

function isDeletingDependents(entry: Entry): boolean {
  const { deletionTimestamp, finalizers } = entry.object.metadata
  return deletionTimestamp !== undefined && finalizers?.includes(foregroundFinalizer) === true
}

/** Whether a state may be garbage, or waits for the garbage collector. */
function needsLook(entry: Entry): boolean {
  const { ownerReferences, deletionTimestamp, finalizers } = entry.object.metadata
  if (deletionTimestamp === undefined) return (ownerReferences?.length ?? 0) > 0
  return finalizers?.some(name => name === orphanFinalizer || name === foregroundFinalizer) ?? false
}
