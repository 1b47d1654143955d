/** The events of OCIRepositories. */
import type { EventText } from '../../runtime/events.ts'
import type { Artifact } from '../../sync/artifact-store.ts'

const annotationKey = 'org.opencontainers.image'

/** A new revision is there, or it works again with the one that there was. */
export function newArtifact(artifact: Artifact, url: string, isNew: boolean): EventText {
  const { revision, digest, metadata = {} } = artifact
  const source = metadata[`${annotationKey}.source`]
  const origin = metadata[`${annotationKey}.revision`]
  const more = [
    ...(source === undefined ? [] : [`, origin source '${source}'`]),
    ...(origin === undefined ? [] : [`, origin revision '${origin}'`]),
  ].join('')
  return {
    type: 'Normal',
    reason: isNew ? 'NewArtifact' : 'Succeeded',
    message: `stored artifact with revision '${revision}' from '${url}'${more}`,
    annotations: {
      'source.toolkit.fluxcd.io/revision': revision,
      'source.toolkit.fluxcd.io/digest': digest,
      ...(origin === undefined ? {} : { 'source.toolkit.fluxcd.io/originRevision': origin }),
    },
  }
}

/** A run failed. */
export function failed(reason: string, message: string): EventText {
  return { type: 'Warning', reason, message }
}

/** The stored file is gone or is not what it was. */
export function integrityLost(problem: string): EventText {
  const message = `failed to verify integrity of artifact: ${problem}`
  return { type: 'Warning', reason: 'ArtifactVerificationFailed', message }
}
