/** Getting an artifact: download within bounds, check its digest. */
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import type { Clock } from '../runtime/clock.ts'
import { withDeadline } from '../runtime/deadline.ts'
import { RefusedError, type SyncLimits } from './limits.ts'

/** The artifact is not there (yet); asking again later can help. */
export class ArtifactMissingError extends Error {
  override readonly name = 'ArtifactMissingError'
  readonly reason = 'ArtifactMissing'
}

/** The artifact could not be had, or is not what the source's status says. */
export class ArtifactError extends Error {
  override readonly name = 'ArtifactError'
  readonly reason = 'ArtifactFailed'
}

/** What to get. */
export interface WantedArtifact {
  readonly url: string
  readonly digest: string
}

const downloadMs = 60_000

/** Downloads the artifact into `file`. @throws ArtifactMissingError, ArtifactError, RefusedError */
export async function fetchArtifact(
  artifact: WantedArtifact,
  file: string,
  context: { readonly limits: SyncLimits; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const content = await download(artifact.url, context)
  const [algorithm = '', wanted] = artifact.digest.split(':')
  if (!['sha256', 'sha384', 'sha512'].includes(algorithm)) {
    throw new ArtifactError(`artifact digest ${JSON.stringify(artifact.digest)}: unknown algorithm`)
  }
  const actual = createHash(algorithm).update(content).digest('hex')
  if (actual !== wanted) {
    throw new ArtifactError(
      `failed to verify artifact: computed digest '${algorithm}:${actual}' is not '${artifact.digest}'`,
    )
  }
  await writeFile(file, content, { mode: 0o600 })
}

async function download(
  url: string,
  context: { readonly limits: SyncLimits; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Buffer> {
  const { limits, clock, signal } = context
  const deadline = withDeadline(clock, downloadMs, signal)
  try {
    const response = await fetch(url, { signal: deadline.signal, redirect: 'error' })
    if (response.status === 404) throw new ArtifactMissingError(`artifact not found at ${url}`)
    if (!response.ok) throw new ArtifactError(`failed to download artifact from ${url}, status: ${response.status}`)
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of response.body ?? []) {
      bytes += chunk.length
      if (bytes > limits.archiveBytes)
        throw new RefusedError(`the artifact is larger than ${limits.archiveBytes} bytes`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } catch (error) {
    if (signal.aborted) throw signal.reason
    if (error instanceof TypeError || deadline.signal.aborted) {
      const why = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
      throw new ArtifactError(`failed to download artifact from ${url}: ${why}`, { cause: error })
    }
    throw error
  } finally {
    deadline.clear()
  }
}
