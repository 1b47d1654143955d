/** Only one process runs the clusters of a directory. */
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'

// isLocked holds the lock for well under a millisecond.
const longerThanALookMs = 300

/** A lock that is held. */
export interface DirectoryLock {
  release(): void
}

/**
 * Takes the lock of `dir`; undefined where another process has it and keeps it for longer than a look takes. The operating system lets go of it when this
 * process ends, even by kill -9, so there are no stale locks. Throws where the directory cannot be written.
 */
export function takeLock(dir: string, waitMs = longerThanALookMs): DirectoryLock | undefined {
  const file = path.join(dir, 'lock')
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(file, { timeout: waitMs })
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    const held = database
    return { release: () => held.close() }
  } catch (error) {
    database?.close()
    // SQLITE_BUSY: https://sqlite.org/rescode.html#busy
    if ((error as { errcode?: number }).errcode === 5) return undefined // node:sqlite's errors carry it
    throw error
  }
}

/** Whether a process holds the lock of `dir`. */
export function isLocked(dir: string): boolean {
  const lock = takeLock(dir, 0)
  lock?.release()
  return lock === undefined
}
