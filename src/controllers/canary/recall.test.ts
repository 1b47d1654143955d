import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { startTestCluster, type TestCluster } from '../../../test/support/cluster.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { Deployment } from '../../api/core/apps-v1.ts'
import { ConfigMap } from '../../api/core/core-v1.ts'
import type { JsonObject, KubernetesObject } from '../../apimachinery/meta.ts'
import { systemClock } from '../../runtime/clock.ts'
import { CacheNotReadyError, type ClusterView, newClusterView } from '../../runtime/cluster-view.ts'
import { newInformerSet } from '../../runtime/informer-set.ts'
import { silentLogger } from '../../runtime/log.ts'
import { newRecall, type Recall, type RecalledPart } from './recall.ts'

const color: RecalledPart<string | undefined> = { name: 'color' }
const members: RecalledPart<readonly string[]> = { name: 'members' }
const ref = (name: string) => ({ namespace: 'default', name })

describe('what a look recalls', () => {
  let cluster: TestCluster
  let view: ClusterView
  let recall: Recall
  let reads = 0
  const stop = new AbortController()
  let running: Promise<void>
  before(async () => {
    cluster = await startTestCluster()
    const { client } = cluster
    const informers = newInformerSet({ client, clock: systemClock, log: silentLogger, random: Math.random })
    const groups = { configmaps: ({ metadata }: KubernetesObject) => metadata?.labels?.['of'] }
    running = informers.run(stop.signal)
    const selections = { 'deployments.apps': { keepsSpec: true } }
    view = newClusterView({ client, informers, clock: systemClock, groups, selections })
  })
  beforeEach(() => {
    recall = newRecall(view)
    reads = 0
  })
  after(async () => {
    stop.abort()
    await running
    await cluster.close()
  })
  const colorOf = (name: string, inputs: readonly unknown[] = []) =>
    recall.of('default/app', color, [name, ...inputs], () => {
      reads += 1
      return view.get(ConfigMap, ref(name))?.data?.['color']
    })
  const paint = (name: string, value: string) =>
    cluster.client.apply(ConfigMap, { metadata: ref(name), data: { color: value } }, { fieldManager: 'test' })

  it('is not a cache that is not complete', async () => {
    const fresh = newClusterView({
      client: cluster.client,
      informers: newInformerSet({ client: cluster.client, clock: systemClock, log: silentLogger, random: Math.random }),
      clock: systemClock,
    })
    const own = newRecall(fresh)
    const read = () => own.of('a/b', color, [], () => fresh.get(ConfigMap, ref('none'))?.data?.['color'])
    assert.throws(read, CacheNotReadyError)
    assert.throws(read, CacheNotReadyError)
    await view.synced(ConfigMap, stop.signal)
  })

  it('is what was read before while nothing has changed', async () => {
    await paint('same', 'red')
    await eventually('the cache has it', () => view.get(ConfigMap, ref('same')) !== undefined)
    assert.deepEqual([colorOf('same'), colorOf('same'), reads], ['red', 'red', 1])
    await paint('unrelated', 'red')
    await eventually('the cache has the other', () => view.get(ConfigMap, ref('unrelated')) !== undefined)
    assert.deepEqual([colorOf('same'), reads], ['red', 1])
  })

  it('is read again where an input is another one', () => {
    const [spec, equal] = [{ a: 1 }, { a: 1 }]
    colorOf('same', [spec])
    colorOf('same', [spec])
    assert.equal(reads, 1)
    colorOf('same', [equal])
    assert.equal(reads, 2)
    colorOf('same')
    assert.equal(reads, 3)
  })

  it('is read again where an object came, changed or went', async () => {
    const name = 'moving'
    const becomes = (want: string | undefined) => eventually(`it is recalled as ${want}`, () => colorOf(name) === want)
    assert.equal(colorOf(name), undefined)
    await paint(name, 'red')
    await becomes('red')
    await view.patch(ConfigMap, ref(name), { type: 'merge', body: { data: { color: 'green' } } })
    assert.equal(colorOf(name), 'green', 'an own write is seen at once')
    await cluster.client.patch(ConfigMap, ref(name), { type: 'merge', body: { data: { color: 'blue' } } })
    await becomes('blue')
    await cluster.client.delete(ConfigMap, ref(name))
    await becomes(undefined)
  })

  it('is read again where a group has another member', async () => {
    const names = () =>
      recall.of('default/app', members, [], () => {
        reads += 1
        return view.group(ConfigMap, ref('web')).map(({ metadata }) => metadata?.name ?? '')
      })
    assert.deepEqual([names(), names(), reads], [[], [], 1])
    await cluster.client.create(ConfigMap, { metadata: { ...ref('web-1'), labels: { of: 'web' } } })
    await eventually('the member is there', () => names().length === 1)
    assert.equal(reads, 2)
  })

  it('is read again for a status only where the part has not said that it ignores that', async () => {
    const labels = { app: 'web' }
    const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'app:1' }] } }
    const spec = { replicas: 1, selector: { matchLabels: labels }, template }
    await view.synced(Deployment, stop.signal)
    await view.create(Deployment, { metadata: ref('web'), spec })
    const looks = { all: 0, spec: 0 }
    const look = (part: RecalledPart<string>, of: keyof typeof looks) =>
      recall.of('default/web', part, [], () => {
        looks[of] += 1
        const { metadata, spec } = view.get(Deployment, ref('web')) ?? {}
        return `${spec?.replicas} ${metadata?.labels?.['tier']} ${metadata?.annotations?.['note']}`
      })
    const specPart: RecalledPart<string> = { name: 'spec', ignoresStatus: true }
    const both = () => [look({ name: 'all' }, 'all'), look(specPart, 'spec')]
    const patch = (body: JsonObject, subresource?: string) =>
      cluster.client.patch(Deployment, ref('web'), { type: 'merge', body }, subresource ? { subresource } : {})
    const shows = (what: string, holds: (now: Deployment | undefined) => boolean) =>
      eventually(`the cache shows ${what}`, () => holds(view.get(Deployment, ref('web'))))
    both()
    await patch({ status: { replicas: 1, observedGeneration: 1 } }, 'status')
    await shows('the first status', now => now?.status?.replicas === 1)
    both()
    await patch({ status: { replicas: 2 } }, 'status')
    await shows('the second status', now => now?.status?.replicas === 2)
    assert.deepEqual([both(), looks], [Array(2).fill('1 undefined undefined'), { all: 3, spec: 1 }])
    await patch({ metadata: { labels: { tier: 'front' } } })
    await shows('the label', now => now?.metadata?.labels?.['tier'] === 'front')
    assert.equal(look(specPart, 'spec'), '1 front undefined')
    await patch({ metadata: { annotations: { note: 'hi' } } })
    await shows('the annotation', now => now?.metadata?.annotations?.['note'] === 'hi')
    assert.equal(look(specPart, 'spec'), '1 front hi')
    await patch({ spec: { replicas: 3 } })
    await shows('the spec', now => now?.spec.replicas === 3)
    assert.equal(look(specPart, 'spec'), '3 front hi')
    await cluster.client.delete(Deployment, ref('web'))
    await cluster.client.create(Deployment, { metadata: ref('web'), spec })
    await shows('the new one', now => now?.spec.replicas === 1)
    assert.equal(look(specPart, 'spec'), '1 undefined undefined')
  })

  it('counts as read, so that a change of it wakes whoever recalls', () => {
    const keys = () => [...view.tracked(() => colorOf('same')).reads.keys()]
    assert.deepEqual(keys(), ['configmaps/default/same'])
    assert.deepEqual(keys(), ['configmaps/default/same'])
    assert.equal(reads, 1)
  })

  it('is kept for each Canary, until that has gone', () => {
    colorOf('same')
    recall.forget('default/app')
    colorOf('same')
    assert.equal(reads, 2)
  })
})
