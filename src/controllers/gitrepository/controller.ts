/** GitRepositories: fetches what they name, keeps it as an artifact, says so in their status. */
import { GitRepository } from '../../api/source/v1.ts'
import { isConditionTrue } from '../../apimachinery/conditions.ts'
import { keyOf } from '../../apimachinery/meta.ts'
import { patchStatus } from '../../runtime/apply.ts'
import { type Controller, watchSource } from '../../runtime/controller.ts'
import { refOf } from '../../runtime/object-store.ts'
import type { Result } from '../../runtime/reconcile.ts'
import { artifactOwner } from '../../sync/artifact-store.ts'
import { newFluxController, type SourceControllerDeps } from '../../sync/flux-controller.ts'
import type { Mirrors } from '../../sync/git/repository.ts'
import { defaultLimits } from '../../sync/limits.ts'
import { intervalMs } from '../../sync/schedule.ts'
import { SourceError } from './errors.ts'
import { failed, integrityLost, newArtifact, recovered } from './events.ts'
import { type Fetched, fetchSource } from './fetch-source.ts'
import { statusAfter, statusWhileBuilding } from './plan.ts'
import { newSharedFetches } from './shared-fetch.ts'

/** What the controller needs. */
export interface GitRepositoryDeps extends SourceControllerDeps {
  /** Repositories that are fetched from elsewhere. */
  readonly mirrors?: Mirrors
  /** How long to wait for an included source. Default 30,000 ms. */
  readonly dependencyRetryMs?: number
}

const fieldManager = 'source-controller'

/** Makes the controller. */
export function newGitRepositoryController(deps: GitRepositoryDeps): Controller {
  const { client, informers, artifacts, events, clock, random, limits = defaultLimits } = deps
  const repositories = informers.informer(GitRepository)
  repositories.addIndex('include', includesOf)
  const shared = newSharedFetches()

  async function setStatus(
    repository: GitRepository,
    status: NonNullable<GitRepository['status']>,
    signal: AbortSignal,
  ) {
    return (await patchStatus(client, GitRepository, repository, status, { signal, fieldManager })).object
  }

  /** The repository without an artifact whose file is lost. */
  async function withStoredArtifact(repository: GitRepository, signal: AbortSignal): Promise<GitRepository> {
    const { artifact, ...rest } = repository.status ?? {}
    if (!artifact) return repository
    const problem = await artifacts.problem(artifact)
    if (problem === undefined) {
      const located = artifacts.located(artifact)
      if (located.url === artifact.url) return repository
      return { ...repository, status: { ...rest, artifact: located } }
    }
    events.record(repository, integrityLost(problem))
    const lost = { ...repository, status: rest }
    const status = statusWhileBuilding(lost, 'building artifact: disappeared from storage', clock.now())
    return setStatus(repository, status, signal)
  }

  async function reconcile(found: GitRepository, signal: AbortSignal): Promise<Result> {
    const stored = await withStoredArtifact(found, signal)
    let current = stored
    const onNewRevision = async (revision: string) => {
      const message = `building artifact: new upstream revision '${revision}'`
      current = await setStatus(current, statusWhileBuilding(current, message, clock.now()), signal)
    }
    const wasFailing = isConditionTrue(found.status?.conditions, 'FetchFailed')
    try {
      const repository = (key: string) => repositories.get(key)
      const { mirrors } = deps
      const fetched = await fetchSource(
        stored,
        { client, artifacts, clock, limits, shared, repository, onNewRevision, ...(mirrors ? { mirrors } : {}) },
        signal,
      )
      await succeed(current, found, fetched, wasFailing, signal)
      return { requeueAfterMs: intervalMs(found.spec.interval, random) }
    } catch (error) {
      if (signal.aborted || !(error instanceof SourceError)) throw error
      const { condition, reason, message, stalled } = error
      const status = statusAfter(current, { kind: 'failed', condition, reason, message, stalled }, clock.now())
      const isNews = found.status?.conditions?.find(({ type }) => type === condition)?.message !== message
      if (isNews) events.record(found, failed(reason, message))
      await setStatus(current, status, signal)
      if (stalled) return {}
      if (error.waits) return { requeueAfterMs: deps.dependencyRetryMs ?? 30_000 }
      throw error
    }
  }

  async function succeed(
    current: GitRepository,
    found: GitRepository,
    fetched: Fetched,
    wasFailing: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const { artifact, includedArtifacts, subject } = fetched
    await setStatus(current, statusAfter(current, { kind: 'stored', artifact, includedArtifacts }, clock.now()), signal)
    if (subject !== undefined && found.status?.artifact?.digest !== artifact.digest) {
      events.record(found, newArtifact(subject, artifact.revision, artifact.digest))
    } else if (wasFailing) events.record(found, recovered(artifact.revision))
    await artifacts.collect(ownerOf(found), artifact.path.split('/').at(-1) ?? '')
  }

  return newFluxController(deps, {
    kind: GitRepository,
    reconcile,
    finalize: repository => artifacts.removeAll(ownerOf(repository)),
    sources: [
      // Whoever includes a repository waits for its artifact.
      watchSource(repositories, {
        predicates: [event => event.type === 'updated' && artifactOf(event.object) !== artifactOf(event.previous)],
        toKeys: ({ object }) => repositories.byIndex('include', keyOf(refOf(object))).map(other => keyOf(refOf(other))),
      }),
    ],
    concurrency: 4,
  })
}

function includesOf(repository: GitRepository): readonly string[] {
  return (repository.spec.include ?? []).map(include => `${repository.metadata?.namespace}/${include.repository.name}`)
}

function artifactOf(repository: GitRepository): string | undefined {
  return repository.status?.artifact?.digest
}

function ownerOf(repository: GitRepository) {
  return artifactOwner(GitRepository, repository)
}
