/** What checking a value came to. */
import type { FieldError } from '../field-error.ts'
import type { Json } from '../meta.ts'
import type { Correlation } from './correlation.ts'

/** Checks a value at a path (no leading dot; '' is the root) and adds to the outcome. `old` is absent on create. */
export type ValueCheck = (value: Json, path: string, old: Correlation | undefined, outcome: Outcome) => void

/** A path as it stands in an error: the root has none, and names right below a root that is a map lose their dot. */
export function fieldOf(path: string): string {
  return path === '' ? '<nil>' : path.startsWith('.') ? path.slice(1) : path
}

/**
 * Collects the errors of a check, each one once. `matches` counts what was right: of several alternatives that all
 * fail, the API reports the errors of the one with the most matches.
 */
export class Outcome {
  readonly errors: FieldError[] = []
  /** Whether this is the outcome of one of several alternatives, so that its matches count. */
  readonly isOfAlternative: boolean
  matches = 0
  #seen: Set<string> | undefined

  constructor(isOfAlternative = false) {
    this.isOfAlternative = isOfAlternative
  }

  add(error: FieldError): void {
    this.#seen ??= new Set()
    const key = `${error.field}\n${error.message}`
    if (this.#seen.has(key)) return
    this.#seen.add(key)
    this.errors.push(error)
  }

  merge(other: Outcome): void {
    this.matches += other.matches
    for (const error of other.errors) this.add(error)
  }

  /** Forgets all errors after the first `count`. */
  truncate(count: number): void {
    for (const error of this.errors.splice(count)) this.#seen?.delete(`${error.field}\n${error.message}`)
  }
}
