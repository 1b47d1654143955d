/** AttachedClusters: whether a member can be reached with its kubeconfig, since when, and what version it runs. */
import { AttachedCluster } from '../../api/cluster/v1alpha1.ts'
import { Secret } from '../../api/core/core-v1.ts'
import { patchStatus } from '../../runtime/apply.ts'
import type { Random } from '../../runtime/backoff.ts'
import { type Client, isNotFound } from '../../runtime/client.ts'
import type { Clock } from '../../runtime/clock.ts'
import { type Controller, newController, watchSource } from '../../runtime/controller.ts'
import type { EventRecorder } from '../../runtime/events.ts'
import type { InformerSet } from '../../runtime/informer-set.ts'
import { KubeConfigError } from '../../runtime/kubeconfig.ts'
import type { Logger } from '../../runtime/log.ts'
import type { MetricRegistry } from '../../runtime/metrics.ts'
import { generationChanged } from '../../runtime/predicates.ts'
import type { RemoteClusters } from '../../runtime/remote-clusters.ts'
import { type Finding, statusFrom } from './plan.ts'

/** What the controller needs. */
export interface AttachedClusterDeps {
  readonly client: Client
  readonly informers: InformerSet
  readonly clusters: RemoteClusters
  readonly events: EventRecorder
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly metrics?: MetricRegistry
}

// A member that went away shows up within this time; one that came back sooner.
const probeEveryMs = 10_000
const retryUnreachableMs = 3_000

/** Makes the controller. */
export function newAttachedClusterController(deps: AttachedClusterDeps): Controller {
  const { client, informers, clusters, events, clock } = deps
  const attached = informers.informer(AttachedCluster)

  async function probe(cluster: AttachedCluster, key: string, signal: AbortSignal): Promise<Finding> {
    const { namespace } = cluster.metadata
    // Admission asks for it; an object from before it may lack it.
    const { name = '', key: entry = 'value' } = cluster.spec.kubeconfig ?? {}
    try {
      const secret = await client.fetch(Secret, { namespace, name }, { signal })
      const encoded = secret.data?.[entry]
      if (encoded === undefined) return { kind: 'noKey', secret: name, entry }
      const kubeconfig = Buffer.from(encoded, 'base64').toString('utf8')
      const member = clusters.connect(key, kubeconfig)
      const version = (await member.client.request('GET', '/version', { signal })) as { gitVersion?: string } // /version is what it is
      return { kind: 'reached', version: version.gitVersion ?? 'unknown' }
    } catch (error) {
      if (isNotFound(error)) return { kind: 'noSecret', secret: name }
      if (error instanceof KubeConfigError) return { kind: 'badKubeconfig', message: error.message }
      return { kind: 'unreachable', message: error instanceof Error ? error.message : String(error) }
    }
  }

  return newController({
    ...deps,
    reconciler: {
      name: 'attachedcluster',
      async reconcile({ key }, signal) {
        const cluster = attached.get(key)
        if (!cluster || cluster.metadata.deletionTimestamp) {
          clusters.disconnect(key)
          return {}
        }
        const finding = await probe(cluster, key, signal)
        if (signal.aborted) return {}
        // Without its kubeconfig nobody may go on using it.
        if (finding.kind === 'noSecret' || finding.kind === 'noKey') clusters.disconnect(key)
        const status = statusFrom(cluster, finding, clock.now())
        const { outcome } = await patchStatus(client, AttachedCluster, cluster, status, { signal })
        const condition = status.conditions?.[0]
        if (outcome === 'changed' && condition && cluster.status?.ready !== status.ready) {
          const { reason, message } = condition
          events.record(cluster, { type: status.ready ? 'Normal' : 'Warning', reason, message })
        }
        return { requeueAfterMs: status.ready ? probeEveryMs : retryUnreachableMs }
      },
    },
    sources: [watchSource(attached, { predicates: [generationChanged] })],
    concurrency: 10,
  })
}
