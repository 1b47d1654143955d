/** Owners and dependents: what a deletion takes with it. */
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { ConfigMap } from '../../../src/api/core/core-v1.ts'
import type { DeleteOptions } from '../../../src/runtime/client.ts'
import type { Topic } from '../case.ts'
import type { CaseContext } from '../context.ts'

const deadlineMs = 30_000

/** An owner and its dependent; the dependent may have a finalizer. */
async function family(context: CaseContext, finalizers: readonly string[] = []): Promise<void> {
  const client = context.client()
  const { namespace } = context
  const owner = await client.create(ConfigMap, { metadata: { name: 'owner', namespace } })
  await client.create(ConfigMap, {
    metadata: {
      name: 'child',
      namespace,
      finalizers,
      ownerReferences: [
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          name: 'owner',
          uid: owner.metadata?.uid ?? '',
          blockOwnerDeletion: true,
        },
      ],
    },
  })
}

const remove = (context: CaseContext, options: DeleteOptions) =>
  context.client().delete(ConfigMap, { name: 'owner', namespace: context.namespace }, options)
const look = (context: CaseContext, name: string) =>
  context.client().fetchIfExists(ConfigMap, { name, namespace: context.namespace })

/** Waits until `isDone`; the collector of a real cluster works on its own time. */
async function eventually(what: string, isDone: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + deadlineMs
  while (!(await isDone())) {
    assert.ok(performance.now() < endMs, `${what} did not come about in ${deadlineMs} ms`)
    await delay(50)
  }
}

export const collectTopic: Topic = {
  title: 'owners and dependents',
  cases: [
    {
      name: 'a background deletion takes the owner at once and the dependent soon',
      run: async context => {
        await family(context)
        await remove(context, { propagationPolicy: 'Background' })
        assert.equal(await look(context, 'owner'), undefined)
        await eventually('the end of the dependent', async () => (await look(context, 'child')) === undefined)
      },
    },
    {
      name: 'a foreground deletion takes the dependent first',
      run: async context => {
        await family(context, ['example.com/hold'])
        await remove(context, { propagationPolicy: 'Foreground' })
        await eventually(
          'the deletion of the dependent',
          async () => (await look(context, 'child'))?.metadata?.deletionTimestamp !== undefined,
        )
        const owner = await look(context, 'owner')
        assert.deepEqual(owner?.metadata?.finalizers, ['foregroundDeletion'])
        assert.notEqual(owner?.metadata?.deletionTimestamp, undefined)
        const child = { name: 'child', namespace: context.namespace }
        await context.client().patch(ConfigMap, child, { type: 'merge', body: { metadata: { finalizers: null } } })
        await eventually('the end of the owner', async () => (await look(context, 'owner')) === undefined)
        assert.equal(await look(context, 'child'), undefined)
      },
    },
    {
      name: 'an orphaning deletion leaves the dependent without its owner',
      run: async context => {
        await family(context)
        await remove(context, { propagationPolicy: 'Orphan' })
        await eventually('the end of the owner', async () => (await look(context, 'owner')) === undefined)
        const child = await look(context, 'child')
        assert.equal(child?.metadata?.ownerReferences, undefined)
        assert.equal(child?.metadata?.deletionTimestamp, undefined)
      },
    },
    {
      name: 'a dependent of two owners stays with the other',
      run: async context => {
        await family(context)
        const client = context.client()
        const { namespace } = context
        const second = await client.create(ConfigMap, { metadata: { name: 'second', namespace } })
        const child = await client.fetch(ConfigMap, { name: 'child', namespace })
        const other = { apiVersion: 'v1', kind: 'ConfigMap', name: 'second', uid: second.metadata?.uid ?? '' }
        await client.update(ConfigMap, {
          ...child,
          metadata: { ...child.metadata, ownerReferences: [...(child.metadata?.ownerReferences ?? []), other] },
        })
        await remove(context, { propagationPolicy: 'Background' })
        await eventually(
          'the removal of the first owner',
          async () => (await look(context, 'child'))?.metadata?.ownerReferences?.length === 1,
        )
        assert.deepEqual((await look(context, 'child'))?.metadata?.ownerReferences, [other])
      },
    },
    ...(['background', 'foreground', 'orphan'] as const).map(cascade => ({
      name: `kubectl delete --cascade=${cascade} ends with the owner gone and the dependent ${cascade === 'orphan' ? 'kept' : 'gone'}`,
      run: async (context: CaseContext) => {
        await family(context)
        const kubectl = await context.kubectl()
        const result = await kubectl.run(`kubectl delete cm owner --cascade=${cascade} --timeout=30s`)
        const stdout = `configmap "owner" deleted from ${context.namespace} namespace\n`
        assert.deepEqual(result, { code: 0, stdout, stderr: '' })
        assert.equal(await look(context, 'owner'), undefined)
        await eventually(
          'the end',
          async () => ((await look(context, 'child')) === undefined) === (cascade !== 'orphan'),
        )
      },
    })),
  ],
}
