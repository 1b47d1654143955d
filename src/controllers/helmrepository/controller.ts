/** HelmRepositories: keeps the index of a chart repository as an artifact. Registries have none and need no work. */
import { writeFile } from 'node:fs/promises'
import { HelmRepository } from '../../api/source/v1.ts'
import { sha256Hex } from '../../apimachinery/canonical-json.ts'
import { findCondition } from '../../apimachinery/conditions.ts'
import { tryParseDuration } from '../../apimachinery/duration.ts'
import { patchStatus } from '../../runtime/apply.ts'
import type { Controller } from '../../runtime/controller.ts'
import type { Result } from '../../runtime/reconcile.ts'
import { type Artifact, artifactOwner } from '../../sync/artifact-store.ts'
import { newFluxController, type SourceControllerDeps } from '../../sync/flux-controller.ts'
import { parseIndex } from '../../sync/helm/chart-index.ts'
import { fetchIndex } from '../../sync/helm/chart-source.ts'
import { ChartError } from '../../sync/helm/errors.ts'
import { defaultLimits } from '../../sync/limits.ts'
import { intervalMs } from '../../sync/schedule.ts'
import { sourceStatusAfter } from '../../sync/source-status.ts'
import { fetchAccess } from './access.ts'

const fieldManager = 'source-controller'
const defaultTimeoutMs = 60_000

/** Makes the controller. */
export function newHelmRepositoryController(deps: SourceControllerDeps): Controller {
  const { client, artifacts, events, clock, random, limits = defaultLimits } = deps

  async function fetchArtifact(repository: HelmRepository, signal: AbortSignal): Promise<Artifact> {
    const { url, timeout } = repository.spec
    if (url.startsWith('oci://')) {
      const why = "'oci' URL scheme cannot be used with 'default' HelmRepository type"
      throw new ChartError('URLInvalid', `invalid Helm repository URL: ${why}`, { stalled: true })
    }
    const access = await fetchAccess(client, repository, signal)
    const timeoutMs = tryParseDuration(timeout) ?? defaultTimeoutMs
    const text = await fetchIndex(url, access, { clock, limits, timeoutMs, signal })
    const revision = `sha256:${sha256Hex(text)}`
    const stored = repository.status?.artifact
    if (stored?.revision === revision && (await artifacts.problem(stored)) === undefined)
      return artifacts.located(stored)
    const json = JSON.stringify(parseIndex(text))
    return artifacts.store(ownerOf(repository), `index-${sha256Hex(text)}.yaml`, revision, async file => {
      await writeFile(file, json, { mode: 0o600 })
      return { digest: `sha256:${sha256Hex(json)}`, sizeBytes: Buffer.byteLength(json) }
    })
  }

  async function reconcile(repository: HelmRepository, signal: AbortSignal): Promise<Result> {
    const before = repository.status?.artifact
    const { namespace = '', name = '' } = repository.metadata ?? {}
    try {
      const artifact = await fetchArtifact(repository, signal)
      const message = `stored artifact: revision '${artifact.revision}'`
      const status = sourceStatusAfter(
        repository,
        { kind: 'stored', artifact, reason: 'Succeeded', message },
        clock.now(),
      )
      const url = `${artifacts.url}/helmrepository/${namespace}/${name}/index.yaml`
      await patchStatus(
        client,
        HelmRepository,
        repository,
        { ...repository.status, ...status, url },
        { signal, fieldManager },
      )
      if (before?.revision !== artifact.revision) {
        const text = `stored fetched index of size ${artifact.size ?? 0}B from '${repository.spec.url}'`
        events.record(repository, { type: 'Normal', reason: 'NewArtifact', message: text })
      }
      await artifacts.collect(ownerOf(repository), artifact.path.split('/').at(-1) ?? '')
      return { requeueAfterMs: intervalMs(repository.spec.interval, random) }
    } catch (error) {
      if (signal.aborted || !(error instanceof ChartError)) throw error
      const { reason, message, stalled } = error
      const isNews = findCondition(repository.status?.conditions, 'FetchFailed')?.message !== message
      if (isNews) events.record(repository, { type: 'Warning', reason, message })
      const status = sourceStatusAfter(repository, { kind: 'failed', reason, message, stalled }, clock.now())
      await patchStatus(
        client,
        HelmRepository,
        repository,
        { ...repository.status, ...status },
        { signal, fieldManager },
      )
      if (stalled) return {}
      throw error
    }
  }

  return newFluxController(deps, {
    kind: HelmRepository,
    reconcile,
    finalize: repository => artifacts.removeAll(ownerOf(repository)),
    // A registry is only a name for others to use: no status, no finalizer.
    isIdle: ({ spec }) => spec.type === 'oci',
    concurrency: 2,
  })
}

function ownerOf(repository: HelmRepository) {
  return artifactOwner(HelmRepository, repository)
}
