import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../../test/support/embedded-cluster.ts'
import { eventually } from '../../../../test/support/eventually.ts'
import { CustomResourceDefinition } from '../../../api/core/apiextensions-v1.ts'
import type { KubernetesObject, ResourceType } from '../../../apimachinery/meta.ts'
import { byVersionPriority } from './version-priority.ts'

interface Gadget extends KubernetesObject {
  readonly spec?: { readonly size?: number }
}

const gadget = (version: string, plural = 'gadgets'): ResourceType<Gadget> => ({
  group: 'example.com',
  version,
  kind: 'Gadget',
  plural,
  namespaced: true,
})

const schema = {
  openAPIV3Schema: {
    type: 'object',
    properties: { spec: { type: 'object', properties: { size: { type: 'integer', default: 1 } } } },
  },
}

function definition(plural: string, kind: string): CustomResourceDefinition {
  const versions = ['v1', 'v1beta1'].map(name => ({ name, served: true, storage: name === 'v1', schema }))
  return {
    metadata: { name: `${plural}.example.com` },
    spec: { group: 'example.com', scope: 'Namespaced', names: { plural, kind }, versions },
  } as CustomResourceDefinition
}

describe('custom kinds', () => {
  let cluster: EmbeddedCluster
  before(async () => {
    cluster = await startEmbeddedCluster()
    await cluster.client.create(CustomResourceDefinition, definition('gadgets', 'Gadget'))
    await condition('gadgets', 'Established', 'True')
  })
  after(() => cluster.close())

  const condition = (plural: string, type: string, status: string) =>
    eventually(`${type} of ${plural} is ${status}`, async () => {
      const crd = await cluster.client.fetchIfExists(CustomResourceDefinition, { name: `${plural}.example.com` })
      return crd?.status?.conditions?.find(one => one.type === type && one.status === status)
    })

  it('are the same objects in every version', async () => {
    const { client } = cluster
    const ref = { namespace: 'default', name: 'both' }
    const made = await client.create(gadget('v1beta1'), { metadata: ref, spec: {} })
    assert.deepEqual([made.apiVersion, made.spec], ['example.com/v1beta1', { size: 1 }])
    const stored = await client.fetch(gadget('v1'), ref)
    assert.deepEqual([stored.apiVersion, stored.metadata?.uid], ['example.com/v1', made.metadata?.uid])
    const { items } = await client.list(gadget('v1beta1'), { namespace: 'default' })
    assert.deepEqual(
      items.map(({ apiVersion }) => apiVersion),
      ['example.com/v1beta1'],
    )
  })

  it('do not get names that others have, until those are free', async () => {
    const { client } = cluster
    await client.create(CustomResourceDefinition, definition('widgets', 'Gadget'))
    const refused = await condition('widgets', 'NamesAccepted', 'False')
    assert.deepEqual([refused.reason, refused.message], ['ListKindConflict', '"GadgetList" is already in use'])
    await assert.rejects(client.list(gadget('v1', 'widgets'), {}), { code: 404 })
    await client.delete(CustomResourceDefinition, { name: 'gadgets.example.com' })
    await condition('widgets', 'Established', 'True')
    assert.deepEqual((await client.list(gadget('v1', 'widgets'), {})).items, [])
  })

  it('go with their objects when their definition is deleted, finalizers first', async () => {
    const { client } = cluster
    await client.create(CustomResourceDefinition, definition('things', 'Thing'))
    await condition('things', 'Established', 'True')
    const thing = { ...gadget('v1', 'things'), kind: 'Thing' }
    const ref = { namespace: 'default', name: 'held' }
    await client.create(thing, { metadata: { ...ref, finalizers: ['example.com/hold'] } })
    await client.delete(CustomResourceDefinition, { name: 'things.example.com' })
    await condition('things', 'Terminating', 'True')
    assert.ok((await client.fetch(thing, ref)).metadata?.deletionTimestamp)
    await client.patch(thing, ref, { type: 'merge', body: { metadata: { finalizers: null } } })
    await eventually('the definition is gone', async () => {
      return (await client.fetchIfExists(CustomResourceDefinition, { name: 'things.example.com' })) === undefined
    })
    await assert.rejects(client.fetch(thing, ref), { code: 404 })
  })
})

describe('the order of versions', () => {
  it('puts stable ones first, then newer ones, and other names last', () => {
    const names = ['foo', 'v1alpha1', 'v2', 'v1', 'v10beta3', 'v1beta2', 'v3alpha1', 'bar', 'v11']
    assert.deepEqual(names.toSorted(byVersionPriority), [
      'v11',
      'v2',
      'v1',
      'v10beta3',
      'v1beta2',
      'v3alpha1',
      'v1alpha1',
      'bar',
      'foo',
    ])
  })
})
