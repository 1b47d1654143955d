/** Which objects are owned by which: dependents by the uid of their owners. */
import type { OwnerReference } from '../../../apimachinery/meta.ts'
import type { Entry } from '../store/entry.ts'

/** Where an object stands. */
export interface Location {
  /** The table's name. */
  readonly table: string
  readonly key: string
}

/** Dependents by owner, kept up to date change by change. */
export class OwnerIndex {
  readonly #dependents = new Map<string, Map<string, Location>>()

  /** Takes an object in, in place of what it was before. */
  replace(table: string, entry: Entry | undefined, previous: Entry | undefined): void {
    const before = previous?.object.metadata.ownerReferences
    const after = entry?.object.metadata.ownerReferences
    if (before === after && entry) return
    for (const owner of before ?? []) this.#remove(owner, table, previous?.key ?? '')
    for (const owner of after ?? []) this.#add(owner, table, entry?.key ?? '')
  }

  /** Where the dependents of an owner stand. */
  dependentsOf(uid: string): Location[] {
    return [...(this.#dependents.get(uid)?.values() ?? [])]
  }

  #add(owner: OwnerReference, table: string, key: string): void {
    const found = this.#dependents.get(owner.uid) ?? new Map<string, Location>()
    this.#dependents.set(owner.uid, found)
    found.set(`${table} ${key}`, { table, key })
  }

  #remove(owner: OwnerReference, table: string, key: string): void {
    const found = this.#dependents.get(owner.uid)
    found?.delete(`${table} ${key}`)
    if (found?.size === 0) this.#dependents.delete(owner.uid)
  }
}
