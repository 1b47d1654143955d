import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { AttachedCluster } from '../../../src/api/cluster/v1alpha1.ts'
import { Deployment } from '../../../src/api/core/apps-v1.ts'
import { Lease } from '../../../src/api/core/coordination-v1.ts'
import { Namespace } from '../../../src/api/core/core-v1.ts'
import { HelmRelease } from '../../../src/api/helm/v2.ts'
import { Kustomization } from '../../../src/api/kustomize/v1.ts'
import { OCIRepository } from '../../../src/api/source/v1.ts'
import type { JsonObject, KubernetesObject, ResourceType } from '../../../src/apimachinery/meta.ts'
import { toMicroTimestamp } from '../../../src/apimachinery/time.ts'
import type { FluxController } from '../../../src/sync/flux-presence.ts'
import { startTestCluster, type TestCluster } from '../../support/cluster.ts'
import { eventually } from '../../support/eventually.ts'
import { startTestHost } from '../../support/host.ts'

const waitMs = 60_000
const fluxNamespace = 'flux-system'

interface Subject {
  readonly controller: FluxController
  readonly type: ResourceType
  readonly spec: JsonObject
}

/** A kind of each of Flux's controllers. Whoever looks after an object puts Flux's finalizer on it first. */
const source: Subject = {
  controller: 'source-controller',
  type: OCIRepository,
  spec: { url: 'oci://127.0.0.1:1/none', interval: '10m' },
}
const kustomization: Subject = {
  controller: 'kustomize-controller',
  type: Kustomization,
  spec: { sourceRef: { kind: 'OCIRepository', name: 'none' }, interval: '10m', prune: true },
}
const release: Subject = {
  controller: 'helm-controller',
  type: HelmRelease,
  spec: { chartRef: { kind: 'HelmChart', name: 'none' }, interval: '10m' },
}
const subjects = [source, kustomization, release]

describe('a host where Flux may run', { timeout: 300_000 }, () => {
  let cluster: TestCluster
  let close: () => Promise<void>
  let count = 0

  before(async () => {
    cluster = await startTestCluster({ crds: true })
    await cluster.client.create(Namespace, { metadata: { name: fluxNamespace } })
    for (const { controller } of subjects) await cluster.client.create(Lease, lease(controller))
    const host = await startTestHost(cluster.client)
    close = async () => {
      await host.close()
      await cluster.close()
    }
  })
  after(() => close?.())

  const leaseRef = (controller: FluxController) => ({
    namespace: fluxNamespace,
    name: `${controller}-leader-election`,
  })
  const lease = (controller: FluxController, seconds = 3_600): Lease => ({
    metadata: leaseRef(controller),
    spec: { holderIdentity: 'flux', leaseDurationSeconds: seconds, renewTime: toMicroTimestamp(new Date()) },
  })

  /** A new object of the kind, as it is before anybody has looked at it. */
  async function made({ type, spec }: Subject) {
    const metadata = { namespace: 'default', name: `object-${++count}` }
    const object = { apiVersion: `${type.group}/${type.version}`, kind: type.kind, metadata, spec }
    return cluster.client.create(type, object as KubernetesObject)
  }
  const now = ({ type }: Subject, { metadata }: KubernetesObject) =>
    cluster.client.fetch(type, { namespace: 'default', name: metadata?.name ?? '' })
  const isLookedAfter = async (subject: Subject, object: KubernetesObject) =>
    ((await now(subject, object)).metadata?.finalizers ?? []).length > 0
  const untilLookedAfter = (subject: Subject, object: KubernetesObject) =>
    eventually(`the ${subject.type.kind} is looked after`, () => isLookedAfter(subject, object), waitMs)

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

  it("leaves the objects of Flux's controllers alone while their Leases are held", async () => {
    const objects = await Promise.all(subjects.map(made))
    await hostHasWorked()
    const versions = await Promise.all(subjects.map((subject, i) => now(subject, objects[i] ?? {})))
    assert.deepEqual(
      versions.map(({ metadata }) => metadata?.resourceVersion),
      objects.map(({ metadata }) => metadata?.resourceVersion),
    )
  })

  it('takes over from one of them that lets its Lease go, and from no other', async () => {
    const objects = await Promise.all(subjects.map(made))
    const body = { spec: { holderIdentity: '' } }
    await cluster.client.patch(Lease, leaseRef('kustomize-controller'), { type: 'merge', body })
    await untilLookedAfter(kustomization, objects[1] ?? {})
    await hostHasWorked()
    assert.equal(await isLookedAfter(source, objects[0] ?? {}), false)
    assert.equal(await isLookedAfter(release, objects[2] ?? {}), false)
  })

  it('takes over from one that is there no more when its Lease has run out for twice its time, and not before', async () => {
    const seconds = 2
    for (const subject of [source, release]) {
      const object = await made(subject)
      const { spec } = lease(subject.controller, seconds)
      const renewedMs = Date.now()
      await cluster.client.patch(Lease, leaseRef(subject.controller), { type: 'merge', body: { spec } as never })
      await untilLookedAfter(subject, object)
      const afterMs = Date.now() - renewedMs
      assert.ok(afterMs >= 2 * seconds * 1000, `${subject.controller} was followed after ${afterMs} ms`)
    }
  })

  it('hands all over when Flux comes back, and takes them again when it has gone for good', async () => {
    for (const { controller } of [kustomization, release]) {
      const { spec } = lease(controller)
      await cluster.client.patch(Lease, leaseRef(controller), { type: 'merge', body: { spec } as never })
    }
    // A part of Flux may have no Lease, but a Deployment.
    const deployment = { namespace: fluxNamespace, name: 'source-controller' }
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
        const objects = await Promise.all(subjects.map(made))
        await hostHasWorked()
        const taken = await Promise.all(subjects.map((subject, i) => isLookedAfter(subject, objects[i] ?? {})))
        return taken.some(Boolean) ? undefined : objects
      },
      waitMs,
    )
    for (const { controller } of subjects) await cluster.client.delete(Lease, leaseRef(controller))
    await cluster.client.delete(Deployment, deployment)
    await Promise.all(subjects.map((subject, i) => untilLookedAfter(subject, untouched[i] ?? {})))
  })
})
