/** Brings one rollout into one member, and takes what no rollout wants any more out of it. */

import { workloadNamespace } from '../../api/apps/policy-names.ts'
import { Namespace } from '../../api/core/core-v1.ts'
import type { KubernetesObject } from '../../apimachinery/meta.ts'
import { controllerOf } from '../../apimachinery/owner-references.ts'
import { type Applier, newApplier } from '../../runtime/apply.ts'
import { isNotFound } from '../../runtime/client.ts'
import type { RemoteCluster } from '../../runtime/remote-clusters.ts'
import { canaryOf, type MemberRollout, metricTemplatesOf } from './canary.ts'
import type { WantedObject } from './host-plan.ts'
import { ingressOf } from './ingress.ts'
import { type MemberView, memberTypes } from './member-views.ts'
import { applicationFieldManager, ownerAnnotation, ownerLabel, publicLoaderOf, rolloutAnnotation } from './names.ts'
import { testLoaderOf } from './test-loader.ts'

/** The rollout cannot go on in this member yet. */
export class RolloutWaitsError extends Error {
  override readonly name = 'RolloutWaitsError'
  readonly reason: string

  constructor(reason: string, message: string) {
    super(message)
    this.reason = reason
  }
}

/** What a rollout has in a member. */
export interface AppliedRollout {
  readonly objects: readonly WantedObject[]
  /** What will not work, although all is written. */
  readonly warning?: { readonly reason: string; readonly message: string }
}

/** Writes to members. */
export interface MemberExecutor {
  /**
   * Prepares the namespace and writes what the rollout needs; gives what the member should have of it, and what will
   * not work all the same. Throws {@link RolloutWaitsError} where it cannot go on: what it could write is written then.
   */
  apply(view: MemberView, rollout: MemberRollout, signal: AbortSignal): Promise<AppliedRollout>
  /** Makes the namespace ready for the pods that will come; part of {@link apply}. */
  prepare(view: MemberView, rollout: MemberRollout, signal: AbortSignal): Promise<void>
  /** Removes what the Application with that uid made in the member, but for `wanted`. */
  prune(view: MemberView, uid: string, wanted: readonly WantedObject[], signal: AbortSignal): Promise<void>
}

const fieldManager = applicationFieldManager

/** Makes it. */
export function newMemberExecutor(): MemberExecutor {
  const appliers = new WeakMap<RemoteCluster['client'], Applier>()
  const applierOf = ({ client }: RemoteCluster): Applier => {
    const known = appliers.get(client)
    if (known) return known
    const made = newApplier({ client, fieldManager })
    appliers.set(client, made)
    return made
  }

  async function write(
    view: MemberView,
    rollout: MemberRollout,
    { type, object }: WantedObject,
    signal: AbortSignal,
  ): Promise<void> {
    const { namespace, name = '' } = object.metadata ?? {}
    const current = view.made(type, { namespace, name })
    // What is not known as an Application's may still be there, and somebody else's.
    const live = current ?? (await view.cluster.client.fetchIfExists(type, { namespace, name }, { signal }))
    if (live && !isOf(live, rollout)) {
      throw new RolloutWaitsError(
        'NameTaken',
        `there is a ${type.kind} ${namespace}/${name} that this Application did not make; it is left alone`,
      )
    }
    await applierOf(view.cluster).apply(type, object, { current, signal })
  }

  return {
    prepare: (view, rollout, signal) =>
      prepareNamespace(view, rollout, workloadNamespace(rollout.application, rollout.rollout), signal),
    async apply(view, rollout, signal) {
      const namespace = workloadNamespace(rollout.application, rollout.rollout)
      await prepareNamespace(view, rollout, namespace, signal)
      if (view.lacksCanaries()) {
        throw new RolloutWaitsError(
          'EngineMissing',
          "the cluster has no Canaries: the Fleet needs the plugin flagger, or the engine's kinds have to be installed",
        )
      }
      const first = [...testLoaderOf(rollout), ...metricTemplatesOf(rollout), ...ingressOf(rollout)]
      for (const wanted of first) await write(view, rollout, wanted, signal)
      const { serviceName } = rollout.rollout
      const service = view.service(namespace, serviceName)
      if (!service) {
        throw new RolloutWaitsError(
          'ServiceNotFound',
          `waiting for the Service ${namespace}/${serviceName}, which the sync has not brought yet`,
        )
      }
      const canary = canaryOf(rollout, service)
      await write(view, rollout, canary, signal)
      const warning = warningOf(view, rollout)
      return { objects: [...first, canary], ...(warning ? { warning } : {}) }
    },
    async prune(view, uid, wanted, signal) {
      const keep = new Set(wanted.map(({ type, object }) => keyOf(type.kind, object)))
      for (const type of memberTypes) {
        for (const object of view.owned(type, uid)) {
          // Copies that an engine makes of our objects carry our labels, and are the engine's.
          if (controllerOf(object)) continue
          if (keep.has(keyOf(type.kind, object)) || object.metadata?.deletionTimestamp) continue
          const { namespace, name = '', uid: objectUid } = object.metadata ?? {}
          await view.cluster.client
            .delete(type, { namespace, name }, { signal, ...(objectUid ? { preconditions: { uid: objectUid } } : {}) })
            .catch(error => {
              if (!isNotFound(error)) throw error
            })
        }
      }
    },
  }
}

/** Made by this Application, by one of its name before it, or by Kurator for this policy. */
function isOf({ metadata }: KubernetesObject, { application, policyName }: MemberRollout): boolean {
  const { labels = {}, annotations = {} } = metadata ?? {}
  if (labels[ownerLabel] === undefined) return annotations[rolloutAnnotation] === policyName
  const key = `${application.metadata.namespace}/${application.metadata.name}`
  return labels[ownerLabel] === application.metadata.uid || annotations[ownerAnnotation] === key
}

/** Load commands go to a Service that has to be there. */
function warningOf(view: MemberView, member: MemberRollout): AppliedRollout['warning'] {
  const { rollout, fleetProvider } = member
  const provider = rollout.trafficRoutingProvider
  if (fleetProvider !== undefined && fleetProvider !== provider) {
    const message = `the policy's trafficRoutingProvider is ${provider}, but the Fleet's plugin is set up for ${fleetProvider}`
    return { reason: 'ProviderMismatch', message }
  }
  const commands = rollout.rolloutPolicy.trafficAnalysis?.webhooks?.command ?? []
  if (rollout.testLoader || commands.length === 0) return undefined
  const { namespace, name } = publicLoaderOf(rollout, member.target)
  if (view.service(namespace, name)) return undefined
  const advice = 'set testLoader: true in the rollout, or publicTestloader: true in the plugin of the Fleet'
  return { reason: 'LoadTesterNotFound', message: `there is no load tester ${namespace}/${name}; ${advice}` }
}

/** Sidecars are injected by a mark on the namespace; pods that start before it have none, so it comes first. */
async function prepareNamespace(
  view: MemberView,
  { rollout, policyName }: MemberRollout,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const marks: Readonly<Record<string, { field: 'labels' | 'annotations'; key: string }>> = {
    istio: { field: 'labels', key: 'istio-injection' },
    kuma: { field: 'annotations', key: 'kuma.io/sidecar-injection' },
  }
  const mark = marks[rollout.trafficRoutingProvider]
  const current = view.namespace(name)
  if (!mark) {
    if (current) return
    throw new RolloutWaitsError(
      'NamespaceNotFound',
      `waiting for the namespace ${name}, which the sync has not brought yet`,
    )
  }
  const value = current?.metadata?.[mark.field]?.[mark.key]
  if (value === 'enabled') return
  if (value !== undefined) {
    throw new RolloutWaitsError(
      'InjectionConflict',
      `the namespace ${name} has ${mark.key}=${value}; the rollout needs enabled`,
    )
  }
  const metadata = { [mark.field]: { [mark.key]: 'enabled' } }
  if (current) {
    await view.cluster.client.patch(
      Namespace,
      { name },
      { type: 'merge', body: { metadata } },
      { signal, fieldManager },
    )
    return
  }
  const annotations = { ...metadata['annotations'], [rolloutAnnotation]: policyName }
  await view.cluster.client.create(
    Namespace,
    { metadata: { name, ...metadata, annotations } },
    { signal, fieldManager },
  )
}

function keyOf(kind: string, object: KubernetesObject): string {
  return `${kind} ${object.metadata?.namespace}/${object.metadata?.name}`
}
