/** Connections to members. */
import { AttachedCluster } from '../../src/api/cluster/v1alpha1.ts'
import { Secret } from '../../src/api/core/core-v1.ts'
import type { Client } from '../../src/runtime/client.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { silentLogger } from '../../src/runtime/log.ts'
import { newRemoteClusters, type RemoteClusters } from '../../src/runtime/remote-clusters.ts'

interface Ref {
  readonly namespace: string
  readonly name: string
}

/** None yet; whoever makes it closes it. */
export function newTestClusters(more: { readonly requestTimeoutMs?: number } = {}): RemoteClusters {
  const deps = { clock: systemClock, random: Math.random, log: silentLogger }
  return newRemoteClusters({ ...deps, userAgent: 'serin-tests', ...more })
}

/** Makes the Secret with a member's kubeconfig (YAML). */
export async function createKubeconfig(client: Client, ref: Ref, kubeconfig: string, key = 'value'): Promise<void> {
  const data = { [key]: Buffer.from(kubeconfig).toString('base64') }
  await client.create(Secret, { apiVersion: 'v1', kind: 'Secret', metadata: ref, data })
}

/** Attaches a member under a name, with its kubeconfig (YAML) in a Secret of that name. */
export async function attachMember(client: Client, ref: Ref, kubeconfig: string): Promise<void> {
  await createKubeconfig(client, ref, kubeconfig)
  await client.create(AttachedCluster, {
    apiVersion: 'cluster.kurator.dev/v1alpha1',
    kind: 'AttachedCluster',
    metadata: ref,
    spec: { kubeconfig: { name: ref.name, key: 'value' } },
  })
}
