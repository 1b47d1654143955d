/** What the controller watches in each member: what Applications made there, and the Services that rollouts wait for. */
import { Deployment } from '../../api/core/apps-v1.ts'
import { Namespace, Service } from '../../api/core/core-v1.ts'
import { Ingress } from '../../api/core/networking-v1.ts'
import { Canary, MetricTemplate } from '../../api/flagger/v1beta1.ts'
import type { KubernetesObject, ObjectRef, ResourceType } from '../../apimachinery/meta.ts'
import { ApiError, isNotFound } from '../../runtime/client.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Informer } from '../../runtime/informer.ts'
import type { RemoteCluster } from '../../runtime/remote-clusters.ts'
import { ownerAnnotation, ownerLabel } from './names.ts'

/** The types of which a rollout makes objects in a member, in the order in which they are removed. */
export const memberTypes = [Deployment, Service, MetricTemplate, Canary, Ingress] as const

/** One member, as far as Applications concern it. */
export interface MemberView {
  readonly cluster: RemoteCluster
  /** What the Application of that uid made. */
  owned(type: ResourceType, uid: string): readonly KubernetesObject[]
  /** An object that some Application made. */
  made<T extends KubernetesObject>(type: ResourceType<T>, ref: ObjectRef): T | undefined
  canary(namespace: string, name: string): Canary | undefined
  service(namespace: string, name: string): Service | undefined
  namespace(name: string): Namespace | undefined
  /** Whether the cluster does not know Canaries at all. */
  lacksCanaries(): boolean
  /**
   * Resolves when everything that is there is known; of a kind that the cluster does not serve there is nothing. Rejects
   * with the signal's reason, or with what the cluster forbids.
   */
  synced(signal: AbortSignal): Promise<void>
}

/** Views of all members that were asked for. */
export interface MemberViews {
  of(cluster: RemoteCluster): MemberView
}

// A problem of an informer is seen within this time.
const problemPollMs = 20

/**
 * `changed` hears the `namespace/name` of the Application that a changed object belongs to, `serviceAdded` of Services
 * that come, which some Application may wait for.
 */
export function newMemberViews(
  clock: Pick<Clock, 'sleep'>,
  changed: (application: string) => void,
  serviceAdded: (service: Service) => void,
): MemberViews {
  const views = new WeakMap<RemoteCluster['informers'], MemberView>()

  async function syncedOrAbsent(
    informer: Pick<Informer<KubernetesObject>, 'hasSynced' | 'problem'>,
    signal: AbortSignal,
  ): Promise<void> {
    while (!informer.hasSynced()) {
      const problem = informer.problem()
      if (isNotFound(problem)) return
      if (problem instanceof ApiError && problem.code === 403) throw problem
      await clock.sleep(problemPollMs, signal)
    }
  }

  function watch(cluster: RemoteCluster): MemberView {
    const { informers } = cluster
    const ours = { labelSelector: ownerLabel }
    const tell = (object: KubernetesObject) => {
      const application = object.metadata?.annotations?.[ownerAnnotation]
      if (application) changed(application)
    }
    const owned = new Map<ResourceType, Informer<KubernetesObject>>(
      // The map holds informers of several types; each is asked for by its own.
      memberTypes.map(type => [type, informers.informer(type as ResourceType, ours) as Informer<KubernetesObject>]),
    )
    for (const informer of owned.values()) {
      informer.addIndex('application', applicationOf)
      informer.addHandler({ added: tell, updated: (_, object) => tell(object), deleted: tell })
    }
    const canaries = informers.informer(Canary, ours)
    const services = informers.informer(Service)
    const namespaces = informers.informer(Namespace)
    services.addHandler({ added: (service, initial) => initial || serviceAdded(service) })
    return {
      cluster,
      owned: (type, uid) => owned.get(type)?.byIndex('application', uid) ?? [],
      // Under the type that it was put under.
      made: <T extends KubernetesObject>(type: ResourceType<T>, ref: ObjectRef) =>
        owned.get(type as ResourceType)?.get(ref) as T | undefined,
      canary: (namespace, name) => canaries.get({ namespace, name }),
      service: (namespace, name) => services.get({ namespace, name }),
      namespace: name => namespaces.get({ name }),
      lacksCanaries: () => isNotFound(canaries.problem()),
      async synced(signal) {
        await Promise.all([...owned.values(), services, namespaces].map(informer => syncedOrAbsent(informer, signal)))
      },
    }
  }

  return {
    of(cluster) {
      const known = views.get(cluster.informers)
      if (known) return known
      const view = watch(cluster)
      views.set(cluster.informers, view)
      return view
    },
  }
}

/** The uid of the Application that made it. */
function applicationOf({ metadata }: KubernetesObject): readonly string[] {
  const uid = metadata?.labels?.[ownerLabel]
  return uid === undefined ? [] : [uid]
}
