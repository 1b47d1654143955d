/** A Canary that cannot be carried out as it is written. */

/** Hurts this Canary alone: it is shown in a condition and an event, and looked at again when it changes. */
export class CanarySpecError extends Error {
  override readonly name = 'CanarySpecError'
  readonly reason = 'InvalidSpec'
}
