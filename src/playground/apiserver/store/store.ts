/** All objects of a server, under one revision counter. */
import type { ApiObject } from '../api-object.ts'
import { serviceUnavailable } from '../status-error.ts'
import { Entry } from './entry.ts'
import type { Change, WindowLimits } from './event-window.ts'
import type { Journal, JournalWrite } from './journal.ts'
import { RecentEntries } from './recent.ts'
import { Table } from './table.ts'

/** Room for some seconds of heavy writing; watches that fall further behind have to list again. */
export const defaultWindow: WindowLimits = { maxEvents: 10_000, maxBytes: 16 * 1024 * 1024 }

// What a thousand rollouts write between two steps of one of them; a ConfigMap as an object takes about 2 KB.
const recentCapacity = 4096

/**
 * Every write gets the next revision. With a journal, the writes of one turn of the event loop go to disk together;
 * watches hear of them and {@link ObjectStore.settled} resolves when they are there.
 */
export class ObjectStore {
  readonly #journal: Journal | undefined
  readonly #window: WindowLimits
  readonly #tables = new Map<string, Table>()
  readonly #tableListeners: ((table: Table) => void)[] = []
  readonly #recent = new RecentEntries(recentCapacity)
  #revision = 0
  #pending: { readonly table: Table; readonly change: Change; readonly write: JournalWrite }[] = []
  #flush: Promise<void> | undefined
  #failure: unknown

  constructor(options: { readonly journal?: Journal | undefined; readonly window?: WindowLimits | undefined } = {}) {
    this.#journal = options.journal
    this.#window = options.window ?? defaultWindow
    if (!this.#journal) return
    const { revision, objects } = this.#journal.load()
    // Revision 0 means "any version" to clients.
    this.#revision = revision
    for (const { table, key, revision: written, json } of objects) {
      const entry = Entry.parse(key, written, json)
      entry.release()
      this.table(table).set(key, entry)
    }
  }

  /** The revision of the last write. */
  get revision(): number {
    return this.#revision
  }

  /** The table named `group/plural`; made on first use. */
  table(name: string): Table {
    let table = this.#tables.get(name)
    if (!table) {
      table = new Table(name, this.#window, this.#revision)
      this.#tables.set(name, table)
      for (const listener of this.#tableListeners) listener(table)
    }
    return table
  }

  /** Calls `listener` for every table that there is and will be. */
  eachTable(listener: (table: Table) => void): void {
    this.#tableListeners.push(listener)
    for (const table of this.#tables.values()) listener(table)
  }

  /** All tables, also empty ones. */
  tables(): Iterable<Table> {
    return this.#tables.values()
  }

  /** Stores an object under the next revision, which becomes its resourceVersion. */
  put(table: Table, key: string, object: ApiObject): Entry {
    const previous = table.get(key)
    const entry = this.#newEntry(key, object)
    table.set(key, entry)
    this.#record(table, previous ? { type: 'MODIFIED', entry, previous } : { type: 'ADDED', entry })
    return entry
  }

  /** Removes an object; the result is its last state under the revision of the removal. */
  remove(table: Table, previous: Entry, last: ApiObject = previous.object): Entry {
    const entry = this.#newEntry(previous.key, last)
    table.set(previous.key, undefined)
    this.#record(table, { type: 'DELETED', entry, previous })
    return entry
  }

  /** Resolves when everything written so far is durable; undefined when it is already. */
  settled(): Promise<void> | undefined {
    return this.#flush
  }

  /** Writes what is outstanding and closes the journal. */
  close(): void {
    this.#writePending()
    this.#journal?.close()
  }

  #newEntry(key: string, object: ApiObject): Entry {
    // After a failed write memory is ahead of the disk; nothing may be acknowledged any more.
    if (this.#failure) throw serviceUnavailable(`the object store failed: ${String(this.#failure)}`)
    this.#revision += 1
    const metadata = { ...object.metadata, resourceVersion: String(this.#revision) }
    const entry = new Entry(key, this.#revision, { ...object, metadata })
    this.#recent.add(entry)
    return entry
  }

  #record(table: Table, change: Change): void {
    if (!this.#journal) return table.announce(change)
    const { key, revision } = change.entry
    const write = { table: table.name, key, revision }
    this.#pending.push({
      table,
      change,
      write: change.type === 'DELETED' ? write : { ...write, json: change.entry.json },
    })
    this.#flush ??= new Promise((resolve, reject) => {
      setImmediate(() => {
        this.#flush = undefined
        try {
          this.#writePending()
          resolve()
        } catch (error) {
          this.#failure = error
          reject(serviceUnavailable(`the object store failed: ${String(error)}`))
        }
      })
    })
    // Those who care await it; a change nobody waits for must not end the process.
    this.#flush.catch(() => {})
  }

  #writePending(): void {
    const pending = this.#pending
    this.#pending = []
    if (pending.length === 0) return
    this.#journal?.write(pending.map(({ write }) => write))
    for (const { table, change } of pending) table.announce(change)
  }
}
