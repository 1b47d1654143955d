/** Keeps the objects over restarts: a SQLite file in WAL mode. */
import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'

/** One object to put (with its JSON) or to remove. */
export interface JournalWrite {
  readonly table: string
  readonly key: string
  readonly revision: number
  /** Absent: the object is removed. */
  readonly json?: string
}

/** Where writes go to stay. */
export interface Journal {
  /** Writes all or nothing. When it returns, the writes outlive the process, however that ends. */
  write(batch: readonly JournalWrite[]): void
  /** Everything that is stored, and the revision of the last write (0 when there was none). */
  load(): { readonly revision: number; readonly objects: Iterable<Required<JournalWrite>> }
  close(): void
}

/**
 * Opens `folder`/objects.sqlite, making it where it is missing. Synchronous mode NORMAL keeps every committed write
 * over the death of the process; the machine's own death may cost the last ones.
 */
export async function openJournal(folder: string): Promise<Journal> {
  const { DatabaseSync } = await import('node:sqlite')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = path.join(folder, 'objects.sqlite')
  // A file that is new holds nothing yet that the machine's death could take, and waiting for the disk takes long.
  const isNew = !existsSync(file)
  const database = new DatabaseSync(file)
  try {
    if (isNew) database.exec('PRAGMA synchronous = OFF')
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA locking_mode = EXCLUSIVE;
      CREATE TABLE IF NOT EXISTS objects (
        resource TEXT NOT NULL, key TEXT NOT NULL, revision INTEGER NOT NULL, json TEXT NOT NULL,
        PRIMARY KEY (resource, key)
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS position (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL);
      BEGIN IMMEDIATE; COMMIT;
    `)
  } catch (cause) {
    database.close()
    throw new Error(`cannot open ${file}: ${(cause as Error).message}; is another server using it?`, { cause })
  }
  const put = database.prepare('INSERT OR REPLACE INTO objects (resource, key, revision, json) VALUES (?, ?, ?, ?)')
  const remove = database.prepare('DELETE FROM objects WHERE resource = ? AND key = ?')
  const move = database.prepare('INSERT OR REPLACE INTO position (id, revision) VALUES (1, ?)')
  return {
    write(batch) {
      database.exec('BEGIN IMMEDIATE')
      try {
        let revision = 0
        for (const write of batch) {
          if (write.json === undefined) remove.run(write.table, write.key)
          else put.run(write.table, write.key, write.revision, write.json)
          revision = Math.max(revision, write.revision)
        }
        move.run(revision)
        database.exec('COMMIT')
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK')
        throw error
      }
    },
    load() {
      const position = database.prepare('SELECT revision FROM position').get()
      const rows = database.prepare('SELECT resource AS "table", key, revision, json FROM objects').iterate()
      return {
        revision: Number(position?.['revision'] ?? 0),
        // The columns are those of the table above.
        objects: rows as unknown as Iterable<Required<JournalWrite>>,
      }
    },
    close: () => database.close(),
  }
}
