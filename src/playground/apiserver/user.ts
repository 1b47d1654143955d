/** Who is asking. */

/** A caller. */
export interface User {
  readonly name: string
  readonly uid?: string
  readonly groups: readonly string[]
}
