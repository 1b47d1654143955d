/** The state that the page shows, from the caches of the host and its members. */
import { Application } from '../api/apps/v1alpha1.ts'
import { AttachedCluster } from '../api/cluster/v1alpha1.ts'
import { Canary } from '../api/flagger/v1beta1.ts'
import { Fleet } from '../api/fleet/v1alpha1.ts'
import type { KubernetesObject } from '../apimachinery/meta.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Informer } from '../runtime/informer.ts'
import type { DashboardCluster } from './clusters.ts'
import { newRolloutHistory, type RolloutHistory } from './history.ts'
import { applicationItem, fleetItem, newOwnerLookup } from './host-items.ts'
import { rolloutId, rolloutItem } from './rollout-item.ts'
import type { ClusterItem, Item } from './wire.ts'

/** The state, made anew at each look. */
export interface ReadModel {
  items(): readonly Item[]
  canary(cluster: string, namespace: string, name: string): Canary | undefined
  /** The traffic provider that a Fleet has chosen for its member of that name; undefined where none has. */
  fleetProvider(cluster: string): string | undefined
  readonly history: Pick<RolloutHistory, 'of'>
  /** Calls `listener` at every change, often many times in a row. */
  onChange(listener: () => void): void
  close(): void
}

/** Follows the clusters, the first of which is the host. A host without members is its own member. */
export function newReadModel(clusters: readonly DashboardCluster[], clock: Clock): ReadModel {
  const [host, ...others] = clusters
  if (!host) throw new Error('a dashboard needs a cluster to look at')
  const members = others.length > 0 ? others : [host]
  const applications = host.informers.informer(Application)
  const fleets = host.informers.informer(Fleet)
  const attached = host.informers.informer(AttachedCluster)
  const canaries = new Map(members.map(member => [member.name, member.informers.informer(Canary)]))
  const history = newRolloutHistory()
  const listeners = new Set<() => void>()
  const changed = () => {
    for (const listener of listeners) listener()
  }
  const follow = (informer: Informer<KubernetesObject>) =>
    informer.addHandler({ added: changed, updated: changed, deleted: changed })
  const remember = (cluster: string, { metadata, status }: Canary) => {
    const id = rolloutId(cluster, metadata.namespace ?? '', metadata.name ?? '')
    history.add(id, {
      at: clock.now().toISOString(),
      phase: status?.phase ?? '',
      weight: status?.canaryWeight ?? 0,
    })
    changed()
  }
  const stops = [applications, fleets, attached]
    .map(informer => follow(informer as unknown as Informer<KubernetesObject>)) // handlers that look at no object
    .concat(
      [...canaries].map(([cluster, informer]) =>
        informer.addHandler({
          added: canary => remember(cluster, canary),
          updated: (_, canary) => remember(cluster, canary),
          deleted({ metadata }) {
            history.forget(rolloutId(cluster, metadata.namespace ?? '', metadata.name ?? ''))
            changed()
          },
        }),
      ),
    )
  const informersOf = (cluster: DashboardCluster): readonly Pick<Informer<Canary>, 'hasSynced' | 'problem'>[] => [
    ...(cluster === host ? [applications, fleets, attached] : []),
    ...[canaries.get(cluster.name)].filter(informer => informer !== undefined),
  ]
  const clusterItem = (cluster: DashboardCluster): ClusterItem => {
    const informers = informersOf(cluster)
    const problem = informers.map(informer => informer.problem()?.message).find(Boolean)
    return {
      type: 'cluster',
      id: `cluster/${cluster.name}`,
      name: cluster.name,
      role: cluster === host ? 'host' : 'member',
      server: cluster.client.server,
      synced: informers.every(informer => informer.hasSynced()),
      ...(problem ? { problem } : {}),
      hasMetrics: cluster.prometheusUrl !== undefined,
    }
  }
  return {
    history,
    items() {
      const all = applications.list()
      const ownerOf = newOwnerLookup(all)
      return [
        ...clusters.map(clusterItem),
        ...fleets
          .list()
          .map(fleet => fleetItem(fleet, name => attached.get({ namespace: fleet.metadata.namespace, name }))),
        ...all.map(applicationItem),
        ...[...canaries].flatMap(([cluster, informer]) =>
          informer.list().map(canary => rolloutItem(cluster, canary, ownerOf(canary))),
        ),
      ]
    },
    canary: (cluster, namespace, name) => canaries.get(cluster)?.get({ namespace, name }),
    fleetProvider: cluster =>
      fleets.list().find(({ spec }) => spec?.plugin?.flagger && spec.clusters?.some(({ name }) => name === cluster))
        ?.spec?.plugin?.flagger?.trafficRoutingProvider,
    onChange: listener => void listeners.add(listener),
    close() {
      for (const stop of stops) stop()
    },
  }
}
