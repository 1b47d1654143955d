/** Why a build failed. */

/** The manifests cannot be built; `path` failures are about the artifact, all others about the build. */
export class BuildError extends Error {
  override readonly name = 'BuildError'
  readonly reason: 'BuildFailed' | 'ArtifactFailed'

  constructor(message: string, reason: BuildError['reason'] = 'BuildFailed', options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}
