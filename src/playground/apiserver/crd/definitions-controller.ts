/** Brings what is served in line with the stored CRDs: names, conditions, deletion of their objects. */
import { jsonEqual } from '../../../apimachinery/json.ts'
import type { Json } from '../../../apimachinery/meta.ts'
import { type ApiObject, withFields, withMetadata } from '../api-object.ts'
import { type ServerContext, timestamp } from '../context.ts'
import { deleteEntry } from '../handlers/delete.ts'
import type { BuiltInRules } from '../resources/built-in-strategy.ts'
import { tableName } from '../resources/served-resource.ts'
import type { Entry } from '../store/entry.ts'
import type { Table } from '../store/table.ts'
import { settleNames } from './accepted-names.ts'
import { customResourcesOf } from './custom-resources.ts'
import { cleanupFinalizer, type DefinitionCondition, isTrue, specOf, statusOf } from './definition.ts'
import type { SchemaCompiler } from './schema-cache.ts'

/** Watches the CRDs of one server. */
export class DefinitionsController {
  readonly #server: ServerContext
  readonly #rules: BuiltInRules
  readonly #compile: SchemaCompiler
  readonly #table: Table

  constructor(server: ServerContext, rules: BuiltInRules, compile: SchemaCompiler) {
    this.#server = server
    this.#rules = rules
    this.#compile = compile
    this.#table = server.store.table('apiextensions.k8s.io/customresourcedefinitions')
  }

  /** Serves the stored CRDs and follows their changes until the server closes. */
  start(): void {
    const stop = this.#table.listen(change => {
      if (change.type === 'DELETED') this.#removed(change.entry)
      else this.#sync(this.#table.get(change.entry.key))
    })
    this.#server.closing.addEventListener('abort', stop, { once: true })
    // Changes that this makes come back through the listener.
    for (const entry of this.#table.list('')) this.#sync(entry)
  }

  #removed(entry: Entry): void {
    this.#server.resources.setCustom(entry.key, undefined)
    // Its names are free again.
    for (const other of this.#table.list('')) this.#sync(other)
  }

  #sync(entry: Entry | undefined): void {
    if (!entry) return
    if (entry.object.metadata.deletionTimestamp !== undefined) return this.#finalize(entry)
    const updated = this.#withConditions(entry)
    if (updated !== entry.object) {
      // The change comes back here and is served then.
      this.#server.store.put(this.#table, entry.key, updated)
      return
    }
    if (isTrue(entry.object, 'Established')) this.#serve(entry)
  }

  #serve(entry: Entry): void {
    try {
      this.#server.resources.setCustom(entry.key, customResourcesOf(entry.object, this.#rules, this.#compile))
    } catch (error) {
      this.#server.log.error('custom resource definition not served', { crd: entry.key, error })
    }
  }

  #withConditions(entry: Entry): ApiObject {
    const crd = entry.object
    const others = this.#table.list('').flatMap(other => (other.key === entry.key ? [] : [other.object]))
    const { names, condition } = settleNames(crd, others)
    const established: DefinitionCondition =
      condition.status === 'True'
        ? {
            type: 'Established',
            status: 'True',
            reason: 'InitialNamesAccepted',
            message: 'the initial names have been accepted',
          }
        : { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' }
    // Once established, a CRD stays so.
    const conditions = isTrue(crd, 'Established') ? [condition] : [condition, established]
    const status = statusOf(crd)
    const next = {
      conditions: conditions.reduce<readonly DefinitionCondition[]>(
        (all, one) => this.#withCondition(all, one),
        status.conditions ?? [],
      ),
      acceptedNames: names,
      storedVersions: storedVersionsOf(crd),
    }
    // The status is JSON.
    return jsonEqual(next as unknown as Json, status as unknown as Json) ? crd : withFields(crd, { status: next })
  }

  #withCondition(
    conditions: readonly DefinitionCondition[],
    next: DefinitionCondition,
  ): readonly DefinitionCondition[] {
    const old = conditions.find(({ type }) => type === next.type)
    const sameStatus = old?.status === next.status
    const condition = {
      ...(next.type === old?.type && sameStatus && old.lastTransitionTime
        ? { lastTransitionTime: old.lastTransitionTime }
        : { lastTransitionTime: timestamp(this.#server.clock) }),
      message: next.message ?? '',
      reason: next.reason ?? '',
      status: next.status,
      type: next.type,
    }
    return old ? conditions.map(one => (one === old ? condition : one)) : [...conditions, condition]
  }

  /** Deletes what is left of the kind; then the CRD may go. */
  #finalize(entry: Entry): void {
    const { object } = entry
    const finalizers = object.metadata.finalizers ?? []
    if (!finalizers.includes(cleanupFinalizer)) return
    const { group, names } = specOf(object)
    const table = this.#server.store.table(tableName(group, names.plural))
    const resource = this.#server.resources.ofTable(table.name)
    if (resource) {
      for (const instance of table.list('')) {
        if (instance.object.metadata.deletionTimestamp === undefined) {
          deleteEntry(this.#server, resource, instance, { dryRun: false })
        }
      }
    }
    if (table.size > 0) {
      this.#resumeWhenEmpty(entry.key, table)
      return
    }
    const left = finalizers.filter(finalizer => finalizer !== cleanupFinalizer)
    const last = withMetadata(object, { finalizers: left.length > 0 ? left : undefined })
    if (left.length === 0) this.#server.store.remove(this.#table, entry, last)
    else this.#server.store.put(this.#table, entry.key, last)
  }

  #resumeWhenEmpty(key: string, table: Table): void {
    const stop = table.listen(() => {
      if (table.size > 0) return
      stop()
      this.#sync(this.#table.get(key))
    })
  }
}

function storedVersionsOf(crd: ApiObject): readonly string[] {
  const known = statusOf(crd).storedVersions ?? []
  const stored = specOf(crd).versions.find(({ storage }) => storage)?.name
  return stored === undefined || known.includes(stored) ? known : [...known, stored]
}
