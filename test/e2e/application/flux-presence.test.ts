import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { AttachedCluster } from '../../../src/api/cluster/v1alpha1.ts'
import { Deployment } from '../../../src/api/core/apps-v1.ts'
import { Lease } from '../../../src/api/core/coordination-v1.ts'
import { Namespace } from '../../../src/api/core/core-v1.ts'
import { Kustomization } from '../../../src/api/kustomize/v1.ts'
import { OCIRepository } from '../../../src/api/source/v1.ts'
import { toMicroTimestamp } from '../../../src/apimachinery/time.ts'
import { startHost } from '../../../src/manager/host.ts'
import type { Host } from '../../../src/manager/host-options.ts'
import { systemClock } from '../../../src/runtime/clock.ts'
import { silentLogger } from '../../../src/runtime/log.ts'
import { newRemoteClusters } from '../../../src/runtime/remote-clusters.ts'
import { startTestCluster, type TestCluster } from '../../support/cluster.ts'
import { eventually } from '../../support/eventually.ts'

const waitMs = 30_000
const leaseRef = { namespace: 'flux-system', name: 'kustomize-controller-leader-election' }

describe('a host where Flux may run', { timeout: 180_000 }, () => {
  let cluster: TestCluster
  let host: Host
  let close: () => Promise<void>
  let count = 0

  before(async () => {
    cluster = await startTestCluster({ crds: true })
    await cluster.client.create(Namespace, { metadata: { name: 'flux-system' } })
    const folder = await mkdtemp(path.join(tmpdir(), 'serin-flux-'))
    const shared = { clock: systemClock, random: Math.random, log: silentLogger }
    const clusters = newRemoteClusters({ ...shared, userAgent: 'serin-tests' })
    await cluster.client.create(Lease, lease())
    host = await startHost({
      ...shared,
      client: cluster.client,
      clusters,
      engines: { ensure: async () => ({ engine: 'agent', ready: true }), remove: async () => {} },
      artifactsFolder: folder,
    })
    close = async () => {
      await host.close()
      await clusters.close()
      await cluster.close()
      await rm(folder, { recursive: true, force: true })
    }
  })
  after(() => close?.())

  const lease = (): Lease => ({
    metadata: leaseRef,
    spec: { holderIdentity: 'flux', leaseDurationSeconds: 3_600, renewTime: toMicroTimestamp(new Date()) },
  })

  /** A source and a Kustomization: whoever looks after them puts Flux's finalizer on them first. */
  async function newPair() {
    const ref = { namespace: 'default', name: `pair-${++count}` }
    const spec = { sourceRef: { kind: 'OCIRepository' as const, name: ref.name }, interval: '10m', prune: true }
    const kustomize = 'kustomize.toolkit.fluxcd.io/v1'
    await cluster.client.create(Kustomization, { apiVersion: kustomize, kind: 'Kustomization', metadata: ref, spec })
    await cluster.client.create(OCIRepository, {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'OCIRepository',
      metadata: ref,
      spec: { url: 'oci://127.0.0.1:1/none', interval: '10m' },
    })
    return ref
  }
  const isLookedAfter = async (
    type: typeof Kustomization | typeof OCIRepository,
    ref: { namespace: string; name: string },
  ) => ((await cluster.client.fetch(type as typeof Kustomization, ref)).metadata?.finalizers ?? []).length > 0

  /** The host has dealt with what was made after everything else. */
  async function hostHasWorked() {
    const ref = { namespace: 'default', name: `sentinel-${++count}` }
    await cluster.client.create(AttachedCluster, {
      apiVersion: 'cluster.kurator.dev/v1alpha1',
      kind: 'AttachedCluster',
      metadata: ref,
      spec: { kubeconfig: { name: 'none', key: 'value' } },
    })
    await eventually(
      'the sentinel is seen',
      async () =>
        (await cluster.client.fetch(AttachedCluster, ref)).status?.conditions?.[0]?.reason === 'SecretNotFound',
      waitMs,
    )
  }

  it("leaves Kustomizations to Flux's controller while its Lease is held, and sources to the built-in one", async () => {
    const ref = await newPair()
    await eventually('the source is looked after', () => isLookedAfter(OCIRepository, ref), waitMs)
    await hostHasWorked()
    assert.equal(await isLookedAfter(Kustomization, ref), false)
  })

  it('takes them over when Flux has gone', async () => {
    await cluster.client.delete(Lease, leaseRef)
    const ref = { namespace: 'default', name: 'pair-1' }
    await eventually('the Kustomization is looked after', () => isLookedAfter(Kustomization, ref), waitMs)
  })

  it('hands all over when Flux comes back, and takes them again when it has gone for good', async () => {
    await cluster.client.create(Lease, lease())
    const deployment = { namespace: 'flux-system', name: 'source-controller' }
    const labels = { app: 'source-controller', 'app.kubernetes.io/part-of': 'flux' }
    await cluster.client.create(Deployment, {
      metadata: { ...deployment, labels },
      spec: {
        selector: { matchLabels: { app: 'source-controller' } },
        template: { metadata: { labels }, spec: { containers: [{ name: 'manager', image: 'flux' }] } },
      },
    })
    const status = { readyReplicas: 1, replicas: 1 }
    await cluster.client.patch(Deployment, deployment, { type: 'merge', body: { status } }, { subresource: 'status' })
    const untouched = await eventually(
      'nobody looks after what is new',
      async () => {
        const ref = await newPair()
        const probe = await newPair()
        // Whoever still worked would have seen the first of the two by the time at which the second was there.
        const taken = await Promise.all(
          [ref, probe].flatMap(each => [isLookedAfter(Kustomization, each), isLookedAfter(OCIRepository, each)]),
        )
        return taken.some(Boolean) ? undefined : ref
      },
      waitMs,
    )
    await hostHasWorked()
    assert.equal(await isLookedAfter(Kustomization, untouched), false)
    assert.equal(await isLookedAfter(OCIRepository, untouched), false)
    await cluster.client.delete(Lease, leaseRef)
    await cluster.client.delete(Deployment, deployment)
    await eventually('the Kustomization is looked after', () => isLookedAfter(Kustomization, untouched), waitMs)
    await eventually('the source is looked after', () => isLookedAfter(OCIRepository, untouched), waitMs)
  })
})
