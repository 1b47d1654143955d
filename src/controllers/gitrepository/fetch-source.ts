/** One run for one GitRepository: from its spec to a stored artifact. */
import type { GitRepository } from '../../api/source/v1.ts'
import { tryParseDuration } from '../../apimachinery/duration.ts'
import type { Client } from '../../runtime/client.ts'
import type { Artifact } from '../../sync/artifact-store.ts'
import { type GitAccess, GitAccessError, gitAccess } from '../../sync/git/access.ts'
import { refusalOf, refusedInGitRepository } from '../../sync/refused-fields.ts'
import { fetchSecretData } from '../../sync/secrets.ts'
import { includedBy } from './content.ts'
import { asSourceError, SourceError } from './errors.ts'
import { isContentConfigChanged, isRoutine } from './plan.ts'
import { newFetchSteps, type SharedFetchDeps } from './shared-fetch.ts'

/** What a run needs. */
export interface FetchDeps extends SharedFetchDeps {
  readonly client: Client
  /** The repositories that the cache knows, for includes. */
  readonly repository: (key: string) => GitRepository | undefined
}

/** What a run brought. `subject` is there where an artifact was made. */
export interface Fetched {
  readonly artifact: Artifact
  readonly includedArtifacts: readonly Artifact[]
  readonly subject?: string
}

/**
 * Repositories of one remote come by their intervals one after the other: a look counts for all that come within this
 * share of theirs, which is less than the jitter that they have anyway.
 */
const sharedLookShare = 0.01

/** Fetches what is new; gives the artifact that there is where nothing is. @throws SourceError */
export async function fetchSource(repository: GitRepository, deps: FetchDeps, signal: AbortSignal): Promise<Fetched> {
  const access = await accessOf(repository, deps, signal)
  const includes = includedBy(repository, deps.repository)
  const includedArtifacts = includes.map(({ artifact }) => artifact)
  const stored = repository.status?.artifact
  const known = stored && !isContentConfigChanged(repository, includedArtifacts) ? stored : undefined
  const steps = newFetchSteps(repository, access, includes, known, deps)
  const { looks, fetches, made } = deps.shared
  const look = () => looks.join(steps.remoteKey, steps.look, signal)
  try {
    if (known && isRoutine(repository)) {
      const intervalMs = tryParseDuration(repository.spec.interval) ?? 0
      if (steps.seenWithin(intervalMs * sharedLookShare) === known.revision)
        return { artifact: known, includedArtifacts }
    }
    // Without anything to compare with, a fetch alone tells what is there.
    let now = known || made.get(steps.contentKey) ? await look() : undefined
    if (known && now === known.revision) return { artifact: known, includedArtifacts }
    for (;;) {
      const wanted = now
      const found = await fetches.join(steps.contentKey, each => steps.fetch(wanted, each), signal)
      // Somebody else's look may have been the older one.
      if (!found.isFresh && wanted !== undefined && found.made.artifact.revision !== wanted) {
        now = await look()
        continue
      }
      if (found.made.artifact.revision === known?.revision) return { artifact: known, includedArtifacts }
      return { artifact: await steps.own(found.made, signal), includedArtifacts, subject: found.made.subject }
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : asSourceError(error)
  }
}

async function accessOf(repository: GitRepository, deps: FetchDeps, signal: AbortSignal): Promise<GitAccess> {
  const { url, secretRef, proxySecretRef } = repository.spec
  const refusal = refusalOf(refusedInGitRepository, repository)
  if (refusal) throw new SourceError('FetchFailed', refusal.reason, refusal.message, { stalled: true })
  const secretOf = async (name: string | undefined) => {
    if (name === undefined) return undefined
    const { namespace = '' } = repository.metadata ?? {}
    const data = await fetchSecretData(deps.client, { namespace, name }, signal)
    if (data) return data
    // The doubled text is Flux's.
    const what = `failed to get secret '${namespace}/${name}'`
    const message = `${what}: ${what}: secrets ${JSON.stringify(name)} not found`
    throw new SourceError('FetchFailed', 'AuthenticationFailed', message)
  }
  const [secret, proxySecret] = [await secretOf(secretRef?.name), await secretOf(proxySecretRef?.name)]
  if (secret?.['githubAppID'] !== undefined) {
    const where = `${repository.metadata?.namespace}/${secretRef?.name}`
    const message = `secretRef '${where}' has github app data but provider is not set to github`
    throw new SourceError('FetchFailed', 'InvalidProviderConfiguration', message)
  }
  try {
    return gitAccess(url, secret, proxySecret)
  } catch (error) {
    if (!(error instanceof GitAccessError)) throw error
    const isUrl = error.reason === 'URLInvalid'
    const message = isUrl ? error.message : `failed to configure authentication options: ${error.message}`
    throw new SourceError('FetchFailed', error.reason, message, { stalled: isUrl })
  }
}
