import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { CoreV1Api, makeInformer, KubeConfig as OfficialKubeConfig } from '@kubernetes/client-node'
import fc from 'fast-check'
import { startTestCluster, type TestCluster } from '../../test/support/cluster.ts'
import { startDroppingProxy } from '../../test/support/dropping-proxy.ts'
import { eventually } from '../../test/support/eventually.ts'
import { ConfigMap } from '../api/core/core-v1.ts'
import { systemClock } from './clock.ts'
import { type Informer, newInformer } from './informer.ts'
import { silentLogger } from './log.ts'

const namespace = 'default'
const labelSelector = 'soak=yes'

type Write =
  | { readonly do: 'create'; readonly n: number }
  | { readonly do: 'delete'; readonly n: number }
  | { readonly do: 'update'; readonly n: number; readonly value: number }
  /** Takes the object out of the selection, or back into it. */
  | { readonly do: 'label'; readonly n: number; readonly selected: boolean }
  | { readonly do: 'drop' }

const n = fc.nat(14)
const writes: fc.Arbitrary<Write[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('create' as const), n }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('update' as const), n, value: fc.nat() }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), n }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('label' as const), n, selected: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('drop' as const) }) },
  ),
  { minLength: 150, maxLength: 250 },
)

describe('the informer and the official one', () => {
  let cluster: TestCluster
  before(async () => {
    cluster = await startTestCluster()
  })
  after(() => cluster.close())

  function officialConfig(): OfficialKubeConfig {
    const config = new OfficialKubeConfig()
    config.loadFromString(cluster.api.kubeconfig)
    return config
  }

  /** Does one write; it may find the object gone or there already. */
  async function write(step: Write): Promise<void> {
    const { client } = cluster
    if (step.do === 'drop') return
    const ref = { namespace, name: `soak-${step.n}` }
    const merge = (body: { metadata?: object; data?: object }) =>
      client.patch(ConfigMap, ref, { type: 'merge', body: body as Record<string, never> })
    const code = (error: { code?: number }) => assert.ok(error.code === 404 || error.code === 409, String(error))
    if (step.do === 'create')
      await client.create(ConfigMap, { metadata: { ...ref, labels: { soak: 'yes' } } }).catch(code)
    else if (step.do === 'delete') await client.delete(ConfigMap, ref).catch(code)
    else if (step.do === 'update') await merge({ data: { value: String(step.value) } }).catch(code)
    else await merge({ metadata: { labels: { soak: step.selected ? 'yes' : 'no' } } }).catch(code)
  }

  /** What the handlers of an informer add up to; fails on an event that does not fit. */
  function replay(informer: Informer<ConfigMap>): ReadonlyMap<string, string> {
    const state = new Map<string, string>()
    const nameOf = (of: ConfigMap) => of.metadata?.name ?? ''
    const versionOf = (of: ConfigMap) => of.metadata?.resourceVersion ?? ''
    informer.addHandler({
      added(object) {
        assert.ok(!state.has(nameOf(object)), `${nameOf(object)} was added twice`)
        state.set(nameOf(object), versionOf(object))
      },
      updated(previous, object) {
        assert.equal(state.get(nameOf(object)), versionOf(previous))
        state.set(nameOf(object), versionOf(object))
      },
      deleted(object) {
        assert.ok(state.delete(nameOf(object)), `${nameOf(object)} was deleted twice`)
      },
    })
    return state
  }

  const sorted = (entries: Iterable<readonly [string, string]>) => [...entries].sort(([a], [b]) => (a < b ? -1 : 1))

  for (const initialSync of ['list', 'auto'] as const) {
    it(`end in the same state after random writes and dropped connections (${initialSync})`, async t => {
      const errors: string[] = []
      const log = {
        ...silentLogger,
        error: (_message: string, fields?: object) => void errors.push(JSON.stringify(fields)),
      }
      const proxy = await startDroppingProxy(Number(new URL(cluster.api.url).port))
      t.after(() => proxy.close())
      const throughProxy = cluster.newClient({
        kubeconfig: cluster.api.kubeconfig.replaceAll(cluster.api.url, `https://127.0.0.1:${proxy.port}`),
      })
      const stop = new AbortController()
      const selection = { namespace, labelSelector }
      const ours = newInformer({
        client: throughProxy,
        clock: systemClock,
        random: () => 1,
        log,
        type: ConfigMap,
        selection,
        initialSync,
      })
      const replayed = replay(ours)
      const running = ours.run(stop.signal)
      const api = officialConfig().makeApiClient(CoreV1Api)
      const listOfficially = () => api.listNamespacedConfigMap({ namespace, labelSelector })
      const theirs = makeInformer(
        officialConfig(),
        `/api/v1/namespaces/${namespace}/configmaps`,
        listOfficially,
        labelSelector,
      )
      theirs.on('error', () => {
        if (!stop.signal.aborted) void theirs.start()
      })
      t.after(async () => {
        stop.abort()
        await running
        await theirs.stop()
      })
      await theirs.start()
      await ours.synced()

      const [sequence] = fc.sample(writes, { seed: 42, numRuns: 1 })
      for (const step of sequence ?? []) {
        if (step.do === 'drop') proxy.drop()
        await write(step)
      }

      const versions = (objects: readonly { metadata?: { name?: string; resourceVersion?: string } }[]) =>
        sorted(objects.map(of => [of.metadata?.name ?? '', of.metadata?.resourceVersion ?? ''] as const))
      const truth = versions((await listOfficially()).items)
      assert.ok(truth.length > 0)
      await eventually(
        'our informer to have heard',
        () => JSON.stringify(versions(ours.list())) === JSON.stringify(truth),
      )
      await eventually('the official informer', () => JSON.stringify(versions(theirs.list())) === JSON.stringify(truth))
      assert.deepEqual(sorted(replayed), truth)
      assert.deepEqual(errors, [])

      const listed = await cluster.client.list(ConfigMap, { namespace, labelSelector })
      // The official client makes Dates of times; as JSON they differ in their milliseconds only.
      const official = JSON.parse(JSON.stringify((await listOfficially()).items).replaceAll('.000Z"', 'Z"')) as object[]
      assert.deepEqual(
        listed.items.map(({ apiVersion: _, kind: __, ...rest }) => rest),
        official,
      )
    })
  }
})
