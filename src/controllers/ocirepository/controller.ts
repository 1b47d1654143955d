/** OCIRepositories: fetches the artifact that they name from a registry, keeps it, says so in their status. */
import { OCIRepository } from '../../api/source/v1.ts'
import { findCondition, isConditionTrue } from '../../apimachinery/conditions.ts'
import { tryParseDuration } from '../../apimachinery/duration.ts'
import { patchStatus } from '../../runtime/apply.ts'
import type { Controller } from '../../runtime/controller.ts'
import { DeadlineError, withDeadline } from '../../runtime/deadline.ts'
import type { Result } from '../../runtime/reconcile.ts'
import { type Artifact, artifactOwner } from '../../sync/artifact-store.ts'
import { newFluxController, type SourceControllerDeps } from '../../sync/flux-controller.ts'
import { defaultLimits } from '../../sync/limits.ts'
import { intervalMs } from '../../sync/schedule.ts'
import { sourceStatusAfter } from '../../sync/source-status.ts'
import { failed, integrityLost, newArtifact } from './events.ts'
import { type Fetched, fetchOciSource, OciSourceError } from './fetch-source.ts'

const fieldManager = 'source-controller'
const defaultTimeoutMs = 60_000

type Status = NonNullable<OCIRepository['status']>

/** Makes the controller. */
export function newOciRepositoryController(deps: SourceControllerDeps): Controller {
  const { client, artifacts, events, clock, random, limits = defaultLimits } = deps

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

  return newFluxController(deps, {
    kind: OCIRepository,
    reconcile,
    finalize: object => artifacts.removeAll(ownerOf(object)),
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
  return artifactOwner(OCIRepository, object)
}
