/** The events of GitRepositories. */
import type { EventText } from '../../runtime/events.ts'

/** A new revision is there. */
export function newArtifact(subject: string, revision: string, digest: string): EventText {
  const runes = [...subject]
  const short = runes.length > 50 ? `${runes.slice(0, 50).join('')}...` : subject
  return {
    type: 'Normal',
    reason: 'NewArtifact',
    message: `stored artifact for commit '${short}'`,
    annotations: {
      'source.toolkit.fluxcd.io/revision': revision,
      'source.toolkit.fluxcd.io/digest': digest,
    },
  }
}

/** It works again, with the artifact that there was. */
export function recovered(revision: string): EventText {
  return { type: 'Normal', reason: 'Succeeded', message: `stored artifact for revision '${revision}'` }
}

/** A run failed. */
export function failed(reason: string, message: string): EventText {
  return { type: 'Warning', reason, message }
}

/** The stored file is gone or is not what it was. */
export function integrityLost(problem: string): EventText {
  return {
    type: 'Warning',
    reason: 'ArtifactVerificationFailed',
    message: `failed to verify integrity of artifact: ${problem}`,
  }
}
