/** The clusters of an Application's policies, and connections to them. */

import type { Application, SyncPolicy } from '../../api/apps/v1alpha1.ts'
import { AttachedCluster, Cluster } from '../../api/cluster/v1alpha1.ts'
import { Secret } from '../../api/core/core-v1.ts'
import { Fleet } from '../../api/fleet/v1alpha1.ts'
import { selectsLabels } from '../../apimachinery/labels.ts'
import type { Client } from '../../runtime/client.ts'
import type { InformerSet } from '../../runtime/informer-set.ts'
import type { RemoteCluster, RemoteClusters } from '../../runtime/remote-clusters.ts'
import type { PolicyTargets } from './host-plan.ts'
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
  targetsOf(application: Application, policy: SyncPolicy, signal: AbortSignal): Promise<readonly Target[]>
  /** The traffic provider that the policy's Fleet is set up for; undefined without a Fleet or its plugin. */
  fleetProvider(application: Application, policy: SyncPolicy): string | undefined
  /** The cluster itself. Throws where its kubeconfig cannot be read. */
  connect(namespace: string, target: Target, signal: AbortSignal): Promise<RemoteCluster>
  /** All attached clusters of a namespace, members of a fleet or not. */
  attached(namespace: string): readonly Target[]
}

/** Every policy with the clusters that it goes to. @throws DestinationError */
export async function fetchPolicyTargets(
  members: Members,
  application: Application,
  signal: AbortSignal,
): Promise<readonly PolicyTargets[]> {
  const policies: PolicyTargets[] = []
  for (const [index, policy] of application.spec.syncPolicies.entries()) {
    const fleetProvider = members.fleetProvider(application, policy)
    const targets = await members.targetsOf(application, policy, signal)
    policies.push({ index, policy, targets, ...(fleetProvider ? { fleetProvider } : {}) })
  }
  return policies
}

/** Makes it, over the host's informers. */
export function newMembers(deps: {
  readonly client: Client
  readonly informers: InformerSet
  readonly clusters: RemoteClusters
  readonly hostWorkloads?: boolean
}): Members {
  const { client, informers, clusters, hostWorkloads = true } = deps
  const fleets = informers.informer(Fleet)
  const attachedClusters = informers.informer(AttachedCluster)
  const attached = (namespace: string) => attachedClusters.list(namespace).map(targetOf)

  type Member = { readonly labels: Readonly<Record<string, string>> | undefined } & (
    | { readonly target: Target }
    | { readonly problem: string }
  )

  /** Kurator's Clusters are asked for each time: their kind need not be there, so they cannot be followed. */
  async function memberOf(
    kind: string,
    ref: { readonly namespace: string; readonly name: string },
    signal: AbortSignal,
  ): Promise<Member | undefined> {
    if (kind === 'AttachedCluster') {
      const attached = attachedClusters.get(ref)
      return attached && { labels: attached.metadata.labels, target: targetOf(attached) }
    }
    const cluster = await client.fetchIfExists(Cluster, ref, { signal })
    if (!cluster) return undefined
    const { labels } = cluster.metadata ?? {}
    const { phase = 'Provisioning', kubeconfigSecretRef: secret } = cluster.status ?? {}
    if (!secret) return { labels, problem: `it is ${phase}` }
    return { labels, target: { kind: 'Cluster', name: ref.name, kubeConfig: { name: secret, key: 'value' } } }
  }

  return {
    async targetsOf(application, policy, signal) {
      const destination = policy.destination ?? application.spec.destination
      if (!destination?.fleet) {
        if (hostWorkloads) return [hostTarget]
        throw new DestinationError('HostNotServed', 'no fleet is named, and the host itself takes no workloads here')
      }
      const namespace = application.metadata.namespace ?? ''
      const fleet = fleets.get({ namespace, name: destination.fleet })
      if (!fleet)
        throw new DestinationError(
          'FleetNotFound',
          `there is no Fleet ${JSON.stringify(destination.fleet)} in ${namespace}`,
        )
      const wanted = destination.clusterSelector
      const targets: Target[] = []
      for (const { kind, name = '' } of fleet.spec?.clusters ?? []) {
        const member = await memberOf(kind || 'Cluster', { namespace, name }, signal)
        if (!member)
          throw new DestinationError(
            'ClusterNotFound',
            `the Fleet ${destination.fleet} names ${name}, but there is no such ${kind || 'Cluster'}`,
          )
        if (wanted && !selectsLabels(wanted, member.labels)) continue
        if ('target' in member) targets.push(member.target)
        else
          throw new DestinationError(
            'ClusterNotReady',
            `the Cluster ${name} of the Fleet ${destination.fleet} has no kubeconfig yet: ${member.problem}`,
          )
      }
      return targets
    },
    fleetProvider(application, policy) {
      const name = (policy.destination ?? application.spec.destination)?.fleet
      const fleet = name ? fleets.get({ namespace: application.metadata.namespace ?? '', name }) : undefined
      return fleet?.spec?.plugin?.flagger?.trafficRoutingProvider
    },
    async connect(namespace, target, signal) {
      if (!target.kubeConfig) return { client, informers }
      // Whoever probes an AttachedCluster keeps its connection that of its Secret: nothing has to be read again here.
      const connected = target.kind === 'AttachedCluster' && clusters.connected(connectionKey(namespace, target))
      if (connected) return connected
      const { name, key } = target.kubeConfig
      const secret = await client.fetch(Secret, { namespace, name }, { signal })
      const encoded = secret.data?.[key]
      if (encoded === undefined) throw new DestinationError('KeyNotFound', `the Secret ${name} has no key ${key}`)
      return clusters.connect(connectionKey(namespace, target), Buffer.from(encoded, 'base64').toString('utf8'))
    },
    attached,
  }
}

function targetOf(cluster: AttachedCluster): Target {
  const { name = '', key = 'value' } = cluster.spec.kubeconfig ?? {}
  return { kind: 'AttachedCluster', name: cluster.metadata.name ?? '', kubeConfig: { name, key } }
}

/** The same as that of the controllers of fleets and members, so that a member has one connection. */
function connectionKey(namespace: string, { kind, name }: Target): string {
  return kind === 'Cluster' ? `${namespace}/cluster/${name}` : `${namespace}/${name}`
}
