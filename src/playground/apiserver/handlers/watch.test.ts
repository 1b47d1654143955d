import assert from 'node:assert/strict'
import { get } from 'node:https'
import { after, before, describe, it } from 'node:test'
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../../test/support/embedded-cluster.ts'
import { ConfigMap } from '../../../api/core/core-v1.ts'

/** The events of a watch that ends by itself. */
async function readEvents(cluster: EmbeddedCluster, path: string): Promise<{ type: string; object: ConfigMap }[]> {
  const { caPem, token, url } = cluster.api
  const text = await new Promise<string>((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` }
    get(`${url}${path}`, { ca: caPem, headers }, response => {
      response
        .setEncoding('utf8')
        .toArray()
        .then(parts => resolve(parts.join('')), reject)
    }).on('error', reject)
  })
  return text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
}

describe('a watch', () => {
  let cluster: EmbeddedCluster
  before(async () => {
    cluster = await startEmbeddedCluster({ watchWindow: { maxEvents: 20, maxBytes: 1_000_000 } })
  })
  after(() => cluster.close())

  const create = (name: string, labels: Record<string, string> = {}) =>
    cluster.client.create(ConfigMap, { metadata: { name, namespace: 'default', labels } } as ConfigMap)
  const label = (name: string, value: string | null) =>
    cluster.client.patch(
      ConfigMap,
      { namespace: 'default', name },
      { type: 'merge', body: { metadata: { labels: { stage: value } } } },
    )
  /** The first `count` events, as `TYPE name`. */
  const watch = async (count: number, options: Parameters<EmbeddedCluster['client']['watch']>[1]) => {
    const stop = new AbortController()
    const seen: string[] = []
    for await (const { type, object } of cluster.client.watch(ConfigMap, { ...options, signal: stop.signal })) {
      seen.push(`${type} ${object.metadata?.name}`)
      if (seen.length === count) break
    }
    stop.abort()
    return seen
  }

  it('begins after the version that it is given', async () => {
    const first = await create('begin-1')
    await create('begin-2')
    await label('begin-1', 'x')
    await cluster.client.delete(ConfigMap, { namespace: 'default', name: 'begin-2' })
    const resourceVersion = first.metadata?.resourceVersion ?? ''
    const seen = await watch(3, { namespace: 'default', resourceVersion })
    assert.deepEqual(seen, ['ADDED begin-2', 'MODIFIED begin-1', 'DELETED begin-2'])
  })

  it('shows what comes into its selection as added and what leaves it as deleted', async () => {
    const first = await create('select', { stage: 'a' })
    await label('select', 'b')
    await label('select', 'c')
    await label('select', 'b')
    await label('select', null)
    const resourceVersion = first.metadata?.resourceVersion ?? ''
    const seen = await watch(4, { namespace: 'default', resourceVersion, labelSelector: 'stage=b' })
    assert.deepEqual(seen, ['ADDED select', 'DELETED select', 'ADDED select', 'DELETED select'])
  })

  it('sees one object by its name', async () => {
    const { metadata } = await create('only')
    await create('other')
    await label('only', 'x')
    const resourceVersion = metadata?.resourceVersion ?? ''
    const fieldSelector = 'metadata.name=only'
    assert.deepEqual(await watch(1, { namespace: 'default', resourceVersion, fieldSelector }), ['MODIFIED only'])
  })

  it('ends with 410 when its version is older than what is remembered', async () => {
    const { metadata } = await create('old')
    for (let i = 0; i < 25; i++) await label('old', `v${i}`)
    const resourceVersion = metadata?.resourceVersion ?? ''
    await assert.rejects(watch(1, { namespace: 'default', resourceVersion }), { code: 410, reason: 'Expired' })
  })

  it('ends when its time is over', async () => {
    const { resourceVersion } = await cluster.client.list(ConfigMap, { namespace: 'default' })
    const endless = watch(1_000, { namespace: 'default', resourceVersion, timeoutSeconds: 1 })
    assert.deepEqual(await endless, [])
  })

  it('hears of changes as they happen, each once and in order, however many watch', async () => {
    const { resourceVersion } = await cluster.client.list(ConfigMap, { namespace: 'default' })
    const watches = Array.from({ length: 20 }, () => watch(10, { namespace: 'default', resourceVersion }))
    for (let i = 0; i < 5; i++) {
      await create(`live-${i}`)
      await label(`live-${i}`, 'x')
    }
    const wanted = Array.from({ length: 5 }, (_, i) => [`ADDED live-${i}`, `MODIFIED live-${i}`]).flat()
    for (const seen of await Promise.all(watches)) assert.deepEqual(seen, wanted)
  })

  it('begins with the state and says where that ends', async () => {
    const path = '/api/v1/namespaces/kube-system/configmaps'
    const state = { metadata: { name: 'state', namespace: 'kube-system' } } as ConfigMap
    await cluster.client.create(ConfigMap, state)
    const query =
      'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1'
    const events = await readEvents(cluster, `${path}?${query}`)
    assert.deepEqual(
      events.slice(0, 2).map(({ type, object }) => [type, object.metadata?.name, object.metadata?.annotations]),
      [
        ['ADDED', 'state', undefined],
        ['BOOKMARK', undefined, { 'k8s.io/initial-events-end': 'true' }],
      ],
    )
  })
})
