/** OCIRepositories: fetches the artifact that they name from a registry, keeps it, says so in their status. */
import { OCIRepository } from '../../api/source/v1.ts'
import { findCondition, isConditionTrue } from '../../apimachinery/conditions.ts'
import { tryParseDuration } from '../../apimachinery/duration.ts'
import { parseKey } from '../../apimachinery/meta.ts'
import { patchStatus } from '../../runtime/apply.ts'
import type { Random } from '../../runtime/backoff.ts'
import type { Client } from '../../runtime/client.ts'
import type { Clock } from '../../runtime/clock.ts'
import { type Controller, newController, watchSource } from '../../runtime/controller.ts'
import { DeadlineError, withDeadline } from '../../runtime/deadline.ts'
import type { EventRecorder } from '../../runtime/events.ts'
import { addFinalizer, isBeingDeleted, removeFinalizer } from '../../runtime/finalizer.ts'
import type { InformerSet } from '../../runtime/informer-set.ts'
import type { Logger } from '../../runtime/log.ts'
import type { MetricRegistry } from '../../runtime/metrics.ts'
import type { Result } from '../../runtime/reconcile.ts'
import type { Artifact, ArtifactStore } from '../../sync/artifact-store.ts'
import { defaultLimits, type SyncLimits } from '../../sync/limits.ts'
import { intervalMs } from '../../sync/schedule.ts'
import { sourceStatusAfter } from '../../sync/source-status.ts'
import { fluxFinalizer, reconcileRequested } from '../../sync/triggers.ts'
import { failed, integrityLost, newArtifact } from './events.ts'
import { type Fetched, fetchOciSource, OciSourceError } from './fetch-source.ts'

/** What the controller needs. */
export interface OciRepositoryDeps {
  readonly client: Client
  readonly informers: InformerSet
  readonly artifacts: ArtifactStore
  readonly events: EventRecorder
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly metrics?: MetricRegistry
  readonly limits?: SyncLimits
}

const fieldManager = 'source-controller'
const defaultTimeoutMs = 60_000

type Status = NonNullable<OCIRepository['status']>

/** Makes the controller. */
export function newOciRepositoryController(deps: OciRepositoryDeps): Controller {
  const { client, informers, artifacts, events, clock, random, limits = defaultLimits } = deps
  const repositories = informers.informer(OCIRepository)

  async function setStatus(object: OCIRepository, status: Status, signal: AbortSignal): Promise<void> {
    await patchStatus(client, OCIRepository, object, status, { signal, fieldManager })
  }

  /** The artifact of the status, where its file is what it was. */
  async function storedArtifact(object: OCIRepository): Promise<Artifact | undefined> {
    const { artifact } = object.status ?? {}
    if (!artifact) return undefined
    const problem = await artifacts.problem(artifact)
    if (problem === undefined) return artifacts.located(artifact)
    events.record(object, integrityLost(problem))
    return undefined
  }

  async function fetchInTime(
    object: OCIRepository,
    stored: Artifact | undefined,
    signal: AbortSignal,
  ): Promise<Fetched> {
    const timeoutMs = tryParseDuration(object.spec.timeout) ?? defaultTimeoutMs
    const deadline = withDeadline(clock, timeoutMs, signal)
    try {
      return await fetchOciSource(object, stored, { client, artifacts, limits }, deadline.signal)
    } catch (error) {
      if (signal.aborted || !(deadline.signal.reason instanceof DeadlineError)) throw error
      const what = `failed to pull artifact from '${object.spec.url}'`
      throw new OciSourceError('OCIPullFailed', `${what}: context deadline exceeded`, { cause: error })
    } finally {
      deadline.clear()
    }
  }

  async function reconcile(object: OCIRepository, signal: AbortSignal): Promise<Result> {
    const wasFailing = isConditionTrue(object.status?.conditions, 'FetchFailed')
    const stored = await storedArtifact(object)
    try {
      const { artifact, isNew } = await fetchInTime(object, stored, signal)
      const message = `stored artifact for digest '${artifact.revision}'`
      const outcome = { kind: 'stored', artifact, reason: 'Succeeded', message } as const
      await setStatus(object, { ...observed(object), ...sourceStatusAfter(object, outcome, clock.now()) }, signal)
      const isNews = isNew && object.status?.artifact?.digest !== artifact.digest
      if (isNews || wasFailing) events.record(object, newArtifact(artifact, object.spec.url, isNews))
      await artifacts.collect(ownerOf(object), artifact.path.split('/').at(-1) ?? '')
      return { requeueAfterMs: intervalMs(object.spec.interval, random) }
    } catch (error) {
      if (signal.aborted || !(error instanceof OciSourceError)) throw error
      const { condition, reason, message, stalled } = error
      const isNews = findCondition(object.status?.conditions, condition)?.message !== message
      if (isNews) events.record(object, failed(reason, message))
      const after = sourceStatusAfter(object, { kind: 'failed', condition, reason, message, stalled }, clock.now())
      const { artifact: _artifact, ...rest } = object.status ?? {}
      await setStatus(object, { ...rest, ...(stored ? { artifact: stored } : {}), ...after }, signal)
      if (stalled) return {}
      throw error
    }
  }

  return newController({
    ...deps,
    reconciler: {
      name: 'ocirepository',
      async reconcile({ key }, signal) {
        // The cache may not have seen this controller's own last write yet, and would make it run again.
        const object = await client.fetchIfExists(OCIRepository, parseKey(key), { signal })
        if (!object) return {}
        if (isBeingDeleted(object)) {
          await artifacts.removeAll(ownerOf(object))
          await removeFinalizer(client, OCIRepository, object, fluxFinalizer, signal)
          return {}
        }
        const owned = await addFinalizer(client, OCIRepository, object, fluxFinalizer, signal)
        return owned.spec.suspend ? {} : reconcile(owned, signal)
      },
    },
    sources: [watchSource(repositories, { predicates: [reconcileRequested] })],
    // Times and number of source-controller.
    backoff: { initialMs: 750, maxMs: 900_000 },
    concurrency: 2,
  })
}

/** What the artifact was made of. */
function observed({ spec, status }: OCIRepository): Status {
  const { observedIgnore: _ignore, observedLayerSelector: _selector, ...rest } = status ?? {}
  return {
    ...rest,
    ...(spec.ignore === undefined ? {} : { observedIgnore: spec.ignore }),
    ...(spec.layerSelector === undefined ? {} : { observedLayerSelector: spec.layerSelector }),
  }
}

function ownerOf(object: OCIRepository) {
  const { namespace = '', name = '' } = object.metadata ?? {}
  return { kind: 'OCIRepository', namespace, name }
}
