/** GitRepositories: fetches what they name, keeps it as an artifact, says so in their status. */
import { GitRepository } from '../../api/source/v1.ts'
import { isConditionTrue } from '../../apimachinery/conditions.ts'
import { keyOf, parseKey } from '../../apimachinery/meta.ts'
import { patchStatus } from '../../runtime/apply.ts'
import type { Random } from '../../runtime/backoff.ts'
import type { Client } from '../../runtime/client.ts'
import type { Clock } from '../../runtime/clock.ts'
import { type Controller, newController, watchSource } from '../../runtime/controller.ts'
import type { EventRecorder } from '../../runtime/events.ts'
import { addFinalizer, isBeingDeleted, removeFinalizer } from '../../runtime/finalizer.ts'
import type { InformerSet } from '../../runtime/informer-set.ts'
import type { Logger } from '../../runtime/log.ts'
import type { MetricRegistry } from '../../runtime/metrics.ts'
import { refOf } from '../../runtime/object-store.ts'
import type { Result } from '../../runtime/reconcile.ts'
import type { ArtifactStore } from '../../sync/artifact-store.ts'
import type { Mirrors } from '../../sync/git/repository.ts'
import { defaultLimits, type SyncLimits } from '../../sync/limits.ts'
import { intervalMs } from '../../sync/schedule.ts'
import { fluxFinalizer, reconcileRequested } from '../../sync/triggers.ts'
import { failed, integrityLost, newArtifact, recovered } from './events.ts'
import { type Fetched, fetchSource, SourceError } from './fetch-source.ts'
import { statusAfter, statusWhileBuilding } from './plan.ts'

/** What the controller needs. */
export interface GitRepositoryDeps {
  readonly client: Client
  readonly informers: InformerSet
  readonly artifacts: ArtifactStore
  readonly events: EventRecorder
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly metrics?: MetricRegistry
  readonly limits?: SyncLimits
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

  async function setStatus(
    repository: GitRepository,
    status: NonNullable<GitRepository['status']>,
    signal: AbortSignal,
  ) {
    return (await patchStatus(client, GitRepository, repository, status, { signal, fieldManager })).object
  }

  async function finalize(repository: GitRepository, signal: AbortSignal): Promise<Result> {
    await artifacts.removeAll(ownerOf(repository))
    await removeFinalizer(client, GitRepository, repository, fluxFinalizer, signal)
    return {}
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
        { client, artifacts, clock, limits, repository, onNewRevision, ...(mirrors ? { mirrors } : {}) },
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

  return newController({
    ...deps,
    reconciler: {
      name: 'gitrepository',
      async reconcile({ key }, signal) {
        // The cache may not have seen this controller's own last write yet, and would make it run again.
        const repository = await client.fetchIfExists(GitRepository, parseKey(key), { signal })
        if (!repository) return {}
        if (isBeingDeleted(repository)) return finalize(repository, signal)
        const owned = await addFinalizer(client, GitRepository, repository, fluxFinalizer, signal)
        if (owned.spec.suspend) return {}
        return reconcile(owned, signal)
      },
    },
    sources: [
      watchSource(repositories, { predicates: [reconcileRequested] }),
      // Whoever includes a repository waits for its artifact.
      watchSource(repositories, {
        predicates: [event => event.type === 'updated' && artifactOf(event.object) !== artifactOf(event.previous)],
        toKeys: ({ object }) => repositories.byIndex('include', keyOf(refOf(object))).map(other => keyOf(refOf(other))),
      }),
    ],
    // Times and number of source-controller.
    backoff: { initialMs: 750, maxMs: 900_000 },
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
  const { namespace = '', name = '' } = repository.metadata ?? {}
  return { kind: 'GitRepository', namespace, name }
}
