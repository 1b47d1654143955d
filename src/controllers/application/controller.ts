/** Applications: from a source and a fleet to syncs in the host and rollouts in the members. */

import { Application, type Rollout } from '../../api/apps/v1alpha1.ts'
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
import { hostTypes, type PolicyTargets, planHost, type WantedObject } from './host-plan.ts'
import { newMemberExecutor, RolloutWaitsError } from './member-execute.ts'
import { newMemberViews } from './member-views.ts'
import { DestinationError, newMembers } from './members.ts'
import {
  applicationFieldManager,
  applicationFinalizer,
  applicationLabel,
  forceDeleteAnnotation,
  generatedName,
  hostTarget,
  policyName,
  type Target,
  workloadNamespace,
} from './names.ts'
import { applicationStatus, type SyncFinding } from './status-plan.ts'

/** What the controller needs. */
export interface ApplicationDeps {
  readonly client: Client
  readonly informers: InformerSet
  readonly clusters: RemoteClusters
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

/** Makes the controller. */
export function newApplicationController(deps: ApplicationDeps): Controller {
  const { client, informers, events, clock, log } = deps
  const applications = informers.informer(Application)
  const members = newMembers(deps)
  const applier = newApplier({ client, fieldManager })
  const executor = newMemberExecutor()
  const views = newMemberViews(
    key => controller.enqueue(key),
    () => {
      for (const application of applications.list()) controller.enqueue(keyOf(application))
    },
  )

  async function reconcile({ key }: { readonly key: string }, signal: AbortSignal): Promise<Result> {
    const application = applications.get(key)
    if (!application) return {}
    if (application.metadata.deletionTimestamp) return remove(application, signal)
    await addFinalizer(client, Application, application, applicationFinalizer, signal)
    const plan = planTargets(application)
    if ('problem' in plan) {
      await writeStatus(application, [], plan.problem, signal)
      return {}
    }
    await applyHost(application, planHost(application, plan.policies), signal)
    const rollouts = await applyMembers(application, plan.policies, signal)
    await writeStatus(application, findings(application, plan.policies, rollouts), undefined, signal)
    const unreachable = [...rollouts.values()].some(rollout => rollout.problem?.unreachable)
    return unreachable ? { requeueAfterMs: retryMemberMs } : {}
  }

  function planTargets(
    application: Application,
  ): { policies: PolicyTargets[] } | { problem: { reason: string; message: string } } {
    try {
      const policies = application.spec.syncPolicies.map((policy, index) => ({
        index,
        policy,
        targets: members.targetsOf(application, policy),
      }))
      return { policies }
    } catch (error) {
      if (error instanceof DestinationError) return { problem: { reason: error.reason, message: error.message } }
      throw error
    }
  }

  /** Writes what differs, then deletes what the Application had made and wants no more. */
  async function applyHost(
    application: Application,
    wanted: readonly WantedObject[],
    signal: AbortSignal,
  ): Promise<void> {
    for (const { type, object } of wanted) {
      const { namespace, name = '' } = object.metadata ?? {}
      const current = informers.informer(type).get({ namespace, name })
      const owner = current?.metadata?.ownerReferences?.find(reference => reference.kind === Application.kind)
      if (current && owner && owner.uid !== application.metadata.uid) {
        const message = `${type.kind} ${name} belongs to the Application ${owner.name}; it is left alone`
        events.record(application, { type: 'Warning', reason: 'NameTaken', message })
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
  }

  function ownedBy(application: Application, type: ResourceType): readonly KubernetesObject[] {
    return informers
      .informer(type)
      .list(application.metadata.namespace)
      .filter(
        object =>
          !object.metadata?.deletionTimestamp &&
          object.metadata?.ownerReferences?.some(reference => reference.uid === application.metadata.uid),
      )
  }

  async function discard(type: ResourceType, object: KubernetesObject, signal: AbortSignal): Promise<void> {
    const { namespace, name = '' } = object.metadata ?? {}
    await client.delete(type, { namespace, name }, { signal }).catch(error => {
      if (!isNotFound(error)) throw error
    })
  }

  type RolloutFinding = NonNullable<SyncFinding['rollout']>

  /** Every member by itself: one that is away or refuses does not keep the others waiting. */
  async function applyMembers(
    application: Application,
    policies: readonly PolicyTargets[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, RolloutFinding>> {
    const byTarget = new Map<
      string,
      { target: Target; rollouts: { name: string; policyName: string; rollout: Rollout }[] }
    >()
    for (const { index, policy, targets } of policies) {
      for (const target of targets) {
        if (!policy.rollout) continue
        const entry = byTarget.get(target.name) ?? { target, rollouts: [] }
        const ofPolicy = policyName(application, index)
        entry.rollouts.push({ name: generatedName(ofPolicy, target), policyName: ofPolicy, rollout: policy.rollout })
        byTarget.set(target.name, entry)
      }
    }
    // A member that lost its last rollout, or that left the fleet, has to be cleaned as well.
    for (const target of [...members.attached(application.metadata.namespace ?? ''), hostTarget]) {
      if (!byTarget.has(target.name)) byTarget.set(target.name, { target, rollouts: [] })
    }
    const found = new Map<string, RolloutFinding>()
    await Promise.all(
      [...byTarget.values()].map(async ({ target, rollouts }) => {
        const deadline = withDeadline(clock, memberTimeoutMs, signal)
        try {
          const view = await viewOf(application, target, deadline.signal)
          const wanted: WantedObject[] = []
          let complete = true
          for (const { name, policyName: ofPolicy, rollout } of rollouts) {
            const canaryName = rollout.workload.name
            const canary = () => view.canary(workloadNamespace(application, rollout), canaryName)
            try {
              wanted.push(
                ...(await executor.apply(
                  view,
                  { application, policyName: ofPolicy, rollout, target },
                  deadline.signal,
                )),
              )
              found.set(name, findingOf(canaryName, canary()))
            } catch (error) {
              complete = false
              found.set(name, { ...findingOf(canaryName, canary()), problem: problemOf(error) })
            }
          }
          // What a failed rollout wants is not known in full, so nothing is taken away then.
          if (complete) await executor.prune(view, application.metadata.uid ?? '', wanted, deadline.signal)
        } catch (error) {
          for (const { name, rollout } of rollouts) {
            found.set(name, { canaryName: rollout.workload.name, problem: { ...problemOf(error), unreachable: true } })
          }
        } finally {
          deadline.clear()
        }
      }),
    )
    return found
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
  ): SyncFinding[] {
    const namespace = application.metadata.namespace ?? ''
    return policies.flatMap(({ index, policy, targets }) =>
      targets.map(target => {
        const name = generatedName(policyName(application, index), target)
        const kustomization = policy.kustomization && informers.informer(Kustomization).get({ namespace, name })
        const helmRelease = policy.helm && informers.informer(HelmRelease).get({ namespace, name })
        const rollout = rollouts.get(name)
        return {
          name,
          clusterName: target.name,
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
    problem: { readonly reason: string; readonly message: string } | undefined,
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
      ...(problem ? { problem } : {}),
      now: clock.now(),
    })
    await patchStatus(client, Application, application, status, { signal, fieldManager })
  }

  /** Cleans the members, then lets go; the host's objects follow by their owner reference. */
  async function remove(application: Application, signal: AbortSignal): Promise<Result> {
    const namespace = application.metadata.namespace ?? ''
    const force = application.metadata.annotations?.[forceDeleteAnnotation] === 'true'
    const away: string[] = []
    await Promise.all(
      [...members.attached(namespace), hostTarget].map(async target => {
        const deadline = withDeadline(clock, memberTimeoutMs, signal)
        try {
          const view = await viewOf(application, target, deadline.signal)
          await executor.prune(view, application.metadata.uid ?? '', [], deadline.signal)
        } catch (error) {
          log.warn('member not cleaned', { application: keyOf(application), member: target.name, error })
          away.push(target.name)
        } finally {
          deadline.clear()
        }
      }),
    )
    if (away.length > 0 && !force) {
      const message = `waiting for ${away.join(', ')} to be cleaned; annotate with ${forceDeleteAnnotation}=true to give up on what is there`
      await writeStatus(application, [], { reason: 'MemberUnreachable', message }, signal)
      return { requeueAfterMs: retryMemberMs }
    }
    await removeFinalizer(client, Application, application, applicationFinalizer, signal)
    return {}
  }

  const byLabel = ({ object }: { readonly object: KubernetesObject }) => {
    const name = object.metadata?.labels?.[applicationLabel]
    return name ? [`${object.metadata?.namespace}/${name}`] : []
  }
  const allIn = ({ object }: { readonly object: KubernetesObject }) =>
    applications.list(object.metadata?.namespace).map(keyOf)
  const controller: Controller = newController({
    ...deps,
    reconciler: { name: 'application', reconcile },
    sources: [
      watchSource(applications, { predicates: [anyOf(generationChanged, annotationsChanged)] }),
      ...(hostTypes as readonly ResourceType[]).map(type => watchSource(informers.informer(type), { toKeys: byLabel })),
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
