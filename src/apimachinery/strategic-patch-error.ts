/** A strategic merge patch that cannot be applied; never leaves strategic-merge.ts. */
export class StrategicPatchError extends Error {
  override readonly name = 'StrategicPatchError'
  readonly reason = 'StrategicPatch'
  /** Malformed directives are the client's fault (400), unfit ones do not match the object (422). */
  readonly fault: 'malformed' | 'unfit' | 'broken'

  constructor(fault: StrategicPatchError['fault'], message: string) {
    super(message)
    this.fault = fault
  }
}
