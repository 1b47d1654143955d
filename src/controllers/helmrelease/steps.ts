/** Carries out what the plan decides, one step after the other, and keeps the status up to date between them. */
import type { HelmRelease } from '../../api/helm/v2.ts'
import { findCondition } from '../../apimachinery/conditions.ts'
import { type JsonObject, keyOf } from '../../apimachinery/meta.ts'
import type { Random } from '../../runtime/backoff.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { EventRecorder } from '../../runtime/events.ts'
import type { Result } from '../../runtime/reconcile.ts'
import type { SetApplier } from '../../sync/apply/apply-set.ts'
import type { FieldRule } from '../../sync/apply/field-rules.ts'
import { fetchRolloutRules } from '../../sync/apply/rollout-rules.ts'
import type { TargetCluster } from '../../sync/apply/target.ts'
import type { FluxCondition } from '../../sync/flux-conditions.ts'
import { jitteredIntervalMs } from '../../sync/schedule.ts'
import { helmMessage, type ReleaseActions, type ReleaseAt } from './actions.ts'
import {
  asWritten,
  chartRefOf,
  handled,
  isWatched,
  manifestsIn,
  namespaced,
  onlyIfAbsent,
  ownerLabels,
  running,
  snapshotOf,
  withoutConditionsOf,
} from './objects.ts'
import {
  countsTestFailures,
  decideStep,
  formerRelease,
  historyWith,
  isForced,
  releaseNameOf,
  retryMsOf,
  type Step,
  type Wanted,
  withConditions,
  withFreshCounters,
} from './plan.ts'

type Status = NonNullable<HelmRelease['status']>

/** What one run works with. */
export interface Session {
  readonly actions: ReleaseActions
  /** The actions on a release that this object had before. */
  readonly actionsAt: (at: ReleaseAt) => ReleaseActions
  readonly cluster: TargetCluster
  readonly chartFile: string
  readonly values: JsonObject
  readonly wanted: Wanted
}

/** What carrying out takes. */
export interface StepDeps {
  readonly clock: Clock
  readonly random: Random
  readonly events: EventRecorder
  readonly applier: SetApplier
  readonly setStatus: (release: HelmRelease, status: Status, signal: AbortSignal) => Promise<HelmRelease>
  readonly dependencyRetryMs: number
}

/** Runs the steps of one release until it is done, has failed for good, or has to wait. */
export interface StepRunner {
  run(release: HelmRelease, session: Session, signal: AbortSignal): Promise<Result>
}

/** The manager of what is applied beside helm's own objects. */
const fieldManager = 'helm-controller'
// Install, test, fail, roll back and try again fit in; more would be a loop.
const maxSteps = 8

/** A runner. */
export function newStepRunner(deps: StepDeps): StepRunner {
  const { clock, random, events } = deps

  async function run(found: HelmRelease, session: Session, signal: AbortSignal): Promise<Result> {
    const { wanted } = session
    let forced = isForced(found)
    let release: HelmRelease = { ...found, status: withFreshCounters(found, wanted) }
    let saved = found
    const save = async (status: Status) => {
      saved = await deps.setStatus(saved, status, signal)
      release = { ...saved, status }
    }
    const former = formerRelease(release, wanted)
    if (former) await save(await leave(release, former, session, signal))
    for (let i = 0; i < maxSteps; i++) {
      const revisions = await session.actions.history(signal)
      const step = decideStep({ release, wanted, revisions, isForced: forced })
      if (step.kind === 'done') return finish(release, save, [])
      if (step.kind === 'stall') return stall(release, step, save)
      if (step.kind === 'lookForDrift') return finish(release, save, await lookForDrift(release, session, signal))
      forced = false
      await save(withConditions(release, release.status ?? {}, [running(release, step)], 'running', clock.now()))
      const end = await carryOut(release, step, session, save, signal)
      if (end) return end
    }
    return { requeueAfterMs: deps.dependencyRetryMs }
  }

  async function finish(release: HelmRelease, save: (status: Status) => Promise<void>, set: readonly FluxCondition[]) {
    const { generation = 0 } = release.metadata ?? {}
    const { namespace } = releaseNameOf(release)
    const common = {
      observedGeneration: generation,
      helmChart: keyOf(chartRefOf(release)),
      storageNamespace: namespace,
    }
    // Only now: a test that fails after an upgrade counts as another failure of it.
    const { failures: _f, installFailures: _i, upgradeFailures: _u, ...rest } = release.status ?? {}
    const status = withConditions(release, { ...handled(release, rest), ...common }, set, 'done', clock.now())
    await save(status)
    const afterMs = jitteredIntervalMs(release.spec.interval, random)
    return afterMs === undefined ? {} : { requeueAfterMs: afterMs }
  }

  async function stall(release: HelmRelease, step: Step & { kind: 'stall' }, save: (status: Status) => Promise<void>) {
    const { reason, message } = step
    const { generation = 0 } = release.metadata ?? {}
    const stalled: FluxCondition = { type: 'Stalled', status: 'True', reason, message }
    const base = { ...handled(release, release.status ?? {}), observedGeneration: generation }
    await save(withConditions(release, base, [], { stalled }, clock.now()))
    return {}
  }

  /** Takes the former release away; the status is then that of one that has released nothing. */
  async function leave(release: HelmRelease, former: ReleaseAt, session: Session, signal: AbortSignal) {
    await session.actionsAt(former).uninstall(signal)
    const { history = [], failures: _f, installFailures: _i, upgradeFailures: _u, ...rest } = release.status ?? {}
    const [newest] = history
    const of = `${former.namespace}/${former.name}.v${newest?.version} with chart ${newest?.chartName}@${newest?.chartVersion}`
    const message = `Helm uninstall succeeded for release ${of}`
    events.record(release, { type: 'Normal', reason: 'UninstallSucceeded', message })
    const condition: FluxCondition = { type: 'Released', status: 'False', reason: 'UninstallSucceeded', message }
    const clean = withoutConditionsOf(rest, ['Remediated', 'TestSuccess', 'Drifted'])
    return withConditions({ ...release, status: clean }, clean, [condition], 'running', clock.now())
  }

  /** Undefined where the run goes on with the next step. */
  async function carryOut(
    release: HelmRelease,
    step: Step,
    session: Session,
    save: (status: Status) => Promise<void>,
    signal: AbortSignal,
  ): Promise<Result | undefined> {
    const { actions, wanted } = session
    const { name, namespace } = releaseNameOf(release)
    const status = release.status ?? {}
    const chart = `${wanted.chartName}@${wanted.chartVersion}`
    // More steps may follow: only the last look makes it ready.
    const underWay = running(release, step)
    const tell = (condition: FluxCondition, type: 'Normal' | 'Warning') =>
      events.record(release, { type, reason: condition.reason, message: condition.message })
    switch (step.kind) {
      case 'install':
      case 'upgrade': {
        const word = step.kind
        const title = word === 'install' ? 'Install' : 'Upgrade'
        const attempted = {
          ...withoutConditionsOf(status, ['Remediated', 'TestSuccess']),
          lastAttemptedReleaseAction: word,
        }
        try {
          await applyCrds(release, word, session, signal)
          const info = await actions.release(word, session.chartFile, session.values, signal)
          await labelObjects(release, info.manifest, session.cluster, signal)
          const message = `Helm ${word} succeeded for release ${namespace}/${name}.v${info.version} with chart ${chart}`
          const condition: FluxCondition = { type: 'Released', status: 'True', reason: `${title}Succeeded`, message }
          tell(condition, 'Normal')
          const history = [...historyWith(attempted.history, snapshotOf(info, wanted, word))]
          await save(withConditions(release, { ...attempted, history }, [condition, underWay], 'running', clock.now()))
        } catch (error) {
          if (signal.aborted) throw error
          const message = `Helm ${word} failed for release ${namespace}/${name} with chart ${chart}: ${helmMessage(error)}`
          const condition: FluxCondition = { type: 'Released', status: 'False', reason: `${title}Failed`, message }
          tell(condition, 'Warning')
          const key = word === 'install' ? 'installFailures' : 'upgradeFailures'
          const counted = { failures: (status.failures ?? 0) + 1, [key]: (status[key] ?? 0) + 1 }
          await save(withConditions(release, { ...attempted, ...counted }, [condition], 'retrying', clock.now()))
          const retryMs = retryMsOf(release.spec, word)
          if (retryMs !== undefined) return { requeueAfterMs: retryMs }
        }
        return undefined
      }
      case 'rollback': {
        await actions.rollback(step.to, signal)
        const previous = status.history?.find(({ version }) => version === step.to)
        const before = previous ? `${previous.chartName}@${previous.chartVersion}` : chart
        const message = `Helm rollback to previous release ${namespace}/${name}.v${step.to} with chart ${before} succeeded`
        const condition: FluxCondition = { type: 'Remediated', status: 'True', reason: 'RollbackSucceeded', message }
        tell(condition, 'Normal')
        await save(withConditions(release, status, [condition], 'retrying', clock.now()))
        return undefined
      }
      case 'uninstall': {
        await actions.uninstall(signal)
        const version = status.history?.[0]?.version ?? 1
        const message = `Helm uninstall remediation for release ${namespace}/${name}.v${version} with chart ${chart} succeeded`
        const condition: FluxCondition = { type: 'Remediated', status: 'True', reason: 'UninstallSucceeded', message }
        tell(condition, 'Normal')
        await save(withConditions(release, status, [condition], 'retrying', clock.now()))
        return undefined
      }
      case 'test': {
        const condition = await test(release, session, signal)
        tell(condition, condition.status === 'True' ? 'Normal' : 'Warning')
        const [newest, ...older] = status.history ?? []
        const history = newest ? [{ ...newest, testHooks: {} }, ...older] : []
        const isFailure = condition.status === 'False' && countsTestFailures(release)
        const key = status.lastAttemptedReleaseAction === 'install' ? 'installFailures' : 'upgradeFailures'
        const counted = isFailure ? { failures: (status.failures ?? 0) + 1, [key]: (status[key] ?? 0) + 1 } : {}
        const tested = { ...status, ...counted, history }
        await save(withConditions(release, tested, [condition, underWay], 'running', clock.now()))
        return undefined
      }
      default:
        // The next run starts from a fresh look.
        return { requeueAfterMs: 1 }
    }
  }

  async function test(release: HelmRelease, { actions, wanted }: Session, signal: AbortSignal): Promise<FluxCondition> {
    const { name, namespace } = releaseNameOf(release)
    const version = release.status?.history?.[0]?.version ?? 0
    const of = `release ${namespace}/${name}.v${version} with chart ${wanted.chartName}@${wanted.chartVersion}`
    try {
      await actions.test(signal)
      return { type: 'TestSuccess', status: 'True', reason: 'TestSucceeded', message: `Helm test succeeded for ${of}` }
    } catch (error) {
      if (signal.aborted) throw error
      const message = `Helm test failed for ${of}: ${helmMessage(error)}`
      return { type: 'TestSuccess', status: 'False', reason: 'TestFailed', message }
    }
  }

  async function applyCrds(release: HelmRelease, action: 'install' | 'upgrade', session: Session, signal: AbortSignal) {
    const isDefault = action === 'install' && !release.spec.install?.skipCRDs
    const policy = release.spec[action]?.crds ?? (isDefault ? 'Create' : 'Skip')
    if (policy === 'Skip') return
    const manifests = manifestsIn(await session.actions.crds(session.chartFile, signal))
    const crds = manifests.filter(({ kind }) => kind === 'CustomResourceDefinition')
    const wanted = policy === 'CreateReplace' ? crds : crds.map(onlyIfAbsent)
    await deps.applier.apply(session.cluster, wanted, { fieldManager, force: false, rules: [], signal })
  }

  /** Puts back what differs from the release, or only says so. */
  async function lookForDrift(
    release: HelmRelease,
    session: Session,
    signal: AbortSignal,
  ): Promise<readonly FluxCondition[]> {
    const { name, namespace } = releaseNameOf(release)
    const { ignore = [], mode } = release.spec.driftDetection ?? {}
    const manifest = await session.actions.manifest(signal)
    const manifests = await namespaced(manifestsIn(manifest), namespace, session.cluster, signal)
    const own = ignore as readonly FieldRule[] // Same fields, all optional.
    const rules = [...own, ...(await fetchRolloutRules(session.cluster, manifests, signal))]
    // The manager is helm's own, so that the fields stay its.
    const options = { fieldManager: 'helm', force: false, rules, dryRun: mode === 'warn', signal }
    const watched = manifests.filter(isWatched).map(each => asWritten(each, { name, namespace }))
    const changes = await deps.applier.apply(session.cluster, watched, options)
    const drifted = changes.filter(({ action }) => action === 'created' || action === 'configured')
    if (drifted.length > 0 && mode === 'warn') {
      const version = release.status?.history?.[0]?.version ?? 0
      const list = drifted.map(({ subject, action }) => `${subject} ${action === 'created' ? 'removed' : 'changed'}`)
      const of = `release ${namespace}/${name}.v${version}`
      const message = `Cluster state of ${of} has drifted from the desired state:\n${list.join('\n')}`
      const isNews = findCondition(release.status?.conditions, 'Drifted')?.message !== message
      if (isNews) events.record(release, { type: 'Warning', reason: 'DriftDetected', message })
      return [{ type: 'Drifted', status: 'True', reason: 'DriftDetected', message }]
    }
    if (drifted.length > 0) {
      await labelObjects(release, manifest, session.cluster, signal)
      const list = drifted.map(({ subject, action }) => `${subject} ${action}`).join('\n')
      const message = `Cluster state of release ${namespace}/${name} has been corrected:\n${list}`
      events.record(release, { type: 'Normal', reason: 'DriftCorrected', message })
    }
    const message = 'No drift detected against the cluster state'
    return [{ type: 'Drifted', status: 'False', reason: 'NoDriftDetected', message }]
  }

  /** Says on every object whose it is, under a manager of our own: helm does not know of these labels. */
  async function labelObjects(release: HelmRelease, manifest: string, cluster: TargetCluster, signal: AbortSignal) {
    const { namespace } = releaseNameOf(release)
    for (const object of await namespaced(manifestsIn(manifest), namespace, cluster, signal)) {
      const { apiVersion = '', kind = '', metadata } = object
      const type = await cluster.mapper.typeOf(apiVersion, kind, signal)
      if (!type) continue
      const ref = { name: metadata.name ?? '', ...(metadata.namespace ? { namespace: metadata.namespace } : {}) }
      const labelled = { apiVersion, kind, metadata: { ...ref, labels: ownerLabels(release) } }
      await cluster.client.apply(type, labelled, { fieldManager, force: true, signal })
    }
  }

  return { run }
}
