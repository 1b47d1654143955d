import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestCluster, type TestCluster } from '../../../../test/support/cluster.ts'
import { eventually } from '../../../../test/support/eventually.ts'
import { ConfigMap, Namespace } from '../../../api/core/core-v1.ts'
import type { OwnerReference } from '../../../apimachinery/meta.ts'

describe('the garbage collector', () => {
  let cluster: TestCluster
  before(async () => {
    cluster = await startTestCluster()
  })
  after(() => cluster.close())

  const create = async (name: string, owners: readonly OwnerReference[] = [], finalizers: readonly string[] = []) => {
    const metadata = { name, namespace: 'default', ownerReferences: owners, finalizers }
    const object = await cluster.client.create(ConfigMap, { metadata } as ConfigMap)
    const uid = object.metadata?.uid ?? ''
    return { name, uid, ref: { apiVersion: 'v1', kind: 'ConfigMap', name, uid, blockOwnerDeletion: true } }
  }
  const fetch = (name: string) => cluster.client.fetchIfExists(ConfigMap, { namespace: 'default', name })
  const isGone = (name: string) => eventually(`${name} is gone`, async () => (await fetch(name)) === undefined)
  const remove = (name: string, propagationPolicy?: 'Foreground' | 'Orphan') =>
    cluster.client.delete(ConfigMap, { namespace: 'default', name }, propagationPolicy ? { propagationPolicy } : {})

  it('deletes dependents after their owner in the background', async () => {
    const owner = await create('back-owner')
    const middle = await create('back-middle', [owner.ref])
    await create('back-leaf', [middle.ref])
    await remove('back-owner')
    assert.equal(await fetch('back-owner'), undefined)
    await isGone('back-middle')
    await isGone('back-leaf')
  })

  it('keeps a dependent that has another owner, without the reference to the one that is gone', async () => {
    const first = await create('two-first')
    const second = await create('two-second')
    await create('two-leaf', [first.ref, second.ref])
    await remove('two-first')
    const leaf = await eventually('the reference is gone', async () => {
      const found = await fetch('two-leaf')
      return found?.metadata?.ownerReferences?.length === 1 && found
    })
    assert.equal(leaf.metadata?.ownerReferences?.[0]?.name, 'two-second')
  })

  it('deletes dependents before their owner in the foreground', async () => {
    const owner = await create('front-owner')
    await create('front-leaf', [owner.ref], ['example.com/hold'])
    await remove('front-owner', 'Foreground')
    await eventually(
      'the dependent is being deleted',
      async () => (await fetch('front-leaf'))?.metadata?.deletionTimestamp,
    )
    assert.deepEqual((await fetch('front-owner'))?.metadata?.finalizers, ['foregroundDeletion'])
    const release = { type: 'merge', body: { metadata: { finalizers: null } } } as const
    await cluster.client.patch(ConfigMap, { namespace: 'default', name: 'front-leaf' }, release)
    await isGone('front-owner')
    assert.equal(await fetch('front-leaf'), undefined)
  })

  it('leaves orphans without an owner', async () => {
    const owner = await create('orphan-owner')
    await create('orphan-leaf', [owner.ref])
    await remove('orphan-owner', 'Orphan')
    await isGone('orphan-owner')
    const leaf = await fetch('orphan-leaf')
    assert.equal(leaf?.metadata?.ownerReferences, undefined)
    assert.equal(leaf?.metadata?.deletionTimestamp, undefined)
  })

  it('deletes an object whose owner never was', async () => {
    await create('stray', [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'nobody', uid: 'no-such-uid' }])
    await isGone('stray')
  })

  it('empties a namespace before it goes, and says what keeps it', async () => {
    await cluster.client.create(Namespace, { metadata: { name: 'leaving' } } as Namespace)
    const metadata = { name: 'last', namespace: 'leaving', finalizers: ['example.com/hold'] }
    await cluster.client.create(ConfigMap, { metadata } as ConfigMap)
    await cluster.client.delete(Namespace, { name: 'leaving' })
    const waiting = await eventually('the status says what is left', async () => {
      const namespace = await cluster.client.fetch(Namespace, { name: 'leaving' })
      return namespace.status?.conditions?.find(({ type }) => type === 'NamespaceFinalizersRemaining')
    })
    assert.match(waiting.message ?? '', /example\.com\/hold in 1 resource instances/)
    const refused = cluster.client.create(ConfigMap, { metadata: { name: 'new', namespace: 'leaving' } } as ConfigMap)
    await assert.rejects(refused, { reason: 'Forbidden' })
    const release = { type: 'merge', body: { metadata: { finalizers: null } } } as const
    await cluster.client.patch(ConfigMap, { namespace: 'leaving', name: 'last' }, release)
    await eventually('the namespace is gone', async () => {
      return (await cluster.client.fetchIfExists(Namespace, { name: 'leaving' })) === undefined
    })
  })
})
