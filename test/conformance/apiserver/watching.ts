/** Watches: what they send, where they begin, how they end. */
import assert from 'node:assert/strict'
import { ConfigMap } from '../../../src/api/core/core-v1.ts'
import type { KubernetesObject, ResourceType } from '../../../src/apimachinery/meta.ts'
import { ApiError, type WatchEvent, type WatchOptions } from '../../../src/runtime/client.ts'
import { eventually } from '../../support/eventually.ts'
import type { Topic } from '../case.ts'
import type { CaseContext } from '../context.ts'
import { configMap } from '../objects.ts'
import { merge, pathOf } from '../requests.ts'

type Seen = readonly [type: string, name: string | undefined, color?: string]

/** The first `count` events of a watch, in short, while `act` runs. */
async function eventsOf(
  context: CaseContext,
  count: number,
  options: WatchOptions,
  act: () => Promise<unknown> = async () => {},
): Promise<Seen[]> {
  const seen: Seen[] = []
  const signal = AbortSignal.timeout(20_000)
  const events = context.client().watch(ConfigMap, { namespace: context.namespace, signal, ...options })
  const reading = (async () => {
    for await (const event of events) {
      seen.push(inShort(event))
      if (seen.length === count) return
    }
  })()
  await Promise.all([reading, act()])
  return seen
}

function inShort({ type, object }: WatchEvent<ConfigMap>): Seen {
  const color = object.data?.['color']
  return color === undefined ? [type, object.metadata?.name] : [type, object.metadata?.name, color]
}

async function currentVersion(context: CaseContext): Promise<string> {
  return (await context.client().list(ConfigMap, { namespace: context.namespace })).resourceVersion
}

const change = (context: CaseContext, name: string, patch: Parameters<typeof merge>[1]) =>
  context.send(merge(configMap(name), patch))
const remove = (context: CaseContext, name: string) => context.send({ line: `DELETE ${pathOf(configMap(name))}` })

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

/** A kind that comes long after the first version; what is served from the start may have been watched since that. */
async function newKind(context: CaseContext): Promise<ResourceType<KubernetesObject>> {
  const group = `${context.namespace}.example.com`
  const names = { plural: 'relics', singular: 'relic', kind: 'Relic' }
  const schema = { openAPIV3Schema: { type: 'object' } }
  await context.create({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `relics.${group}` },
    spec: { group, scope: 'Namespaced', names, versions: [{ name: 'v1', served: true, storage: true, schema }] },
  })
  const relics = { group, version: 'v1', kind: 'Relic', plural: 'relics', namespaced: true }
  const isServed = () =>
    context
      .client()
      .list(relics)
      .then(
        () => true,
        () => false,
      )
  await eventually('the kind is served', isServed, 30_000)
  return relics
}

export const watchTopic: Topic = {
  title: 'watches',
  cases: [
    {
      name: 'a watch from a version sends every change after it, in order',
      run: async context => {
        await context.create(configMap('before'))
        const resourceVersion = await currentVersion(context)
        const seen = await eventsOf(context, 4, { resourceVersion }, async () => {
          await context.create(configMap('a'))
          await change(context, 'a', { data: { color: 'red' } })
          await remove(context, 'a')
          await remove(context, 'before')
        })
        assert.deepEqual(seen, [
          ['ADDED', 'a', 'blue'],
          ['MODIFIED', 'a', 'red'],
          ['DELETED', 'a', 'red'],
          ['DELETED', 'before', 'blue'],
        ])
      },
    },
    {
      name: 'a watch replays what happened between its version and its beginning',
      run: async context => {
        const resourceVersion = await currentVersion(context)
        await context.create(configMap('a'))
        await change(context, 'a', { data: { color: 'red' } })
        await remove(context, 'a')
        assert.deepEqual(await eventsOf(context, 3, { resourceVersion }), [
          ['ADDED', 'a', 'blue'],
          ['MODIFIED', 'a', 'red'],
          ['DELETED', 'a', 'red'],
        ])
      },
    },
    {
      name: 'a watch without a version begins with what is there',
      run: async context => {
        await context.create(configMap('a'))
        await context.create(configMap('b'))
        const seen = await eventsOf(context, 3, {}, async () => context.create(configMap('c')))
        assert.deepEqual(
          seen.map(([type]) => type),
          ['ADDED', 'ADDED', 'ADDED'],
        )
        assert.deepEqual(seen.map(([, name]) => name).sort(), ['a', 'b', 'c'])
      },
    },
    {
      name: 'a watch from version zero begins with what is there',
      run: async context => {
        await context.create(configMap('a'))
        assert.deepEqual(await eventsOf(context, 1, { resourceVersion: '0' }), [['ADDED', 'a', 'blue']])
      },
    },
    {
      name: 'a watch can be resumed from any version that it has sent',
      run: async context => {
        const resourceVersion = await currentVersion(context)
        const versions: string[] = []
        for (const name of ['a', 'b', 'c'])
          versions.push((await context.create(configMap(name))).metadata?.resourceVersion ?? '')
        assert.deepEqual(
          (await eventsOf(context, 3, { resourceVersion })).map(([, name]) => name),
          ['a', 'b', 'c'],
        )
        assert.deepEqual(
          (await eventsOf(context, 2, { resourceVersion: versions[0] ?? '' })).map(([, name]) => name),
          ['b', 'c'],
        )
      },
    },
    {
      name: 'an object that comes under the selector is added, one that leaves it deleted',
      run: async context => {
        await context.create(configMap('a'))
        const resourceVersion = await currentVersion(context)
        const seen = await eventsOf(context, 3, { resourceVersion, labelSelector: 'tier=front' }, async () => {
          await change(context, 'a', { data: { color: 'red' } })
          await change(context, 'a', { metadata: { labels: { tier: 'front' } } })
          await change(context, 'a', { data: { color: 'green' } })
          await change(context, 'a', { metadata: { labels: { tier: null } } })
        })
        assert.deepEqual(seen, [
          ['ADDED', 'a', 'red'],
          ['MODIFIED', 'a', 'green'],
          ['DELETED', 'a', 'green'],
        ])
      },
    },
    {
      name: 'a watch of one name sees that object alone',
      run: async context => {
        const resourceVersion = await currentVersion(context)
        const seen = await eventsOf(context, 2, { resourceVersion, fieldSelector: 'metadata.name=b' }, async () => {
          for (const name of ['a', 'b', 'c']) await context.create(configMap(name))
          await remove(context, 'b')
        })
        assert.deepEqual(seen, [
          ['ADDED', 'b', 'blue'],
          ['DELETED', 'b', 'blue'],
        ])
      },
    },
    {
      name: 'a deletion that waits for a finalizer is a change first',
      run: async context => {
        await context.create({ ...configMap('a'), metadata: { name: 'a', finalizers: ['example.com/hold'] } })
        const resourceVersion = await currentVersion(context)
        const seen = await eventsOf(context, 2, { resourceVersion }, async () => {
          await remove(context, 'a')
          await change(context, 'a', { metadata: { finalizers: null } })
        })
        assert.deepEqual(
          seen.map(([type]) => type),
          ['MODIFIED', 'DELETED'],
        )
      },
    },
    {
      name: 'a deleted object carries the version of its deletion',
      run: async context => {
        const made = await context.create(configMap('a'))
        const events = context.client().watch(ConfigMap, {
          namespace: context.namespace,
          resourceVersion: made.metadata?.resourceVersion ?? '',
          signal: AbortSignal.timeout(20_000),
        })
        await remove(context, 'a')
        for await (const event of events) {
          assert.equal(event.type, 'DELETED')
          assert.ok(BigInt(event.object.metadata?.resourceVersion ?? 0) > BigInt(made.metadata?.resourceVersion ?? 0))
          break
        }
      },
    },
    {
      name: 'a write that changes nothing sends nothing',
      run: async context => {
        await context.create(configMap('a'))
        const resourceVersion = await currentVersion(context)
        const seen = await eventsOf(context, 1, { resourceVersion }, async () => {
          await change(context, 'a', { data: { color: 'blue' } })
          await context.create(configMap('b'))
        })
        assert.deepEqual(seen, [['ADDED', 'b', 'blue']])
      },
    },
    {
      name: 'a watch ends after its time without an error',
      run: async context => {
        assert.deepEqual(
          await eventsOf(context, -1, { resourceVersion: await currentVersion(context), timeoutSeconds: 1 }),
          [],
        )
      },
    },
    {
      name: 'bookmarks come before the end when asked for',
      run: async context => {
        const resourceVersion = await currentVersion(context)
        const options: WatchOptions = { resourceVersion, allowBookmarks: true, timeoutSeconds: 4 }
        const seen = await eventsOf(context, 1, options)
        assert.deepEqual(seen, [['BOOKMARK', undefined]])
      },
    },
    {
      name: 'the beginning can be marked by a bookmark',
      run: async context => {
        await context.create(configMap('a'))
        const query =
          'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1'
        const answer = await context.exchange({ line: `GET /api/v1/namespaces/ns-case/configmaps?${query}` })
        const events = String(answer.body)
          .trim()
          .split('\n')
          // More bookmarks may follow.
          .slice(0, 2)
          .map(line => JSON.parse(line))
        assert.deepEqual(
          events.map(event => event.type),
          ['ADDED', 'BOOKMARK'],
        )
        assert.deepEqual(events[1].object.metadata.annotations, { 'k8s.io/initial-events-end': 'true' })
        assert.equal(events[1].object.kind, 'ConfigMap')
      },
    },
    {
      name: 'a version that is too old has expired',
      run: async context => {
        const relics = await newKind(context)
        const events = context.client().watch(relics, {
          namespace: context.namespace,
          resourceVersion: '1',
          signal: AbortSignal.timeout(20_000),
        })
        const failure = await events[Symbol.asyncIterator]()
          .next()
          .catch((error: unknown) => error)
        await context.send({ line: `DELETE ${definitions}/${relics.plural}.${relics.group}` })
        assert.ok(failure instanceof ApiError, `got ${JSON.stringify(failure)}`)
        assert.deepEqual(
          { ...failure.status, message: failure.status.message?.replace(/\(\d+\)/, '(N)') },
          {
            kind: 'Status',
            apiVersion: 'v1',
            metadata: {},
            status: 'Failure',
            message: 'too old resource version: 1 (N)',
            reason: 'Expired',
            code: 410,
          },
        )
      },
    },
    {
      name: 'a watch of one object in the old form sees that object',
      run: async context => {
        await context.create(configMap('a'))
        await context.create(configMap('b'))
        const answer = await context.exchange({
          line: 'GET /api/v1/watch/namespaces/ns-case/configmaps/a?timeoutSeconds=1',
        })
        const events = String(JSON.stringify(answer.body))
        assert.match(events, /"name":"a"/)
        assert.doesNotMatch(events, /"name":"b"/)
      },
    },
    {
      name: 'kubectl get --watch prints a line for each change',
      run: async context => {
        const kubectl = await context.kubectl()
        await context.create(configMap('a'))
        const child = kubectl.start('kubectl get cm -w -o custom-columns=NAME:.metadata.name,COLOR:.data.color')
        const lines: string[] = []
        const ended = new Promise<void>(resolve => {
          let text = ''
          child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk
            // A chunk may end in the middle of a line.
            const whole = text.slice(0, text.lastIndexOf('\n'))
            lines.splice(0, lines.length, ...(whole === '' ? [] : whole.split('\n')))
            if (lines.length === 2) void change(context, 'a', { data: { color: 'red' } })
            if (lines.length === 3) void remove(context, 'a')
            if (lines.length === 4) resolve()
          })
          child.on('close', () => resolve())
        })
        await ended
        child.kill()
        assert.deepEqual(
          lines.map(line => line.trim().replaceAll(/ +/g, ' ')),
          ['NAME COLOR', 'a blue', 'a red', 'a red'],
        )
      },
    },
    {
      name: 'kubectl wait ends when the condition comes about',
      run: async context => {
        const kubectl = await context.kubectl()
        await context.create(configMap('a'))
        const waiting = kubectl.run("kubectl wait --for=jsonpath='{.data.color}'=red cm/a --timeout=20s")
        await change(context, 'a', { data: { color: 'red' } })
        assert.deepEqual(await waiting, { code: 0, stdout: 'configmap/a condition met\n', stderr: '' })
      },
    },
  ],
}
