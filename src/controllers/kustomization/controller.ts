/** Kustomizations: builds what their source holds and keeps it applied to the host or a member. */
import { Kustomization } from '../../api/kustomize/v1.ts'
import { GitRepository, OCIRepository } from '../../api/source/v1.ts'
import { findCondition } from '../../apimachinery/conditions.ts'
import { formatDuration } from '../../apimachinery/duration.ts'
import { type KubernetesObject, keyOf } from '../../apimachinery/meta.ts'
import { patchStatus } from '../../runtime/apply.ts'
import { type Controller, watchSource } from '../../runtime/controller.ts'
import { refOf } from '../../runtime/object-store.ts'
import type { Result } from '../../runtime/reconcile.ts'
import type { RemoteClusters } from '../../runtime/remote-clusters.ts'
import { newSetApplier } from '../../sync/apply/apply-set.ts'
import { waitUntilGone } from '../../sync/apply/gone.ts'
import { prune } from '../../sync/apply/prune.ts'
import type { Artifact } from '../../sync/artifact-store.ts'
import { type FluxControllerDeps, newFluxController } from '../../sync/flux-controller.ts'
import { type KustomizeBuilder, newKustomizeBuilder } from '../../sync/kustomize/build.ts'
import { defaultLimits } from '../../sync/limits.ts'
import { refusalOf, refusedInKustomization } from '../../sync/refused-fields.ts'
import { jitteredIntervalMs } from '../../sync/schedule.ts'
import { newTargetClusters } from '../../sync/target-clusters.ts'
import { changed, failed, finished, pruneFailed, waits } from './events.ts'
import {
  deletesObjects,
  isNews,
  type Outcome,
  retryMsOf,
  sourceKeyOf,
  statusAfter,
  statusWhileRunning,
  timeoutMsOf,
  unmetDependency,
} from './plan.ts'
import { run, targetOf } from './run.ts'

/** What the controller needs. */
export interface KustomizationDeps extends FluxControllerDeps {
  readonly clusters: RemoteClusters
  /** Default: one with the bundled kubectl. */
  readonly builder?: KustomizeBuilder
  /** How long to wait for a dependency, an artifact or a cluster that is away. Default 30,000 ms. */
  readonly dependencyRetryMs?: number
}

/** Flux's manager of the status. */
const statusManager = 'gotk-kustomize-controller'

// A run ends by the object's own timeout; this is for one that hangs nevertheless.
const reconcileTimeoutMs = 3 * 3_600_000

/** Makes the controller. */
export function newKustomizationController(deps: KustomizationDeps): Controller {
  const { client, informers, clock, random, events, limits = defaultLimits, dependencyRetryMs = 30_000 } = deps
  const kustomizations = informers.informer(Kustomization)
  const gitRepositories = informers.informer(GitRepository)
  const ociRepositories = informers.informer(OCIRepository)
  kustomizations.addIndex('source', sourcesOf)
  kustomizations.addIndex('dependency', dependenciesOf)
  const builder = deps.builder ?? newKustomizeBuilder({ clock, limits })
  const applier = newSetApplier({ clock })
  const targets = newTargetClusters({ client, clusters: deps.clusters, scope: 'kustomization' })

  async function setStatus(current: Kustomization, status: NonNullable<Kustomization['status']>, signal: AbortSignal) {
    return (await patchStatus(client, Kustomization, current, status, { signal, fieldManager: statusManager })).object
  }

  function artifactOf(kustomization: Kustomization): Artifact | string | undefined {
    const { kind, name = '', namespace = kustomization.metadata?.namespace ?? '' } = kustomization.spec.sourceRef
    const [type, sources] =
      kind === 'GitRepository' ? [GitRepository, gitRepositories] : [OCIRepository, ociRepositories]
    const source = sources.get({ namespace, name })
    if (!source) return `${type.plural}.${type.group} ${JSON.stringify(name)} not found`
    return source.status?.artifact
  }

  async function fail(
    current: Kustomization,
    outcome: Outcome & { kind: 'failed' },
    signal: AbortSignal,
  ): Promise<void> {
    const { reason, message, revision } = outcome
    const ready = findCondition(current.status?.conditions, 'Ready')
    const isSame = ready?.status === 'False' && ready.reason === reason && ready.message === message
    if (!isSame) events.record(current, failed(reason, message, revision))
    // The same failure again is not written down each time.
    await setStatus(current, statusAfter(current, isSame ? withoutBuild(outcome) : outcome, clock.now()), signal)
  }

  /** A member that is back should not wait for a long interval, nor for ever with one of 0s. */
  function transientRetryMs(spec: Kustomization['spec']): number {
    const retryMs = retryMsOf(spec) ?? dependencyRetryMs
    return spec.retryInterval === undefined ? Math.min(retryMs, dependencyRetryMs) : retryMs
  }

  async function reconcile(kustomization: Kustomization, signal: AbortSignal): Promise<Result> {
    const { spec } = kustomization
    const refusal = refusalOf(refusedInKustomization, kustomization)
    if (refusal) {
      await fail(kustomization, { kind: 'failed', ...refusal, stalled: true }, signal)
      return {}
    }
    const artifact = artifactOf(kustomization)
    if (typeof artifact === 'string') {
      await fail(kustomization, { kind: 'failed', reason: 'ArtifactFailed', message: artifact }, signal)
      return requeue(retryMsOf(spec))
    }
    if (!artifact) {
      const message = 'Source artifact not found, retrying in 30s'
      await fail(kustomization, { kind: 'failed', reason: 'ArtifactFailed', message }, signal)
      return requeue(dependencyRetryMs)
    }
    const unmet = unmetDependency(kustomization, artifact.revision, key => kustomizations.get(key))
    if (unmet) {
      const ready = findCondition(kustomization.status?.conditions, 'Ready')
      if (ready?.reason !== 'DependencyNotReady') events.record(kustomization, waits(formatDuration(dependencyRetryMs)))
      const status = statusAfter(
        kustomization,
        { kind: 'failed', reason: 'DependencyNotReady', message: unmet },
        clock.now(),
      )
      await setStatus(kustomization, status, signal)
      return requeue(dependencyRetryMs)
    }
    return applyArtifact(kustomization, artifact, signal)
  }

  async function applyArtifact(kustomization: Kustomization, artifact: Artifact, signal: AbortSignal): Promise<Result> {
    const { spec } = kustomization
    const { revision } = artifact
    const news = isNews(kustomization, revision)
    const startMs = clock.monotonicMs()
    let current = kustomization
    const progress = `Building manifests for revision ${revision} with a timeout of ${formatDuration(timeoutMsOf(spec))}`
    const isFirstAttempt = news && kustomization.status?.lastAttemptedRevision !== revision
    // A run that finds nothing new, or fails as before, leaves no other trace than its end.
    if (isFirstAttempt)
      current = await setStatus(current, statusWhileRunning(current, revision, progress, clock.now()), signal)
    const onHealthCheck = async (message: string) => {
      if (!news) return
      current = await setStatus(current, statusWhileRunning(current, revision, message, clock.now(), message), signal)
    }
    const { outcome, lines, isTransient } = await run(
      kustomization,
      artifact,
      { client, clock, builder, applier, targets, onHealthCheck },
      signal,
    )
    if (lines.length > 0 && outcome.kind === 'applied') events.record(current, changed(lines, revision))
    if (outcome.kind === 'failed') {
      await fail(current, outcome, signal)
      if (outcome.stalled) return {}
      return requeue(isTransient ? transientRetryMs(spec) : retryMsOf(spec))
    }
    const recorded = news || lines.length > 0 ? outcome : withoutBuild(outcome)
    await setStatus(current, statusAfter(current, recorded, clock.now()), signal)
    if (news || lines.length > 0) {
      const took = formatDuration(Math.round(clock.monotonicMs() - startMs))
      events.record(
        current,
        finished(took, formatDuration(retryMsOf({ ...spec, retryInterval: spec.interval }) ?? 0), revision),
      )
    }
    return requeue(jitteredIntervalMs(spec.interval, random))
  }

  async function finalize(kustomization: Kustomization, signal: AbortSignal): Promise<void> {
    const entries = kustomization.status?.inventory?.entries ?? []
    if (entries.length > 0 && deletesObjects(kustomization)) {
      const { name = '', namespace = '' } = kustomization.metadata ?? {}
      try {
        const cluster = await targets.find(targetOf(kustomization), signal)
        const { failed: notDeleted } = await prune(cluster, entries, { name, namespace }, signal)
        if (notDeleted.length > 0) throw new Error(notDeleted.map(({ message }) => message).join('; '))
        if (kustomization.spec.deletionPolicy === 'WaitForTermination') {
          await waitUntilGone(cluster, entries, { timeoutMs: timeoutMsOf(kustomization.spec), clock, signal })
        }
      } catch (error) {
        if (!signal.aborted)
          events.record(kustomization, pruneFailed(error instanceof Error ? error.message : String(error)))
        throw error
      }
    }
    releaseTarget(kustomization)
  }

  /** The connection to a member goes with the last Kustomization that uses it. */
  function releaseTarget(kustomization: Kustomization): void {
    const secretOf = ({ spec }: Kustomization) => spec.kubeConfig?.secretRef?.name
    const { uid, namespace } = kustomization.metadata ?? {}
    const isUsed = kustomizations
      .list(namespace)
      .some(other => other.metadata?.uid !== uid && secretOf(other) === secretOf(kustomization))
    if (secretOf(kustomization) !== undefined && !isUsed) targets.release(targetOf(kustomization))
  }

  function usersOf(kind: string, source: KubernetesObject): readonly string[] {
    return kustomizations.byIndex('source', `${kind}/${keyOf(refOf(source))}`).map(other => keyOf(refOf(other)))
  }

  return newFluxController(deps, {
    kind: Kustomization,
    reconcile,
    finalize,
    sources: [
      watchSource(gitRepositories, {
        predicates: [event => event.type !== 'updated' || revisionOf(event.object) !== revisionOf(event.previous)],
        toKeys: ({ object }) => usersOf('GitRepository', object),
      }),
      watchSource(ociRepositories, {
        predicates: [event => event.type !== 'updated' || revisionOf(event.object) !== revisionOf(event.previous)],
        toKeys: ({ object }) => usersOf('OCIRepository', object),
      }),
      // Whoever waits for a Kustomization goes on as soon as it is ready.
      watchSource(kustomizations, {
        predicates: [event => event.type === 'updated' && readiness(event.object) !== readiness(event.previous)],
        toKeys: ({ object }) =>
          kustomizations.byIndex('dependency', keyOf(refOf(object))).map(other => keyOf(refOf(other))),
      }),
    ],
    // Most of a run is waiting for a cluster; one that is away must not hold up the others.
    concurrency: 16,
    reconcileTimeoutMs,
  })
}

function requeue(afterMs: number | undefined): Result {
  return afterMs === undefined ? {} : { requeueAfterMs: afterMs }
}

function withoutBuild(outcome: Outcome): Outcome {
  const { build: _build, ...rest } = outcome
  return rest
}

function sourcesOf(kustomization: Kustomization): readonly string[] {
  return [sourceKeyOf(kustomization)]
}

function dependenciesOf({ spec, metadata }: Kustomization): readonly string[] {
  return (spec.dependsOn ?? []).map(({ name, namespace = metadata?.namespace ?? '' }) => `${namespace}/${name}`)
}

function revisionOf(repository: GitRepository | OCIRepository): string | undefined {
  return repository.status?.artifact?.revision
}

function readiness({ status }: Kustomization): string {
  return `${findCondition(status?.conditions, 'Ready')?.status} ${status?.lastAppliedRevision}`
}
