import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestCluster, type TestCluster } from '../../test/support/cluster.ts'
import { eventually } from '../../test/support/eventually.ts'
import { Deployment } from '../api/core/apps-v1.ts'
import type { KubernetesObject } from '../apimachinery/meta.ts'
import { systemClock } from './clock.ts'
import { newInformerSet } from './informer-set.ts'
import { silentLogger } from './log.ts'
import { keepSpec } from './same-spec.ts'

const object = (metadata: KubernetesObject['metadata'], replicas?: number) => ({
  metadata: { name: 'app', ...metadata },
  ...(replicas === undefined ? {} : { spec: { replicas } }),
})

describe('a spec that stays the same', () => {
  const known = object({ uid: 'a', generation: 2 }, 1)
  const cases: readonly (readonly [string, KubernetesObject & { spec?: unknown }, boolean])[] = [
    ['is shared within one generation', object({ uid: 'a', generation: 2 }, 1), true],
    ['is another in another generation', object({ uid: 'a', generation: 3 }, 1), false],
    ['is another in another object of the same name', object({ uid: 'b', generation: 2 }, 1), false],
    ['is not known without a generation', object({ uid: 'a' }, 1), false],
    ['is not known without a uid', object({ generation: 2 }, 1), false],
  ]
  for (const [title, next, isShared] of cases) {
    it(title, () => {
      keepSpec(known, next)
      assert.equal(next.spec === known.spec, isShared)
    })
  }

  it('is not made up', () => {
    const next: KubernetesObject = object({ uid: 'a', generation: 2 })
    keepSpec(known, next)
    keepSpec(undefined, next)
    assert.ok(!('spec' in next))
    const nothing: KubernetesObject = object({ uid: 'a', generation: 2 })
    const found = object({ uid: 'a', generation: 2 }, 1)
    keepSpec(nothing, found)
    assert.deepEqual(found.spec, { replicas: 1 })
  })
})

describe('an informer that keeps specs', () => {
  let cluster: TestCluster
  const stop = new AbortController()
  before(async () => {
    cluster = await startTestCluster()
  })
  after(async () => {
    stop.abort()
    await cluster.close()
  })

  it('has the same one through changes of the status, and the new one after a change of the spec', async () => {
    const { client } = cluster
    const informers = newInformerSet({ client, clock: systemClock, log: silentLogger, random: Math.random })
    const running = informers.run(stop.signal)
    const deployments = informers.informer(Deployment, { keepsSpec: true })
    const ref = { namespace: 'default', name: 'app' }
    const labels = { app: 'app' }
    const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'app:1' }] } }
    await client.create(Deployment, {
      metadata: ref,
      spec: { replicas: 1, selector: { matchLabels: labels }, template },
    })
    await eventually('it is there', () => deployments.get(ref) !== undefined)
    const first = deployments.get(ref)?.spec
    const body = { status: { replicas: 1, observedGeneration: 1 } }
    await client.patch(Deployment, ref, { type: 'merge', body }, { subresource: 'status' })
    await eventually('the status is there', () => deployments.get(ref)?.status?.replicas === 1)
    assert.equal(deployments.get(ref)?.spec, first)
    await client.patch(Deployment, ref, { type: 'merge', body: { spec: { replicas: 2 } } })
    await eventually('the spec is there', () => deployments.get(ref)?.spec.replicas === 2)
    assert.equal(first?.replicas, 1)
    stop.abort()
    await running
  })
})
