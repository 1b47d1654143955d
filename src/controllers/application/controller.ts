/** Applications: from a source and a fleet to syncs in the host and rollouts in the members. */

import { generatedName, policyName, workloadNamespace } from '../../api/apps/policy-names.ts'
import { Application } from '../../api/apps/v1alpha1.ts'
import { AttachedCluster } from '../../api/cluster/v1alpha1.ts'
import { Fleet } from '../../api/fleet/v1alpha1.ts'
import { HelmRelease } from '../../api/helm/v2.ts'
import { Kustomization } from '../../api/kustomize/v1.ts'
import { GitRepository, HelmRepository, OCIRepository } from '../../api/source/v1.ts'
import type { KubernetesObject, ResourceType } from '../../apimachinery/meta.ts'
import { newApplier, patchStatus } from '../../runtime/apply.ts'
import type { Random } from '../../runtime/backoff.ts'
import { type Client, isNotFound } from '../../runtime/client.ts'
import type { Clock } from '../../runtime/clock.ts'
import { type Controller, newController, watchSource } from '../../runtime/controller.ts'
import { withDeadline } from '../../runtime/deadline.ts'
import type { EventRecorder } from '../../runtime/events.ts'
import { addFinalizer, removeFinalizer } from '../../runtime/finalizer.ts'
import type { InformerSet } from '../../runtime/informer-set.ts'
import type { Logger } from '../../runtime/log.ts'
import type { MetricRegistry } from '../../runtime/metrics.ts'
import { annotationsChanged, anyOf, generationChanged } from '../../runtime/predicates.ts'
import type { Result } from '../../runtime/reconcile.ts'
import type { RemoteClusters } from '../../runtime/remote-clusters.ts'
import type { MemberRollout } from './canary.ts'
import { hostTypes, type PolicyTargets, planHost, type WantedObject } from './host-plan.ts'
import { newMemberExecutor, RolloutWaitsError } from './member-execute.ts'
import { newMemberViews } from './member-views.ts'
import { DestinationError, fetchPolicyTargets, newMembers } from './members.ts'
import {
  applicationFieldManager,
  applicationFinalizer,
  applicationLabel,
  applicationLabelOf,
  forceDeleteAnnotation,
  hostTarget,
  type Target,
  usesService,
} from './names.ts'
import { applicationStatus, type StatusFacts, type SyncFinding } from './status-plan.ts'

/** What the controller needs. */
export interface ApplicationDeps {
  readonly client: Client
  readonly informers: InformerSet
  readonly clusters: RemoteClusters
  /** Whether Applications without a fleet may bring workloads to the host. Default true. */
  readonly hostWorkloads?: boolean
  readonly events: EventRecorder
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly metrics?: MetricRegistry
}

const fieldManager = applicationFieldManager
// A member that does not answer within this time is left for later; the others go on.
const memberTimeoutMs = 8_000
const retryMemberMs = 5_000
// What changes on members and syncs comes in bursts, one for each member: of a burst, the Application is looked at once.
const gatherMs = 100
// Clusters that are still being provisioned cannot be followed.
const retryClusterMs = 10_000

/** Makes the controller. */
export function newApplicationController(deps: ApplicationDeps): Controller {
  const { client, informers, events, clock, log } = deps
  const applications = informers.informer(Application)
  const members = newMembers(deps)
  const applier = newApplier({ client, fieldManager })
  const executor = newMemberExecutor()
  const views = newMemberViews(
    clock,
    key => controller.enqueue(key, { afterMs: gatherMs }),
    service => {
      for (const application of applications.list())
        if (usesService(application, service)) controller.enqueue(keyOf(application), { afterMs: gatherMs })
    },
  )
  for (const type of hostTypes as readonly ResourceType[]) informers.informer(type).addIndex('ownerUid', ownerUidsOf)

  async function reconcile({ key }: { readonly key: string }, signal: AbortSignal): Promise<Result> {
    const application = applications.get(key)
    if (!application) return {}
    if (application.metadata.deletionTimestamp) return remove(application, signal)
    // Upstream's schema does not insist on it; admission does, where it is installed.
    if (!('spec' in application)) {
      events.record(application, { type: 'Warning', reason: 'InvalidSpec', message: 'spec: Required value' })
      return {}
    }
    await addFinalizer(client, Application, application, applicationFinalizer, signal)
    const plan = await planTargets(application, signal)
    if ('problem' in plan) {
      await writeStatus(application, [], { problem: plan.problem }, signal)
      return plan.problem.reason.startsWith('Cluster') ? { requeueAfterMs: retryClusterMs } : {}
    }
    await prepareNamespaces(application, plan.policies, signal)
    const taken = await applyHost(application, planHost(application, plan.policies), signal)
    const { rollouts, uncleaned } = await applyMembers(application, plan.policies, signal)
    const syncs = findings(application, plan.policies, rollouts, taken)
    const problem = taken.get(sourceKey(application))
    await writeStatus(
      application,
      syncs,
      { ...(problem ? { problem: { reason: 'NameTaken', message: problem } } : {}), uncleaned },
      signal,
    )
    const waits = [...rollouts.values()].some(
      rollout => rollout.problem?.unreachable || rollout.problem?.reason === 'EngineMissing',
    )
    return waits || uncleaned.length > 0 ? { requeueAfterMs: retryMemberMs } : {}
  }

  async function planTargets(
    application: Application,
    signal: AbortSignal,
  ): Promise<{ policies: readonly PolicyTargets[] } | { problem: { reason: string; message: string } }> {
    try {
      return { policies: await fetchPolicyTargets(members, application, signal) }
    } catch (error) {
      if (error instanceof DestinationError) return { problem: { reason: error.reason, message: error.message } }
      throw error
    }
  }

  /** Before the first sync: pods that start in a namespace without its mark get no sidecar. A member that is away is left. */
  async function prepareNamespaces(
    application: Application,
    policies: readonly PolicyTargets[],
    signal: AbortSignal,
  ): Promise<void> {
    const { namespace = '' } = application.metadata
    const isNew = (name: string) =>
      [Kustomization, HelmRelease].every(type => !informers.informer(type as ResourceType).get({ namespace, name }))
    await Promise.all(
      rolloutsOf(application, policies).map(async member => {
        if (!isNew(generatedName(member.policyName, member.target))) return
        const deadline = withDeadline(clock, memberTimeoutMs, signal)
        try {
          const view = await viewOf(application, member.target, deadline.signal)
          await executor.prepare(view, member, deadline.signal)
        } catch (error) {
          log.debug('namespace not prepared', { application: keyOf(application), member: member.target.name, error })
        } finally {
          deadline.clear()
        }
      }),
    )
    signal.throwIfAborted()
  }

  /**
   * Writes what differs, then deletes what the Application had made and wants no more. Gives what could not be written
   * because the name belongs to somebody else, by kind and name.
   */
  async function applyHost(
    application: Application,
    wanted: readonly WantedObject[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string>> {
    const taken = new Map<string, string>()
    for (const { type, object } of wanted) {
      const { namespace, name = '' } = object.metadata ?? {}
      const current = informers.informer(type).get({ namespace, name })
      if (current && !isOwn(application, current)) {
        const owner = current.metadata?.ownerReferences?.find(reference => reference.kind === Application.kind)
        const whose = owner ? `belongs to the Application ${owner.name}` : 'was not made by this Application'
        const message = `${type.kind} ${name} ${whose}; it is left alone`
        events.record(application, { type: 'Warning', reason: 'NameTaken', message })
        taken.set(`${type.kind} ${name}`, message)
        continue
      }
      await applier.apply(type, object, { current, signal })
    }
    const keep = new Set(wanted.map(({ type, object }) => `${type.kind} ${object.metadata?.name}`))
    for (const type of hostTypes as readonly ResourceType[]) {
      for (const object of ownedBy(application, type)) {
        if (!keep.has(`${type.kind} ${object.metadata?.name}`)) await discard(type, object, signal)
      }
    }
    return taken
  }

  function ownedBy(application: Application, type: ResourceType): readonly KubernetesObject[] {
    return informers
      .informer(type)
      .byIndex('ownerUid', application.metadata.uid ?? '')
      .filter(object => !object.metadata?.deletionTimestamp)
  }

  async function discard(type: ResourceType, object: KubernetesObject, signal: AbortSignal): Promise<void> {
    const { namespace, name = '' } = object.metadata ?? {}
    await client.delete(type, { namespace, name }, { signal }).catch(error => {
      if (!isNotFound(error)) throw error
    })
  }

  type RolloutFinding = NonNullable<SyncFinding['rollout']>

  /** The rollouts of all policies, each with its cluster. */
  function rolloutsOf(application: Application, policies: readonly PolicyTargets[]): readonly MemberRollout[] {
    return policies.flatMap(({ index, policy: { rollout }, targets, fleetProvider }) =>
      rollout
        ? targets.map(target => ({
            application,
            policyName: policyName(application, index),
            rollout,
            target,
            ...(fleetProvider ? { fleetProvider } : {}),
          }))
        : [],
    )
  }

  /** Every member by itself: one that is away or refuses does not keep the others waiting. */
  async function applyMembers(
    application: Application,
    policies: readonly PolicyTargets[],
    signal: AbortSignal,
  ): Promise<{ readonly rollouts: ReadonlyMap<string, RolloutFinding>; readonly uncleaned: readonly string[] }> {
    const byTarget = Map.groupBy(rolloutsOf(application, policies), ({ target }) => target.name)
    const wanted = [...byTarget.values()].map(rollouts => ({ target: rollouts[0]?.target ?? hostTarget, rollouts }))
    // A member that lost its last rollout, or that left the fleet, has to be cleaned as well.
    const others = clustersToClean(application).filter(({ name }) => !byTarget.has(name))
    const before = clustersWithRollouts(application)
    const rollouts = new Map<string, RolloutFinding>()
    const uncleaned: string[] = []
    await Promise.all(
      [...wanted, ...others.map(target => ({ target, rollouts: [] }))].map(async entry => {
        const deadline = withDeadline(clock, memberTimeoutMs, signal)
        try {
          for (const [name, finding] of await applyMember(application, entry, deadline.signal))
            rollouts.set(name, finding)
        } catch (error) {
          if (entry.rollouts.length === 0 && before.has(entry.target.name)) uncleaned.push(entry.target.name)
          for (const { policyName: of, rollout } of entry.rollouts) {
            const problem = { ...problemOf(error), unreachable: true }
            rollouts.set(generatedName(of, entry.target), { canaryName: rollout.workload.name, problem })
          }
        } finally {
          deadline.clear()
        }
      }),
    )
    signal.throwIfAborted()
    return { rollouts, uncleaned: uncleaned.sort() }
  }

  /** One member. Throws where it cannot be reached; what keeps one of its rollouts is that one's finding. */
  async function applyMember(
    application: Application,
    { target, rollouts }: { readonly target: Target; readonly rollouts: readonly MemberRollout[] },
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, RolloutFinding>> {
    const view = await viewOf(application, target, signal)
    const found = new Map<string, RolloutFinding>()
    const wanted: WantedObject[] = []
    let isComplete = true
    for (const member of rollouts) {
      const canaryName = member.rollout.workload.name
      const canary = () => view.canary(workloadNamespace(application, member.rollout), canaryName)
      const name = generatedName(member.policyName, target)
      try {
        const { objects, warning } = await executor.apply(view, member, signal)
        wanted.push(...objects)
        found.set(name, {
          ...findingOf(canaryName, canary()),
          ...(warning ? { problem: { ...warning, unreachable: false } } : {}),
        })
      } catch (error) {
        isComplete = false
        found.set(name, { ...findingOf(canaryName, canary()), problem: problemOf(error) })
      }
    }
    // What a failed rollout wants is not known in full, so nothing is taken away then.
    if (isComplete) await executor.prune(view, application.metadata.uid ?? '', wanted, signal)
    return found
  }

  /** Where the Application has, or may have, something of a rollout. The host counts only where it is known to. */
  function clustersToClean(application: Application): readonly Target[] {
    const attached = members.attached(application.metadata.namespace ?? '')
    return clustersWithRollouts(application).has(hostTarget.name) ? [...attached, hostTarget] : attached
  }

  async function viewOf(application: Application, target: Target, signal: AbortSignal) {
    const view = views.of(await members.connect(application.metadata.namespace ?? '', target, signal))
    await view.synced(signal)
    return view
  }

  function findings(
    application: Application,
    policies: readonly PolicyTargets[],
    rollouts: ReadonlyMap<string, RolloutFinding>,
    taken: ReadonlyMap<string, string>,
  ): SyncFinding[] {
    const namespace = application.metadata.namespace ?? ''
    return policies.flatMap(({ index, policy, targets }) =>
      targets.map(target => {
        const name = generatedName(policyName(application, index), target)
        const kind = policy.kustomization ? Kustomization.kind : HelmRelease.kind
        const takenBy = taken.get(`${kind} ${name}`)
        const kustomization =
          !takenBy && policy.kustomization && informers.informer(Kustomization).get({ namespace, name })
        const helmRelease = !takenBy && policy.helm && informers.informer(HelmRelease).get({ namespace, name })
        const rollout = rollouts.get(name)
        return {
          name,
          clusterName: target.name,
          ...(takenBy ? { taken: takenBy } : {}),
          ...(kustomization ? { kustomization } : {}),
          ...(helmRelease ? { helmRelease } : {}),
          ...(rollout ? { rollout } : {}),
        }
      }),
    )
  }

  async function writeStatus(
    application: Application,
    syncs: readonly SyncFinding[],
    more: Pick<StatusFacts, 'problem' | 'uncleaned'>,
    signal: AbortSignal,
  ): Promise<void> {
    const { namespace = '', name = '' } = application.metadata
    const { gitRepository, helmRepository, ociRepository } = application.spec.source
    const git = gitRepository && informers.informer(GitRepository).get({ namespace, name })
    const helm = helmRepository && informers.informer(HelmRepository).get({ namespace, name })
    const oci = ociRepository && informers.informer(OCIRepository).get({ namespace, name })
    const status = applicationStatus({
      application,
      source: { ...(git ? { git } : {}), ...(helm ? { helm } : {}), ...(oci ? { oci } : {}) },
      syncs,
      ...more,
      now: clock.now(),
    })
    await patchStatus(client, Application, application, status, { signal, fieldManager })
  }

  /** Cleans the members, then lets go; the host's objects follow by their owner reference. */
  async function remove(application: Application, signal: AbortSignal): Promise<Result> {
    const force = application.metadata.annotations?.[forceDeleteAnnotation] === 'true'
    const known = clustersWithRollouts(application)
    const away: string[] = []
    await Promise.all(
      clustersToClean(application).map(async target => {
        const deadline = withDeadline(clock, memberTimeoutMs, signal)
        try {
          const view = await viewOf(application, target, deadline.signal)
          await executor.prune(view, application.metadata.uid ?? '', [], deadline.signal)
        } catch (error) {
          log.warn('member not cleaned', { application: keyOf(application), member: target.name, error })
          if (known.has(target.name)) away.push(target.name)
        } finally {
          deadline.clear()
        }
      }),
    )
    signal.throwIfAborted()
    if (away.length > 0 && !force) {
      const message = `waiting for ${away.sort().join(', ')} to be cleaned; annotate with ${forceDeleteAnnotation}=true to give up on what is there`
      await writeStatus(application, [], { problem: { reason: 'MemberUnreachable', message }, uncleaned: away }, signal)
      return { requeueAfterMs: retryMemberMs }
    }
    await removeFinalizer(client, Application, application, applicationFinalizer, signal)
    return {}
  }

  const byOwner = ({ object }: { readonly object: KubernetesObject }) => {
    const owner = object.metadata?.ownerReferences?.find(reference => reference.kind === Application.kind)
    const name = owner?.name ?? object.metadata?.labels?.[applicationLabel]
    return name ? [`${object.metadata?.namespace}/${name}`] : []
  }
  const allIn = ({ object }: { readonly object: KubernetesObject }) =>
    applications.list(object.metadata?.namespace).map(keyOf)
  const controller: Controller = newController({
    ...deps,
    reconciler: { name: 'application', reconcile },
    sources: [
      watchSource(applications, { predicates: [anyOf(generationChanged, annotationsChanged)] }),
      ...(hostTypes as readonly ResourceType[]).map(type =>
        watchSource(informers.informer(type), { toKeys: byOwner, afterMs: gatherMs }),
      ),
      watchSource(informers.informer(Fleet), { predicates: [generationChanged], toKeys: allIn }),
      watchSource(informers.informer(AttachedCluster), {
        predicates: [anyOf(generationChanged, readyChanged)],
        toKeys: allIn,
      }),
    ],
    concurrency: 5,
  })
  return controller
}

/** The clusters in which the Application has, or could not remove, something of a rollout, as its status knows. */
function clustersWithRollouts({ status }: Application): ReadonlySet<string> {
  const names = (status?.syncStatus ?? []).flatMap(({ rolloutStatus }) => rolloutStatus?.clusterName ?? [])
  return new Set([...names, ...(status?.uncleaned ?? [])])
}

/** Made by this Application, or by Kurator for it. */
function isOwn(application: Application, { metadata }: KubernetesObject): boolean {
  const owner = metadata?.ownerReferences?.find(reference => reference.kind === Application.kind)
  if (owner) return owner.uid === application.metadata.uid
  return metadata?.labels?.[applicationLabel] === applicationLabelOf(application)
}

function sourceKey({ spec, metadata }: Application): string {
  const { gitRepository, helmRepository } = spec.source
  const { kind } = gitRepository ? GitRepository : helmRepository ? HelmRepository : OCIRepository
  return `${kind} ${metadata.name}`
}

function ownerUidsOf({ metadata }: KubernetesObject): readonly string[] {
  return (metadata?.ownerReferences ?? []).map(({ uid }) => uid)
}

/** A member became reachable or went away, or its labels (which selectors go by) changed. */
function readyChanged(event: {
  readonly type: string
  readonly object: KubernetesObject
  readonly previous?: KubernetesObject
}): boolean {
  const readyOf = (object: KubernetesObject | undefined) => (object as AttachedCluster | undefined)?.status?.ready // the informer's type
  return (
    event.type !== 'updated' ||
    readyOf(event.object) !== readyOf(event.previous) ||
    JSON.stringify(event.object.metadata?.labels) !== JSON.stringify(event.previous?.metadata?.labels)
  )
}

function findingOf(
  canaryName: string,
  canary: NonNullable<SyncFinding['rollout']>['canary'],
): NonNullable<SyncFinding['rollout']> {
  return { canaryName, ...(canary ? { canary } : {}) }
}

function problemOf(error: unknown): { reason: string; message: string; unreachable: boolean } {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof RolloutWaitsError || error instanceof DestinationError)
    return { reason: error.reason, message, unreachable: false }
  return { reason: 'MemberUnreachable', message, unreachable: true }
}

function keyOf(application: Application): string {
  return `${application.metadata.namespace}/${application.metadata.name}`
}
