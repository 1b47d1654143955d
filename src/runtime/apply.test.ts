import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestCluster, type TestCluster } from '../../test/support/cluster.ts'
import { Deployment } from '../api/core/apps-v1.ts'
import { ConfigMap, Namespace } from '../api/core/core-v1.ts'
import { createOrUpdate, holds, newApplier, patchStatus } from './apply.ts'
import { addFinalizer, hasFinalizer, isBeingDeleted, removeFinalizer } from './finalizer.ts'
import { requestMetrics } from './kit-metrics.ts'
import { mergePatchBetween } from './merge-patch.ts'
import { newMetricRegistry } from './metrics.ts'
import { withController } from './owner.ts'

describe('merge patches', () => {
  const cases = [
    { from: {}, to: {}, want: undefined },
    { from: { a: 1 }, to: { a: 1 }, want: undefined },
    { from: { a: 1, b: 2 }, to: { a: 1, b: 3, c: 4 }, want: { b: 3, c: 4 } },
    { from: { a: { b: 1, c: 2 } }, to: { a: { b: 1 } }, want: { a: { c: null } } },
    { from: { a: [1, 2] }, to: { a: [1] }, want: { a: [1] } },
    { from: { a: { b: 1 } }, to: { a: 'text' }, want: { a: 'text' } },
    { from: { a: 1 }, to: {}, want: { a: null } },
  ]
  for (const { from, to, want } of cases) {
    it(`turn ${JSON.stringify(from)} into ${JSON.stringify(to)}`, () =>
      assert.deepEqual(mergePatchBetween(from, to), want))
  }
})

describe('an object holds what is wanted', () => {
  const cases = [
    { actual: { a: 1, b: 2 }, wanted: { a: 1 }, want: true },
    { actual: { a: 1 }, wanted: { a: 1, b: 2 }, want: false },
    { actual: { a: [{ n: 'x', d: 1 }] }, wanted: { a: [{ n: 'x' }] }, want: true },
    { actual: { a: [{ n: 'x' }, { n: 'y' }] }, wanted: { a: [{ n: 'x' }] }, want: false },
    { actual: { a: null }, wanted: { a: {} }, want: false },
    { actual: {}, wanted: { a: null }, want: false },
    { actual: { a: 1 }, wanted: { a: 1, b: undefined as unknown as null }, want: true },
  ]
  for (const { actual, wanted, want } of cases) {
    it(`${JSON.stringify(wanted)} in ${JSON.stringify(actual)}: ${want}`, () =>
      assert.equal(holds(actual, wanted), want))
  }
})

describe('on a cluster', () => {
  let cluster: TestCluster
  const { signal } = new AbortController()
  before(async () => {
    cluster = await startTestCluster()
  })
  after(() => cluster.close())
  const at = (name: string) => ({ namespace: 'default', name })

  /** A client, and how many requests of each verb it has sent. */
  function counting() {
    const registry = newMetricRegistry()
    const client = cluster.newClient({ observe: requestMetrics(registry) })
    const sent = (verb: string) => {
      const lines = registry.text().matchAll(new RegExp(`^rest_client_requests_total{verb="${verb}",.*} (\\d+)$`, 'gm'))
      return [...lines].reduce((sum, line) => sum + Number(line[1]), 0)
    }
    return { client, sent }
  }

  it('apply writes what differs, removes what it had set before, and sends nothing when all is there', async () => {
    const { client, sent } = counting()
    const applier = newApplier({ client, fieldManager: 'tester' })
    const applyData = (data: Record<string, string>, current: ConfigMap | undefined) =>
      applier.apply(ConfigMap, { metadata: at('applied'), data }, { current, signal })
    const created = await applyData({ a: '1', b: '2' }, undefined)
    assert.equal(created.outcome, 'created')
    const same = await applyData({ a: '1', b: '2' }, created.object)
    assert.equal(same.outcome, 'unchanged')
    assert.equal(sent('apply'), 1)
    const without = await applyData({ a: '1' }, created.object)
    assert.deepEqual([without.outcome, without.object.data], ['changed', { a: '1' }])
    // Somebody else's drift is put right; what they added is theirs.
    const drifted = await cluster.client.patch(ConfigMap, at('applied'), {
      type: 'merge',
      body: { data: { a: 'x', c: '3' } },
    })
    const corrected = await applyData({ a: '1' }, drifted)
    assert.deepEqual([corrected.outcome, corrected.object.data], ['changed', { a: '1', c: '3' }])
    assert.equal(sent('apply'), 3)
  })

  it('the first apply of a new process removes what the last one had set', async () => {
    const first = newApplier({ client: cluster.client, fieldManager: 'tester' })
    const { object } = await first.apply(
      ConfigMap,
      { metadata: at('restarted'), data: { a: '1', b: '2' } },
      { current: undefined, signal },
    )
    const second = newApplier({ client: cluster.client, fieldManager: 'tester' })
    const desired = { metadata: at('restarted'), data: { a: '1' } }
    const cleaned = await second.apply(ConfigMap, desired, { current: object, signal })
    assert.deepEqual([cleaned.outcome, cleaned.object.data], ['changed', { a: '1' }])
    const third = newApplier({ client: cluster.client, fieldManager: 'tester' })
    assert.equal((await third.apply(ConfigMap, desired, { current: cleaned.object, signal })).outcome, 'unchanged')
  })

  it('an object that was deleted and made anew is applied anew', async () => {
    const applier = newApplier({ client: cluster.client, fieldManager: 'tester' })
    const desired = { metadata: at('reborn'), data: { a: '1' } }
    await applier.apply(ConfigMap, desired, { current: undefined, signal })
    await cluster.client.delete(ConfigMap, at('reborn'))
    const other = await cluster.client.create(ConfigMap, { ...desired, data: { a: '1', b: '2' } })
    const { client, sent } = counting()
    void client
    await applier.apply(ConfigMap, desired, { current: other, signal })
    const owners = (await cluster.client.fetch(ConfigMap, at('reborn'))).metadata?.managedFields
    assert.ok(owners?.some(entry => entry.manager === 'tester' && entry.operation === 'Apply'))
    assert.equal(sent('apply'), 0)
  })

  it('createOrUpdate creates, changes, leaves alone, and reads again on a conflict', async () => {
    const { client, sent } = counting()
    const setTo = (value: string, current: ConfigMap | undefined): ConfigMap => ({
      ...(current ?? { metadata: at('made') }),
      data: { key: value },
    })
    const outcomes: (string | undefined)[] = []
    for (const value of ['1', '1', '2']) {
      outcomes.push(
        (await createOrUpdate(client, ConfigMap, at('made'), current => setTo(value, current), signal))?.outcome,
      )
    }
    assert.deepEqual(outcomes, ['created', 'unchanged', 'changed'])
    let isFirst = true
    const racing = {
      fetchIfExists: client.fetchIfExists,
      create: client.create,
      async update(...args: Parameters<typeof client.update<ConfigMap>>) {
        if (isFirst)
          await cluster.client.patch(ConfigMap, at('made'), { type: 'merge', body: { data: { other: 'x' } } })
        isFirst = false
        return client.update(...args)
      },
    }
    const change = (current: ConfigMap | undefined) => ({
      ...current,
      metadata: { ...current?.metadata },
      data: { ...current?.data, key: '3' },
    })
    const raced = await createOrUpdate(racing as typeof client, ConfigMap, at('made'), change, signal)
    assert.deepEqual(raced?.object.data, { key: '3', other: 'x' })
    assert.equal(sent('update'), 3)
    assert.equal(await createOrUpdate(client, ConfigMap, at('none'), () => undefined, signal), undefined)
  })

  it('a status is written on a change alone, and conditionally if asked', async () => {
    const { client, sent } = counting()
    const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    const spec = { selector: { matchLabels: { a: 'b' } }, template }
    const deployment = await client.create(Deployment, { metadata: at('stateful'), spec })
    const status = { replicas: 2, observedGeneration: 1 }
    const written = await patchStatus(client, Deployment, deployment, status, { signal })
    assert.equal(written.outcome, 'changed')
    assert.equal(written.object.status?.replicas, 2)
    assert.equal((await patchStatus(client, Deployment, written.object, status, { signal })).outcome, 'unchanged')
    assert.equal(sent('patch'), 1)
    const smaller = await patchStatus(
      client,
      Deployment,
      written.object,
      { replicas: 1 },
      { signal, fieldManager: 'me' },
    )
    assert.deepEqual([smaller.object.status?.replicas, smaller.object.status?.observedGeneration], [1, undefined])
    // The first one's version is old by now.
    const stale = patchStatus(client, Deployment, deployment, { replicas: 5 }, { signal, ifUnchanged: true })
    await assert.rejects(stale, { code: 409, reason: 'Conflict' })
  })

  it('a finalizer holds a deletion until it is removed, and others keep theirs', async () => {
    const { client } = cluster
    const created = await client.create(ConfigMap, { metadata: { ...at('held'), finalizers: ['other/one'] } })
    const held = await addFinalizer(client, ConfigMap, created, 'serin/test', signal)
    assert.deepEqual(held.metadata?.finalizers, ['other/one', 'serin/test'])
    assert.equal(await addFinalizer(client, ConfigMap, held, 'serin/test', signal), held)
    await assert.rejects(addFinalizer(client, ConfigMap, created, 'serin/late', signal), { code: 409 })
    await client.delete(ConfigMap, at('held'))
    const going = await client.fetch(ConfigMap, at('held'))
    assert.ok(isBeingDeleted(going) && hasFinalizer(going, 'serin/test'))
    const left = await removeFinalizer(client, ConfigMap, going, 'serin/test', signal)
    assert.deepEqual(left.metadata?.finalizers, ['other/one'])
    await removeFinalizer(client, ConfigMap, left, 'other/one', signal)
    assert.equal(await client.fetchIfExists(ConfigMap, at('held')), undefined)
  })
})

describe('a controller reference', () => {
  const owner = { metadata: { name: 'owner', namespace: 'web', uid: 'u1' } }
  const object: ConfigMap = { metadata: { name: 'a', namespace: 'web' } }

  it('is set once', () => {
    const owned = withController(object, Deployment, owner)
    const want = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: 'owner',
      uid: 'u1',
      controller: true,
      blockOwnerDeletion: true,
    }
    assert.deepEqual(owned.metadata?.ownerReferences, [want])
    assert.deepEqual(withController(owned, Deployment, owner), owned)
    assert.equal(object.metadata?.ownerReferences, undefined)
  })

  it('is refused where another object controls it', () => {
    const owned = withController(object, Deployment, owner)
    const other = { metadata: { name: 'other', namespace: 'web', uid: 'u2' } }
    assert.throws(() => withController(owned, Deployment, other), {
      reason: 'AlreadyOwned',
      message: /controlled by Deployment owner already/,
    })
  })

  it('is refused across namespaces, and allowed from a cluster-scoped owner', () => {
    const far = { metadata: { name: 'owner', namespace: 'far', uid: 'u1' } }
    assert.throws(() => withController(object, Deployment, far), { reason: 'CrossNamespaceOwner' })
    const global = { metadata: { name: 'owner', uid: 'u1' } }
    assert.equal(withController(object, Namespace, global).metadata?.ownerReferences?.length, 1)
  })
})
