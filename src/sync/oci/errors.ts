/** What goes wrong with registries. */

/** The registry cannot be met, refused, or said what cannot be. The message holds no secret. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError'
  readonly reason = 'OCIPullFailed'
}
