/** One run for one GitRepository: from its spec to a stored artifact. */
import type { GitRepository } from '../../api/source/v1.ts'
import { parseDuration } from '../../apimachinery/duration.ts'
import type { Client } from '../../runtime/client.ts'
import type { Clock } from '../../runtime/clock.ts'
import { readArchive } from '../../sync/archive.ts'
import type { Artifact, ArtifactStore } from '../../sync/artifact-store.ts'
import { type GitAccess, GitAccessError, gitAccess } from '../../sync/git/access.ts'
import { currentRevision, fetchReference, filesOf } from '../../sync/git/checkout.ts'
import { GitReferenceError, referenceOf } from '../../sync/git/reference.ts'
import { type GitContext, type GitCopy, type Mirrors, newGitCopy } from '../../sync/git/repository.ts'
import type { TreeEntry } from '../../sync/git/tree.ts'
import { RefusedError, type SyncLimits } from '../../sync/limits.ts'
import { packTree } from '../../sync/pack-tree.ts'
import { refusalOf, refusedInGitRepository } from '../../sync/refused-fields.ts'
import { fetchSecretData } from '../../sync/secrets.ts'
import { type FailureType, isContentConfigChanged } from './plan.ts'

/** What a run needs. */
export interface FetchDeps {
  readonly client: Client
  readonly artifacts: ArtifactStore
  readonly clock: Clock
  readonly limits: SyncLimits
  readonly mirrors?: Mirrors
  /** The repositories that the cache knows, for includes. */
  readonly repository: (key: string) => GitRepository | undefined
  /** Told before the work on a new revision begins. */
  readonly onNewRevision: (revision: string) => Promise<void>
}

/** What a run brought. `subject` is there where an artifact was made. */
export interface Fetched {
  readonly artifact: Artifact
  readonly includedArtifacts: readonly Artifact[]
  readonly subject?: string
}

/** A run failed, and what the status has to say. */
export class SourceError extends Error {
  override readonly name = 'SourceError'
  readonly reason: string
  readonly condition: FailureType
  /** Whether trying again cannot help before the object changes. */
  readonly stalled: boolean
  /** Whether another object is waited for. */
  readonly waits: boolean

  constructor(
    condition: FailureType,
    reason: string,
    message: string,
    options: { readonly stalled?: boolean; readonly waits?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.condition = condition
    this.reason = reason
    this.stalled = options.stalled ?? false
    this.waits = options.waits ?? false
  }
}

const defaultTimeoutMs = 60_000

/** Fetches what is new; gives the artifact that there is where nothing is. @throws SourceError */
export async function fetchSource(repository: GitRepository, deps: FetchDeps, signal: AbortSignal): Promise<Fetched> {
  const access = await accessOf(repository, deps, signal)
  const includes = includedBy(repository, deps)
  const includedArtifacts = includes.map(({ artifact }) => artifact)
  const { timeout } = repository.spec
  const timeoutMs = timeout === undefined ? defaultTimeoutMs : parseDuration(timeout)
  const { clock, limits, mirrors } = deps
  const context: GitContext = { clock, limits, timeoutMs, signal, ...(mirrors ? { mirrors } : {}) }
  const opened: GitCopy[] = []
  try {
    const copy = await newGitCopy(access, context)
    opened.push(copy)
    const reference = referenceOf(repository.spec.ref)
    const stored = repository.status?.artifact
    const isChanged = stored === undefined || isContentConfigChanged(repository, includedArtifacts)
    if (!isChanged && (await currentRevision(copy, reference)) === stored.revision)
      return { artifact: stored, includedArtifacts }
    const { revision, commit, subject } = await fetchReference(copy, reference)
    if (!isChanged && revision === stored.revision) return { artifact: stored, includedArtifacts }
    await deps.onNewRevision(revision)
    const submodules = repository.spec.recurseSubmodules ?? false
    const files = await filesOf(copy, commit, { submodules, context, opened: opened })
    const entries = [...sparse(files, repository), ...(await includedFiles(includes, deps, signal))]
    const artifact = await store(repository, entries, { revision, commit }, deps, signal)
    return { artifact, includedArtifacts, subject }
  } catch (error) {
    throw signal.aborted ? signal.reason : asSourceError(error)
  } finally {
    await Promise.all(opened.map(copy => copy.remove()))
  }
}

function asSourceError(error: unknown): unknown {
  if (error instanceof GitReferenceError) {
    const isEmpty = error.reason === 'EmptyGitRepository'
    const message = isEmpty ? error.message : `failed to checkout and determine revision: ${error.message}`
    return new SourceError('FetchFailed', error.reason, message, { cause: error })
  }
  if (error instanceof RefusedError) {
    return new SourceError('FetchFailed', 'GitOperationFailed', `refused: ${error.message}`, { cause: error })
  }
  return error
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

interface Included {
  readonly artifact: Artifact
  readonly fromPath: string
  readonly toPath: string
}

function includedBy(repository: GitRepository, deps: FetchDeps): readonly Included[] {
  return (repository.spec.include ?? []).map(include => {
    const { name } = include.repository
    const other = deps.repository(`${repository.metadata?.namespace}/${name}`)
    if (!other) {
      const message = `could not get resource for include '${name}': gitrepositories.source.toolkit.fluxcd.io ${JSON.stringify(name)} not found`
      throw new SourceError('IncludeUnavailable', 'NotFound', message, { waits: true })
    }
    const { artifact } = other.status ?? {}
    if (!artifact) {
      const message = `no artifact available for include '${name}'`
      throw new SourceError('IncludeUnavailable', 'NoArtifact', message, { waits: true })
    }
    return { artifact, fromPath: inside(include.fromPath ?? ''), toPath: inside(include.toPath || name) }
  })
}

/** The path with what would lead out of the tree taken away. */
function inside(path: string): string {
  return path
    .split('/')
    .filter(part => part !== '' && part !== '.' && part !== '..')
    .join('/')
}

async function includedFiles(includes: readonly Included[], deps: FetchDeps, signal: AbortSignal) {
  const entries: TreeEntry[] = []
  for (const { artifact, fromPath, toPath } of includes) {
    const prefix = fromPath === '' ? '' : `${fromPath}/`
    for await (const file of readArchive(deps.artifacts.fileOf(artifact), deps.limits, signal)) {
      if (file.isFolder || !file.path.startsWith(prefix)) continue
      const path = `${toPath}/${file.path.slice(prefix.length)}`
      const { isExecutable, content } = file
      entries.push({ path, isExecutable, sizeBytes: content.length, source: { content } })
    }
  }
  return entries
}

function sparse(files: readonly TreeEntry[], repository: GitRepository): readonly TreeEntry[] {
  const folders = (repository.spec.sparseCheckout ?? []).map(inside)
  if (folders.length === 0) return files
  for (const folder of folders) {
    if (files.some(file => file.path.startsWith(`${folder}/`))) continue
    const message = `failed to sparse checkout directories : sparse checkout dir '${folder}' does not exist in repository: no such file or directory`
    throw new SourceError('FetchFailed', 'GitOperationFailed', message)
  }
  return files.filter(file => folders.some(folder => file.path.startsWith(`${folder}/`)))
}

async function store(
  repository: GitRepository,
  entries: readonly TreeEntry[],
  at: { readonly revision: string; readonly commit: string },
  deps: FetchDeps,
  signal: AbortSignal,
): Promise<Artifact> {
  const { ignore } = repository.spec
  const { namespace = '', name = '' } = repository.metadata ?? {}
  const owner = { kind: 'GitRepository', namespace, name }
  try {
    return await deps.artifacts.store(owner, `${at.commit}.tar.gz`, at.revision, file =>
      packTree(file, entries, { ...(ignore === undefined ? {} : { ignore }), limits: deps.limits, signal }),
    )
  } catch (cause) {
    const message = `unable to archive artifact to storage: ${cause instanceof Error ? cause.message : String(cause)}`
    throw new SourceError('StorageOperationFailed', 'ArchiveOperationFailed', message, { cause })
  }
}
