import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { startTestCluster, type TestCluster } from '../../test/support/cluster.ts'
import { eventually } from '../../test/support/eventually.ts'
import { Lease } from '../api/core/coordination-v1.ts'
import { ConfigMap } from '../api/core/core-v1.ts'
import { newApplier } from './apply.ts'
import { systemClock } from './clock.ts'
import { newController, watchSource } from './controller.ts'
import { newInformerSet } from './informer-set.ts'
import { processMetrics, requestMetrics } from './kit-metrics.ts'
import { silentLogger } from './log.ts'
import { type ManagerOptions, newManager } from './manager.ts'
import { newMetricRegistry } from './metrics.ts'
import { generationChanged } from './predicates.ts'

const log = silentLogger
const base = { clock: systemClock, random: Math.random, log }

describe('a manager', () => {
  let cluster: TestCluster
  before(async () => {
    cluster = await startTestCluster()
  })
  after(() => cluster.close())

  /** A controller that gives each ConfigMap labelled `source` a twin. */
  function twins(namespace: string, identity?: string) {
    const metrics = newMetricRegistry()
    processMetrics(metrics, process)
    const client = cluster.newClient({ observe: requestMetrics(metrics) })
    const informers = newInformerSet({ ...base, client })
    const sources = informers.informer(ConfigMap, { namespace, labelSelector: 'source' })
    const applier = newApplier({ client, fieldManager: 'twins' })
    const controller = newController({
      ...base,
      metrics,
      concurrency: 4,
      sources: [watchSource(sources, { predicates: [generationChanged] })],
      reconciler: {
        name: 'twins',
        async reconcile({ key }, signal) {
          const source = sources.get(key)
          if (!source) return {}
          const twin = { metadata: { namespace, name: `${source.metadata?.name}-twin` }, data: source.data ?? {} }
          await applier.apply(ConfigMap, twin, { current: undefined, signal })
          return {}
        },
      },
    })
    const closed: string[] = []
    const options: ManagerOptions = {
      ...base,
      metrics,
      informers: [informers],
      controllers: [controller],
      http: {},
      closeables: [{ close: async () => void closed.push('closed') }],
      ...(identity
        ? {
            leaderElection: {
              client,
              random: Math.random,
              namespace: 'default',
              name: 'twins',
              identity,
              retryPeriodMs: 50,
            },
          }
        : {}),
    }
    return { options, closed }
  }

  const createSource = (namespace: string, name: string) =>
    cluster.client.create(ConfigMap, { metadata: { namespace, name, labels: { source: '' } }, data: { a: name } })
  const twinOf = (namespace: string, name: string) =>
    eventually(`the twin of ${name}`, () =>
      cluster.client.fetchIfExists(ConfigMap, { namespace, name: `${name}-twin` }),
    )

  it('runs controllers, serves health and metrics, and ends when told', async () => {
    const { options, closed } = twins('default')
    const stop = new AbortController()
    const manager = newManager(options)
    const ended = manager.run(stop.signal)
    const url = await manager.listening()
    await createSource('default', 'one')
    assert.deepEqual((await twinOf('default', 'one')).data, { a: 'one' })
    await eventually('readiness', async () => (await fetch(`${url}/readyz`)).ok)
    assert.equal(await (await fetch(`${url}/healthz`)).text(), 'ok')
    const metrics = await (await fetch(`${url}/metrics`)).text()
    assert.match(metrics, /^controller_runtime_reconcile_total\{controller="twins",result="success"\} \d+$/m)
    assert.match(
      metrics,
      /^rest_client_requests_total\{verb="apply",group="",resource="configmaps",code="20[01]"\} \d+$/m,
    )
    assert.match(metrics, /^process_resident_memory_bytes \d{7,}$/m)
    assert.equal((await fetch(`${url}/none`)).status, 404)
    stop.abort()
    await ended
    assert.deepEqual(closed, ['closed'])
    await assert.rejects(fetch(`${url}/healthz`))
  })

  it('lets one of two work, and the other when that ends', async () => {
    const managers = ['a', 'b'].map(identity => {
      const stop = new AbortController()
      return { stop, ended: newManager(twins('kube-public', identity).options).run(stop.signal) }
    })
    await createSource('kube-public', 'first')
    await twinOf('kube-public', 'first')
    // Whichever leads: the other one has to take over.
    for (const [i, { stop, ended }] of managers.entries()) {
      if (i === 1) {
        await createSource('kube-public', 'second')
        await twinOf('kube-public', 'second')
      }
      stop.abort()
      await ended
    }
  })

  it('ends all when one fails, and says why', async () => {
    const { options, closed } = twins('default')
    const failing = { ...options, runnables: [() => Promise.reject(new Error('no disk'))] }
    await assert.rejects(newManager(failing).run(new AbortController().signal), /no disk/)
    assert.deepEqual(closed, ['closed'])
  })

  it('says which informer has not synced', async t => {
    const { options } = twins('default')
    const missing = newInformerSet({ ...base, client: cluster.client })
    missing.informer({ group: 'example.test', version: 'v1', kind: 'None', plural: 'nones', namespaced: true })
    const stop = new AbortController()
    const manager = newManager({ ...options, informers: [missing] })
    const ended = manager.run(stop.signal)
    t.after(async () => {
      stop.abort()
      await ended
    })
    const url = await manager.listening()
    const text = await eventually('the reason', async () => {
      const answer = await (await fetch(`${url}/readyz`)).text()
      return answer.includes('first nones: ') && answer
    })
    assert.match(
      text,
      /^\[-\]informers failed: 1 not synced, first nones: the server answered 404: 404 page not found$/m,
    )
  })

  it('stays ready when a cache that only some objects need cannot be filled', async t => {
    const { options } = twins('default')
    const stop = new AbortController()
    const manager = newManager(options)
    const ended = manager.run(stop.signal)
    t.after(async () => {
      stop.abort()
      await ended
    })
    const url = await manager.listening()
    await eventually('readiness', async () => (await fetch(`${url}/readyz`)).ok)
    const type = { group: 'example.test', version: 'v1', kind: 'None', plural: 'nones', namespaced: true }
    const late = options.informers[0]?.informer(type)
    await eventually('the cache cannot be filled', () => late?.problem())
    assert.equal((await fetch(`${url}/readyz`)).status, 200)
  })

  it('is not alive while a loop does not move', async t => {
    const { options } = twins('default')
    const stuck = {
      name: 'stuck',
      enqueue: () => {},
      problem: () => '1 reconciles do not end, first a',
      run: async () => {},
    }
    const stop = new AbortController()
    const manager = newManager({ ...options, controllers: [stuck] })
    const ended = manager.run(stop.signal)
    t.after(async () => {
      stop.abort()
      await ended
    })
    const answer = await fetch(`${await manager.listening()}/healthz`)
    assert.equal(answer.status, 500)
    assert.match(await answer.text(), /^\[-\]loops failed: stuck: 1 reconciles do not end, first a$/m)
  })

  it('ends what controllers have started elsewhere while it still has the Lease', async () => {
    const { options } = twins('default', 'closing')
    const stop = new AbortController()
    let holder: string | undefined
    const leaseRef = { namespace: 'default', name: 'twins' }
    const closing = {
      async close() {
        holder = (await cluster.client.fetch(Lease, leaseRef)).spec?.holderIdentity
      },
    }
    const ended = newManager({ ...options, leaderCloseables: [closing] }).run(stop.signal)
    await eventually(
      'a leads',
      async () => (await cluster.client.fetchIfExists(Lease, leaseRef))?.spec?.holderIdentity === 'closing',
    )
    stop.abort()
    await ended
    assert.equal(holder, 'closing')
    assert.equal((await cluster.client.fetch(Lease, leaseRef)).spec?.holderIdentity, '')
  })

  it('does not wait for ever for what does not end', async () => {
    const { options } = twins('default')
    const stop = new AbortController()
    const manager = newManager({ ...options, shutdownTimeoutMs: 50, runnables: [() => new Promise(() => {})] })
    const ended = manager.run(stop.signal)
    await manager.listening()
    stop.abort()
    await assert.rejects(ended, /shutdown took too long/)
  })
})
