/** A part of a list, as one answer carries it. */
import type { Entry } from '../store/entry.ts'

/** One page of a list. */
export interface Page {
  readonly entries: readonly Entry[]
  readonly continueToken?: string
  /** How many follow; unknown where a selector drops some. */
  readonly remaining?: number
}
