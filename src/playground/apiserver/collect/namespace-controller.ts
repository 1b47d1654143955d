/** Empties namespaces that are being deleted, then lets them go (kube-controller-manager's namespace controller). */
import { jsonEqual } from '../../../apimachinery/json.ts'
import { type ApiObject, asJson } from '../api-object.ts'
import { type ServerContext, timestamp } from '../context.ts'
import { deleteEntry } from '../handlers/delete.ts'
import { finishRemoval, isHeld } from '../handlers/removal.ts'
import type { ServedResource } from '../resources/served-resource.ts'
import type { Entry } from '../store/entry.ts'
import type { Table } from '../store/table.ts'
import { WorkQueue } from './work-queue.ts'

const finalizer = 'kubernetes'

/** Follows the namespaces of one server. */
export class NamespaceController {
  readonly #server: ServerContext
  readonly #namespaces: Table
  readonly #queue: WorkQueue<string>

  constructor(server: ServerContext) {
    this.#server = server
    this.#namespaces = server.store.table('/namespaces')
    this.#queue = new WorkQueue(
      name => this.#empty(name),
      (error, name) => server.log.error('namespace not emptied', { namespace: name, error }),
    )
  }

  /** Runs until the server closes. */
  start(): void {
    for (const entry of this.#namespaces.entries()) this.#consider(entry)
    this.#server.store.eachTable(table => {
      const stop = table.listen(({ type, entry }) => {
        if (table === this.#namespaces) this.#consider(entry)
        // The last object of a namespace that is going away may have gone.
        else if (type === 'DELETED') this.#consider(this.#namespaces.get(entry.object.metadata.namespace ?? ''))
      })
      this.#server.closing.addEventListener('abort', stop, { once: true })
    })
  }

  #consider(entry: Entry | undefined): void {
    if (entry?.object.metadata.deletionTimestamp !== undefined) this.#queue.add(entry.key)
  }

  #empty(name: string): void {
    const namespace = this.#namespaces.get(name)
    if (!namespace || namespace.object.metadata.deletionTimestamp === undefined) return
    if (!finalizersOf(namespace.object).includes(finalizer)) return
    const left: Remaining[] = []
    for (const resource of this.#server.resources.oneByTable()) {
      if (!resource.namespaced) continue
      const table = this.#server.store.table(resource.table)
      for (const entry of table.list(name)) {
        if (entry.object.metadata.deletionTimestamp === undefined)
          deleteEntry(this.#server, resource, entry, { dryRun: false })
      }
      const objects = table.list(name).map(({ object }) => object)
      if (objects.length > 0) left.push({ resource, objects })
    }
    // An event of the last deletion may have brought us back here already.
    const current = this.#namespaces.get(name)
    if (!current) return
    if (left.length === 0) this.#finish(current)
    else this.#report(current, left)
  }

  #finish(namespace: Entry): void {
    const finalizers = finalizersOf(namespace.object).filter(one => one !== finalizer)
    const spec = finalizers.length > 0 ? { finalizers } : {}
    const next = { ...namespace.object, spec }
    if (isHeld(next)) this.#server.store.put(this.#namespaces, namespace.key, next)
    else finishRemoval(this.#server, this.#namespaces, namespace, next)
  }

  /** Says in the status what keeps the namespace. */
  #report(namespace: Entry, left: readonly Remaining[]): void {
    const status = (namespace.object['status'] ?? {}) as { readonly conditions?: readonly Condition[] }
    const now = timestamp(this.#server.clock)
    const conditions = conditionsOf(left).map(condition => {
      const known = status.conditions?.find(({ type }) => type === condition.type)
      const since = known?.status === condition.status ? known.lastTransitionTime : now
      return { ...condition, lastTransitionTime: since }
    })
    const next = { ...namespace.object, status: { ...status, conditions } }
    if (!jsonEqual(asJson(next), asJson(namespace.object)))
      this.#server.store.put(this.#namespaces, namespace.key, next)
  }
}

interface Remaining {
  readonly resource: ServedResource
  readonly objects: readonly ApiObject[]
}

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
  readonly lastTransitionTime?: string
}

function finalizersOf(namespace: ApiObject): readonly string[] {
  return (namespace['spec'] as { readonly finalizers?: readonly string[] } | undefined)?.finalizers ?? []
}

function conditionsOf(left: readonly Remaining[]): Condition[] {
  const kinds = left.map(({ resource: { plural, group }, objects }) => {
    const name = group === '' ? `${plural}.` : `${plural}.${group}`
    return `${name} has ${objects.length} resource instances`
  })
  const holders = new Map<string, number>()
  for (const { objects } of left) {
    for (const { metadata } of objects) {
      for (const name of metadata.finalizers ?? []) holders.set(name, (holders.get(name) ?? 0) + 1)
    }
  }
  const finalizers = [...holders]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name} in ${count} resource instances`)
  return [
    {
      type: 'NamespaceDeletionDiscoveryFailure',
      status: 'False',
      reason: 'ResourcesDiscovered',
      message: 'All resources successfully discovered',
    },
    {
      type: 'NamespaceDeletionGroupVersionParsingFailure',
      status: 'False',
      reason: 'ParsedGroupVersions',
      message: 'All legacy kube types successfully parsed',
    },
    {
      type: 'NamespaceDeletionContentFailure',
      status: 'False',
      reason: 'ContentDeleted',
      message: 'All content successfully deleted, may be waiting on finalization',
    },
    {
      type: 'NamespaceContentRemaining',
      status: 'True',
      reason: 'SomeResourcesRemain',
      message: `Some resources are remaining: ${kinds.sort().join(', ')}`,
    },
    finalizers.length > 0
      ? {
          type: 'NamespaceFinalizersRemaining',
          status: 'True',
          reason: 'SomeFinalizersRemain',
          message: `Some content in the namespace has finalizers remaining: ${finalizers.join(', ')}`,
        }
      : {
          type: 'NamespaceFinalizersRemaining',
          status: 'False',
          reason: 'ContentHasNoFinalizers',
          message: 'All content-preserving finalizers finished',
        },
  ]
}
