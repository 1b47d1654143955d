/** Brings one rollout into one member, and takes what no rollout wants any more out of it. */
import { Namespace } from '../../api/core/core-v1.ts'
import { Ingress } from '../../api/core/networking-v1.ts'
import type { KubernetesObject } from '../../apimachinery/meta.ts'
import { controllerOf } from '../../apimachinery/owner-references.ts'
import { type Applier, newApplier } from '../../runtime/apply.ts'
import { isNotFound } from '../../runtime/client.ts'
import type { RemoteCluster } from '../../runtime/remote-clusters.ts'
import { canaryOf, type MemberRollout, metricTemplatesOf } from './canary.ts'
import type { WantedObject } from './host-plan.ts'
import { ingressOf } from './ingress.ts'
import { type MemberView, memberTypes } from './member-views.ts'
import { applicationFieldManager, ownerLabel, rolloutAnnotation, workloadNamespace } from './names.ts'
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

/** Writes to members. */
export interface MemberExecutor {
  /**
   * Prepares the namespace and writes what the rollout needs; gives what the member should have of it. Throws
   * {@link RolloutWaitsError} where the workload's Service is not there yet: what it could write is written then.
   */
  apply(view: MemberView, rollout: MemberRollout, signal: AbortSignal): Promise<readonly WantedObject[]>
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

  async function write(view: MemberView, { type, object }: WantedObject, signal: AbortSignal): Promise<void> {
    const { namespace, name } = object.metadata ?? {}
    const current = view
      .owned(type)
      .find(candidate => candidate.metadata?.namespace === namespace && candidate.metadata?.name === name)
    await applierOf(view.cluster).apply(type, object, { current, signal })
  }

  return {
    async apply(view, rollout, signal) {
      const namespace = workloadNamespace(rollout.application, rollout.rollout)
      await prepareNamespace(view, rollout, namespace, signal)
      const ingresses = ingressOf(rollout)
      for (const { object } of ingresses) await refuseForeign(view, object, signal)
      const first = [...testLoaderOf(rollout), ...metricTemplatesOf(rollout), ...ingresses]
      for (const wanted of first) await write(view, wanted, signal)
      const { serviceName } = rollout.rollout
      const service = view.service(namespace, serviceName)
      if (!service) {
        throw new RolloutWaitsError(
          'ServiceNotFound',
          `waiting for the Service ${namespace}/${serviceName}, which the sync has not brought yet`,
        )
      }
      const canary = canaryOf(rollout, service)
      await write(view, canary, signal)
      return [...first, canary]
    },
    async prune(view, uid, wanted, signal) {
      const keep = new Set(wanted.map(({ type, object }) => keyOf(type.kind, object)))
      for (const type of memberTypes) {
        for (const object of view.owned(type)) {
          const isOurs = object.metadata?.labels?.[ownerLabel] === uid
          // Copies that an engine makes of our objects carry our labels, and are the engine's.
          if (controllerOf(object)) continue
          if (!isOurs || keep.has(keyOf(type.kind, object)) || object.metadata?.deletionTimestamp) continue
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

/** A user's own Ingress of that name is left alone: what it leads to is not ours to change. */
async function refuseForeign(view: MemberView, { metadata }: KubernetesObject, signal: AbortSignal): Promise<void> {
  const { namespace, name = '' } = metadata ?? {}
  const isKnown = view
    .owned(Ingress)
    .some(({ metadata: known }) => known?.namespace === namespace && known?.name === name)
  if (isKnown) return
  const existing = await view.cluster.client.fetchIfExists(Ingress, { namespace, name }, { signal })
  if (!existing || existing.metadata?.labels?.[ownerLabel]) return
  throw new RolloutWaitsError(
    'IngressConflict',
    `the Ingress ${namespace}/${name} is somebody else's; the rollout makes one of that name: rename or delete it`,
  )
}

function keyOf(kind: string, object: KubernetesObject): string {
  return `${kind} ${object.metadata?.namespace}/${object.metadata?.name}`
}
