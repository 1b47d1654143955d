/** How much a source, an artifact or a build may be: what is larger is refused, not cut. */

/** Bounds in bytes, counts and milliseconds. */
export interface SyncLimits {
  /** A packed artifact. */
  readonly archiveBytes: number
  /** All files of a tree together. */
  readonly treeBytes: number
  readonly fileBytes: number
  readonly files: number
  /** Folders below each other. */
  readonly depth: number
  /** What a fetch may put on disk. */
  readonly fetchBytes: number
  readonly buildMs: number
  readonly buildOutputBytes: number
  readonly objects: number
}

/** Far above what manifests need, and what one machine can bear several of at a time. */
export const defaultLimits: SyncLimits = {
  archiveBytes: 100 << 20,
  treeBytes: 500 << 20,
  fileBytes: 20 << 20,
  files: 20_000,
  depth: 40,
  fetchBytes: 500 << 20,
  buildMs: 120_000,
  buildOutputBytes: 64 << 20,
  objects: 5_000,
}

/** A source is larger than it may be, or holds what is refused. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
  readonly reason = 'Refused'
}
