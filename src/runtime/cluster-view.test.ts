import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestCluster, type TestCluster } from '../../test/support/cluster.ts'
import { eventually } from '../../test/support/eventually.ts'
import { CustomResourceDefinition } from '../api/core/apiextensions-v1.ts'
import { Deployment } from '../api/core/apps-v1.ts'
import { ConfigMap, Secret } from '../api/core/core-v1.ts'
import type { KubernetesObject, ResourceType } from '../apimachinery/meta.ts'
import type { Client } from './client.ts'
import { systemClock } from './clock.ts'
import { CacheNotReadyError, type ClusterViewDeps, newClusterView } from './cluster-view.ts'
import { newInformerSet } from './informer-set.ts'
import { silentLogger } from './log.ts'

const Widget: ResourceType<KubernetesObject> = {
  group: 'test.example',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
}
const ref = (name: string) => ({ namespace: 'default', name })

describe('a view of a cluster', () => {
  let cluster: TestCluster
  const stop = new AbortController()
  const running: Promise<void>[] = []
  before(async () => {
    cluster = await startTestCluster()
  })
  after(async () => {
    stop.abort()
    await Promise.all(running)
    await cluster.close()
  })
  const newView = (selections: ClusterViewDeps['selections'] = {}) => {
    const { client } = cluster
    const informers = newInformerSet({ client, clock: systemClock, log: silentLogger, random: Math.random })
    running.push(informers.run(stop.signal))
    const groups = { configmaps: ({ metadata }: KubernetesObject) => metadata?.labels?.['of'] }
    return newClusterView({ client, informers, clock: systemClock, groups, selections })
  }

  it('says that it does not know yet, and to whoever asked when it does', async () => {
    const view = newView()
    const { value, reads } = view.tracked(() => {
      try {
        return view.get(ConfigMap, ref('none'))
      } catch (error) {
        return error
      }
    })
    assert.ok(value instanceof CacheNotReadyError)
    assert.deepEqual([...reads.keys()], ['configmaps'])
    const seen: string[] = []
    view.subscribe(key => seen.push(key))
    await eventually('the cache is complete', () => seen.includes('configmaps'))
    assert.equal(view.get(ConfigMap, ref('none')), undefined)
  })

  it('shows its own writes at once, and what others write after them', async () => {
    const view = newView()
    await view.synced(ConfigMap, stop.signal)
    const made = await view.create(ConfigMap, { metadata: ref('own'), data: { a: '1' } })
    assert.deepEqual(view.get(ConfigMap, ref('own'))?.data, { a: '1' })
    await view.update(ConfigMap, { ...made, data: { a: '2' } })
    assert.deepEqual(view.get(ConfigMap, ref('own'))?.data, { a: '2' })
    await cluster.client.patch(ConfigMap, ref('own'), { type: 'merge', body: { data: { a: '3' } } })
    await eventually("the other's write shows", () => view.get(ConfigMap, ref('own'))?.data?.['a'] === '3')
    await cluster.client.delete(ConfigMap, ref('own'))
    await eventually('the object is gone', () => view.get(ConfigMap, ref('own')) === undefined)
  })

  it('keeps the spec of an own write when the cache has it too', async () => {
    const view = newView({ 'deployments.apps': { keepsSpec: true } })
    await view.synced(Deployment, stop.signal)
    const labels = { app: 'kept' }
    const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'app:1' }] } }
    await view.create(Deployment, {
      metadata: ref('kept'),
      spec: { replicas: 1, selector: { matchLabels: labels }, template },
    })
    const written = await view.patch(Deployment, ref('kept'), { type: 'merge', body: { spec: { replicas: 2 } } })
    const body = { status: { replicas: 1, observedGeneration: 2 } }
    await cluster.client.patch(Deployment, ref('kept'), { type: 'merge', body }, { subresource: 'status' })
    await eventually('the status is there', () => view.get(Deployment, ref('kept'))?.status?.replicas === 1)
    assert.equal(view.get(Deployment, ref('kept'))?.spec, written.spec)
  })

  it('has one object of a version, whether its own write brought it or the cache', async () => {
    const { client } = cluster
    const informers = newInformerSet({ client, clock: systemClock, log: silentLogger, random: Math.random })
    running.push(informers.run(stop.signal))
    const view = newClusterView({ client, informers, clock: systemClock })
    await view.synced(ConfigMap, stop.signal)
    const cache = informers.informer(ConfigMap)
    await view.create(ConfigMap, { metadata: ref('one'), data: { a: '1' } })
    const own = view.get(ConfigMap, ref('one'))
    await eventually('the cache has it', () => cache.get(ref('one')) !== undefined)
    assert.ok(own === cache.get(ref('one')))
    assert.equal(own?.metadata?.managedFields, undefined)
    await client.patch(ConfigMap, ref('one'), { type: 'merge', body: { data: { a: '2' } } })
    await eventually("the other's write shows", () => view.get(ConfigMap, ref('one'))?.data?.['a'] === '2')
    assert.deepEqual(own?.data, { a: '1' })
  })

  it('shows its own writes as the cache will keep them', async () => {
    const view = newView({
      configmaps: { transform: ({ metadata = {} }) => ({ metadata: { ...metadata, labels: {} } }) },
    })
    await view.synced(ConfigMap, stop.signal)
    await view.create(ConfigMap, { metadata: { ...ref('small'), labels: { a: 'b' } }, data: { a: '1' } })
    const shown = view.get(ConfigMap, ref('small'))
    assert.deepEqual([shown?.metadata?.labels, shown?.data], [{}, undefined])
  })

  it('says that a kind is not served, and to whoever asked when it is', async () => {
    const view = newView()
    const look = () => {
      try {
        return view.get(Widget, ref('none'))
      } catch (error) {
        return error
      }
    }
    const seen: string[] = []
    view.subscribe(key => seen.push(key))
    look()
    await eventually('the problem is told', () => seen.includes('widgets.test.example'))
    const error = look()
    assert.ok(error instanceof CacheNotReadyError && error.isUnserved)
    assert.equal(error.message, 'Widget of test.example is not served by the API')
    seen.length = 0
    await cluster.client.create(CustomResourceDefinition, {
      metadata: { name: 'widgets.test.example' },
      spec: {
        group: Widget.group,
        scope: 'Namespaced',
        names: { kind: Widget.kind, plural: Widget.plural, singular: 'widget', listKind: 'WidgetList' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    })
    await eventually('the cache is complete', () => look() === undefined, 40_000)
    assert.ok(seen.includes('widgets.test.example'))
  })

  it('reads a type in the namespaces alone that it may, and takes it to be nowhere else', async () => {
    const paths: string[] = []
    const client: Client = {
      ...cluster.client,
      list: (type, options) => {
        paths.push(`list ${type.plural} ${options?.namespace ?? '*'}`)
        return cluster.client.list(type, options)
      },
      watch: (type, options) => {
        paths.push(`watch ${type.plural} ${options?.namespace ?? '*'}`)
        return cluster.client.watch(type, options)
      },
    }
    const informers = newInformerSet({ client, clock: systemClock, log: silentLogger, random: Math.random })
    running.push(informers.run(stop.signal))
    const namespaces = { secrets: ['default'] }
    const view = newClusterView({ client, informers, clock: systemClock, namespaces })
    await view.synced(Secret, stop.signal)
    assert.ok(!view.isOpen(Secret, 'kube-system') && view.isOpen(Secret, 'default'))
    assert.equal(view.get(Secret, { namespace: 'kube-system', name: 'any' }), undefined)
    assert.equal(view.get(Secret, ref('none')), undefined)
    assert.ok(paths.length > 0)
    assert.deepEqual(
      paths.filter(path => !path.endsWith(' secrets default')),
      [],
    )
  })

  it('finds objects by their group, and tells those who looked at it of each that comes and goes', async () => {
    const view = newView()
    await view.synced(ConfigMap, stop.signal)
    const names = () => view.group(ConfigMap, ref('web')).map(({ metadata }) => metadata?.name)
    const { value, reads } = view.tracked(names)
    assert.deepEqual([value, [...reads.keys()]], [[], ['configmaps#default/web']])
    const seen: string[] = []
    view.subscribe(key => seen.push(key))
    await cluster.client.create(ConfigMap, { metadata: { ...ref('web-1'), labels: { of: 'web' } } })
    await eventually('it is told', () => seen.includes('configmaps#default/web'))
    assert.deepEqual(names(), ['web-1'])
    seen.length = 0
    await cluster.client.delete(ConfigMap, ref('web-1'))
    await eventually('its end is told', () => seen.includes('configmaps#default/web'))
    assert.deepEqual(names(), [])
  })

  it('tells which objects a look has read, also those that are not there', async () => {
    const view = newView()
    await view.synced(ConfigMap, stop.signal)
    const { reads } = view.tracked(() => [view.get(ConfigMap, ref('a')), view.get(ConfigMap, ref('b'))])
    assert.deepEqual([...reads.keys()], ['configmaps/default/a', 'configmaps/default/b'])
    const seen: string[] = []
    view.subscribe(key => seen.push(key))
    await cluster.client.create(ConfigMap, { metadata: ref('a') })
    await eventually('the change is told', () => seen.includes('configmaps/default/a'))
  })
  it('tells of an own write as what reads since then have seen', async () => {
    const view = newView()
    await view.synced(ConfigMap, stop.signal)
    const changes: { readonly key: string; readonly moment: number }[] = []
    view.subscribe((key, moment) => void changes.push({ key, moment }))
    const read = () => view.tracked(() => view.get(ConfigMap, ref('mine'))?.data?.['a'])
    const told = async (times: number) => {
      await eventually(`${times} changes are told`, () => changes.length >= times)
      return changes.at(-1)?.moment ?? 0
    }
    const before = read()
    await view.create(ConfigMap, { metadata: ref('mine'), data: { a: '1' } })
    const since = read()
    assert.deepEqual([before.value, since.value], [undefined, '1'])
    const echo = await told(1)
    assert.ok(before.moment < echo && echo <= since.moment, `${before.moment} < ${echo} <= ${since.moment}`)
    await cluster.client.patch(ConfigMap, ref('mine'), { type: 'merge', body: { data: { a: '2' } } })
    assert.ok((await told(2)) > since.moment, "another's write is news")
    const both = read()
    assert.equal(both.value, '2')
    await cluster.client.delete(ConfigMap, ref('mine'))
    assert.ok((await told(3)) > both.moment, 'its end is news')
    await view.create(ConfigMap, { metadata: ref('mine'), data: { a: '3' } })
    await told(4)
    assert.equal(read().value, '3')
    await cluster.client.delete(ConfigMap, ref('mine'))
    const gone = read()
    assert.ok((await told(5)) > gone.moment, 'also where nothing but our own write came before')
  })
})
