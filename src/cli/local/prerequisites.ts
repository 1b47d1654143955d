/** What the guides expect to be there: members attached to the host, and a Fleet with the rollout plugin. */
import { AttachedCluster } from '../../api/cluster/v1alpha1.ts'
import { Secret } from '../../api/core/core-v1.ts'
import { Fleet } from '../../api/fleet/v1alpha1.ts'
import { findCondition } from '../../apimachinery/conditions.ts'
import type { LocalCluster } from '../../playground/local-cluster.ts'
import type { Client } from '../../runtime/client.ts'

/** The Fleet of the guides. */
export const fleetName = 'quickstart'
const namespace = 'default'
const options = { fieldManager: 'serin-up', force: true }

/** Applies Secrets, AttachedClusters and the Fleet. Idempotent. */
export async function applyPrerequisites(cluster: LocalCluster): Promise<void> {
  const { client } = cluster.host
  await Promise.all(
    cluster.members.map(async ({ name, api }) => {
      const key = `${name}.config`
      const data = { [key]: Buffer.from(api.kubeconfig).toString('base64') }
      await client.apply(Secret, { metadata: { name, namespace }, type: 'Opaque', data }, options)
      await client.apply(
        AttachedCluster,
        { metadata: { name, namespace }, spec: { kubeconfig: { name, key } } },
        options,
      )
    }),
  )
  await client.apply(
    Fleet,
    {
      metadata: { name: fleetName, namespace },
      spec: {
        clusters: cluster.members.map(({ name }) => ({ name, kind: 'AttachedCluster' })),
        plugin: { flagger: { trafficRoutingProvider: 'istio', publicTestloader: true } },
      },
    },
    options,
  )
}

/** Resolves when the Fleet's members are ready with their engines. Throws the signal's reason. */
export async function fleetReady(client: Client, members: number, signal: AbortSignal): Promise<void> {
  const watch = client.watch(Fleet, { namespace, fieldSelector: `metadata.name=${fleetName}`, signal })
  for await (const { type, object } of watch) {
    if (type === 'BOOKMARK' || type === 'DELETED') continue
    const ready = findCondition(object.status?.conditions, 'Ready')
    const isCurrent = object.status?.observedGeneration === object.metadata.generation
    if (isCurrent && ready?.status === 'True' && object.status?.members?.length === members) return
  }
  signal.throwIfAborted()
  throw new Error('the watch of the Fleet ended')
}
