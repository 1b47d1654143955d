/** The clusters of an Application's policies, and connections to them. */

import type { Application, SyncPolicy } from '../../api/apps/v1alpha1.ts'
import { AttachedCluster } from '../../api/cluster/v1alpha1.ts'
import { Secret } from '../../api/core/core-v1.ts'
import { Fleet } from '../../api/fleet/v1alpha1.ts'
import { selectsLabels } from '../../apimachinery/labels.ts'
import type { Client } from '../../runtime/client.ts'
import type { InformerSet } from '../../runtime/informer-set.ts'
import type { RemoteCluster, RemoteClusters } from '../../runtime/remote-clusters.ts'
import { hostTarget, type Target } from './names.ts'

/** A policy's destination names something that is not there. */
export class DestinationError extends Error {
  override readonly name = 'DestinationError'
  readonly reason: string

  constructor(reason: string, message: string) {
    super(message)
    this.reason = reason
  }
}

/** Finds and connects members. */
export interface Members {
  /** Where the policy goes. Throws {@link DestinationError} where Fleet or members are not there. */
  targetsOf(application: Application, policy: SyncPolicy): readonly Target[]
  /** The cluster itself. Throws where its kubeconfig cannot be read. */
  connect(namespace: string, target: Target, signal: AbortSignal): Promise<RemoteCluster>
  /** All attached clusters of a namespace, members of a fleet or not. */
  attached(namespace: string): readonly Target[]
}

/** Makes it, over the host's informers. */
export function newMembers(deps: {
  readonly client: Client
  readonly informers: InformerSet
  readonly clusters: RemoteClusters
}): Members {
  const { client, informers, clusters } = deps
  const fleets = informers.informer(Fleet)
  const attachedClusters = informers.informer(AttachedCluster)

  return {
    targetsOf(application, policy) {
      const destination = policy.destination ?? application.spec.destination
      if (!destination?.fleet) return [hostTarget]
      const namespace = application.metadata.namespace ?? ''
      const fleet = fleets.get({ namespace, name: destination.fleet })
      if (!fleet)
        throw new DestinationError(
          'FleetNotFound',
          `there is no Fleet ${JSON.stringify(destination.fleet)} in ${namespace}`,
        )
      const wanted = destination.clusterSelector
      return (fleet.spec?.clusters ?? []).flatMap(({ kind, name = '' }) => {
        if (kind !== 'AttachedCluster') return []
        const cluster = attachedClusters.get({ namespace, name })
        if (!cluster)
          throw new DestinationError(
            'ClusterNotFound',
            `the Fleet ${destination.fleet} names ${name}, but there is no such AttachedCluster`,
          )
        return !wanted || selectsLabels(wanted, cluster.metadata.labels) ? [targetOf(cluster)] : []
      })
    },
    async connect(namespace, target, signal) {
      if (!target.kubeConfig) return { client, informers }
      const { name, key } = target.kubeConfig
      const secret = await client.fetch(Secret, { namespace, name }, { signal })
      const encoded = secret.data?.[key]
      if (encoded === undefined) throw new DestinationError('KeyNotFound', `the Secret ${name} has no key ${key}`)
      return clusters.connect(`${namespace}/${target.name}`, Buffer.from(encoded, 'base64').toString('utf8'))
    },
    attached: namespace => attachedClusters.list(namespace).map(targetOf),
  }
}

function targetOf(cluster: AttachedCluster): Target {
  const { name = '', key = 'value' } = cluster.spec.kubeconfig ?? {}
  return { kind: 'AttachedCluster', name: cluster.metadata.name ?? '', kubeConfig: { name, key } }
}
