import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { AttachedCluster } from '../../../src/api/cluster/v1alpha1.ts'
import { Secret } from '../../../src/api/core/core-v1.ts'
import { newAttachedClusterController } from '../../../src/controllers/attachedcluster/controller.ts'
import { systemClock } from '../../../src/runtime/clock.ts'
import { newEventRecorder } from '../../../src/runtime/events.ts'
import { newInformerSet } from '../../../src/runtime/informer-set.ts'
import { silentLogger } from '../../../src/runtime/log.ts'
import type { RemoteClusters } from '../../../src/runtime/remote-clusters.ts'
import { startTestCluster, type TestCluster } from '../../support/cluster.ts'
import { newTestClusters } from '../../support/clusters.ts'
import { eventually } from '../../support/eventually.ts'

const ref = { namespace: 'default', name: 'far' }
const withinMs = 30_000

describe('the connection to an attached cluster', { timeout: 120_000 }, () => {
  let host: TestCluster
  let clusters: RemoteClusters
  let stop: () => Promise<void>

  before(async () => {
    host = await startTestCluster({ crds: true })
    const shared = { clock: systemClock, random: Math.random, log: silentLogger }
    const client = host.newClient()
    clusters = newTestClusters()
    const informers = newInformerSet({ client, ...shared })
    const events = newEventRecorder({ client, ...shared, component: 'serin-manager' })
    const controller = newAttachedClusterController({ ...shared, client, informers, clusters, events })
    const ending = new AbortController()
    const running = [informers.run(ending.signal), controller.run(ending.signal)]
    stop = async () => {
      ending.abort(new Error('the test is over'))
      await Promise.allSettled(running)
      await events.close()
      await clusters.close()
    }
  })
  after(async () => {
    await stop?.()
    await host?.close()
  })

  const hasReason = (reason: string) =>
    eventually(
      `the condition says ${reason}`,
      async () => (await host.client.fetch(AttachedCluster, ref)).status?.conditions?.[0]?.reason === reason,
      withinMs,
    )
  const useKey = (key: string) =>
    host.client.patch(AttachedCluster, ref, { type: 'merge', body: { spec: { kubeconfig: { key } } } })

  it('is there for all who use the member while its Secret has its kubeconfig, and no longer', async () => {
    // The host serves as its own member.
    const value = Buffer.from(host.api.kubeconfig).toString('base64')
    await host.client.create(Secret, { metadata: ref, data: { value } })
    await host.client.create(AttachedCluster, {
      apiVersion: 'cluster.kurator.dev/v1alpha1',
      kind: 'AttachedCluster',
      metadata: ref,
      spec: { kubeconfig: { name: 'far', key: 'value' } },
    })
    await hasReason('Connected')
    assert.ok(clusters.connected('default/far'))
    await useKey('other')
    await hasReason('KeyNotFound')
    assert.equal(clusters.connected('default/far'), undefined)
    await useKey('value')
    await hasReason('Connected')
    assert.ok(clusters.connected('default/far'))
  })
})
