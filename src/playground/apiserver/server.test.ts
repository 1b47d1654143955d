import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type EmbeddedCluster, socketClientOf, startEmbeddedCluster } from '../../../test/support/embedded-cluster.ts'
import { eventually } from '../../../test/support/eventually.ts'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { ConfigMap, Event, Pod, ServiceAccount } from '../../api/core/core-v1.ts'
import { invalid } from '../../apimachinery/field-error.ts'
import type { Status } from '../../apimachinery/meta.ts'
import type { ApiServerOptions } from './server.ts'

interface Answer {
  readonly code: number
  readonly text: string
  readonly headers: NodeJS.Dict<string | string[]>
}

/** One request without the help of a client. */
function send(
  cluster: EmbeddedCluster,
  method: string,
  pathname: string,
  options: { readonly token?: string; readonly body?: string; readonly headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { token = cluster.api.token, body, headers } = options
  return new Promise((resolve, reject) => {
    const sent = request(`${cluster.api.url}${pathname}`, {
      method,
      ca: cluster.api.caPem,
      headers: { ...(token === '' ? {} : { authorization: `Bearer ${token}` }), ...headers },
    })
    sent.on('error', reject).on('response', response => {
      const parts = response.setEncoding('utf8').toArray() as Promise<string[]>
      parts.then(parts => {
        resolve({ code: response.statusCode ?? 0, text: parts.join(''), headers: response.headers })
      }, reject)
    })
    sent.end(body)
  })
}

const statusOf = (answer: Answer) => JSON.parse(answer.text) as Status
const configMap = (name: string) => ({ metadata: { name, namespace: 'default' } }) as ConfigMap
const maps = '/api/v1/namespaces/default/configmaps'

/** Runs `use` on a server of its own. */
async function on(options: ApiServerOptions, use: (cluster: EmbeddedCluster) => Promise<void>): Promise<void> {
  const cluster = await startEmbeddedCluster(options)
  try {
    await use(cluster)
  } finally {
    await cluster.close()
  }
}

describe('the embedded API', () => {
  let cluster: EmbeddedCluster
  before(async () => {
    cluster = await startEmbeddedCluster()
  })
  after(() => cluster.close())

  it('refuses who shows no token and who shows a wrong one', async () => {
    const nobody = await send(cluster, 'GET', maps, { token: '' })
    assert.equal(
      statusOf(nobody).message,
      'configmaps is forbidden: User "system:anonymous" cannot list resource "configmaps" in API group "" in the namespace "default"',
    )
    assert.equal(nobody.code, 403)
    const stranger = await send(cluster, 'GET', maps, { token: 'wrong' })
    assert.deepEqual([stranger.code, statusOf(stranger).reason], [401, 'Unauthorized'])
  })

  it('takes the same requests on its socket, from those who show the token', async t => {
    const near = socketClientOf(cluster.api)
    const stranger = socketClientOf({ ...cluster.api, token: 'wrong' })
    t.after(() => Promise.all([near.close(), stranger.close()]))
    const watch = near.watch(ConfigMap, { namespace: 'default', fieldSelector: 'metadata.name=by-socket' })
    const event = watch[Symbol.asyncIterator]().next()
    await near.create(ConfigMap, configMap('by-socket'))
    assert.equal((await event).value?.type, 'ADDED')
    assert.ok(await cluster.client.fetch(ConfigMap, { namespace: 'default', name: 'by-socket' }))
    await assert.rejects(stranger.list(ConfigMap, {}), { code: 401, reason: 'Unauthorized' })
  })

  it('ends the watches on its socket when it closes', () =>
    on({}, async ({ api, close }) => {
      const near = socketClientOf(api)
      await near.create(ConfigMap, configMap('seen'))
      const watch = near.watch(ConfigMap, { namespace: 'default' })[Symbol.asyncIterator]()
      assert.equal((await watch.next()).value?.object.metadata?.name, 'seen')
      const ended = watch.next()
      await close()
      await ended.then(
        ({ done }) => assert.equal(done, true),
        error => assert.equal(error.name, 'ConnectionError'),
      )
      await assert.rejects(near.list(ConfigMap, {}), { name: 'ConnectionError' })
      await near.close()
    }))

  for (const open of ['/healthz', '/livez', '/readyz', '/version']) {
    it(`answers ${open} without a token`, async () => {
      assert.equal((await send(cluster, 'GET', open, { token: '' })).code, 200)
    })
  }

  it('knows the tokens that it has given to service accounts', async () => {
    const { client } = cluster
    await client.create(ServiceAccount, { metadata: { name: 'robot', namespace: 'default' } } as ServiceAccount)
    const body = JSON.stringify({ spec: { expirationSeconds: 600 } })
    const headers = { 'content-type': 'application/json' }
    const created = await send(cluster, 'POST', '/api/v1/namespaces/default/serviceaccounts/robot/token', {
      body,
      headers,
    })
    const { status } = JSON.parse(created.text) as { status: { token: string } }
    const who = await send(cluster, 'POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      token: status.token,
      body: '{}',
      headers,
    })
    const review = JSON.parse(who.text) as { status: { userInfo: { username: string } } }
    assert.equal(review.status.userInfo.username, 'system:serviceaccount:default:robot')
  })

  it('reads a body that is too large to its end and refuses it', async () => {
    const body = JSON.stringify({ metadata: { name: 'large' }, data: { text: 'x'.repeat(3 * 1024 * 1024) } })
    const answer = await send(cluster, 'POST', maps, { body, headers: { 'content-type': 'application/json' } })
    assert.deepEqual([answer.code, statusOf(answer).reason], [413, 'RequestEntityTooLarge'])
  })

  it('packs large answers for those who accept that', async () => {
    for (let i = 0; i < 200; i++) {
      await cluster.client.create(ConfigMap, { ...configMap(`big-${i}`), data: { text: 'y'.repeat(1_000) } })
    }
    const packed = await send(cluster, 'GET', maps, { headers: { 'accept-encoding': 'gzip' } })
    const plain = await send(cluster, 'GET', maps)
    assert.equal(packed.headers['content-encoding'], 'gzip')
    assert.equal(plain.headers['content-encoding'], undefined)
    assert.ok(Number(packed.headers['content-length']) < Number(plain.headers['content-length']) / 4)
  })

  it('streams the log that the kubelet has', async () => {
    const { client, api } = cluster
    const spec = { nodeName: 'local', containers: [{ name: 'main', image: 'demo' }] }
    await client.create(Pod, { metadata: { name: 'talker', namespace: 'default' }, spec } as Pod)
    const asked: object[] = []
    const stop = api.onPodLogs(({ pod, container, tailLines, follow }) => {
      asked.push({ pod, container, tailLines, follow })
      return (async function* () {
        yield 'first'
        yield 'second'
      })()
    })
    const lines: string[] = []
    for await (const line of client.logs({ namespace: 'default', name: 'talker' }, { tailLines: 2, follow: true })) {
      lines.push(line)
    }
    stop()
    assert.deepEqual(lines, ['first', 'second'])
    assert.deepEqual(asked, [{ pod: 'talker', container: 'main', tailLines: 2, follow: true }])
  })
})

describe('an embedded API with options', () => {
  it('runs beside others in one process, each with its own objects and token', () =>
    on({ name: 'one' }, one =>
      on({ name: 'two' }, async two => {
        await one.client.create(ConfigMap, configMap('mine'))
        assert.equal(await two.client.fetchIfExists(ConfigMap, { namespace: 'default', name: 'mine' }), undefined)
        const answer = await send(one, 'GET', maps, { token: two.api.token })
        assert.equal(answer.code, 401)
        assert.match(two.api.kubeconfig, /current-context: two/)
      }),
    ))

  it('keeps port, certificates, token and objects in its folder', async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'serin-server-'))
    try {
      let kubeconfig = ''
      await on({ dir }, async ({ api, client }) => {
        kubeconfig = api.kubeconfig
        await client.create(ConfigMap, configMap('kept'))
      })
      await on({ dir }, async ({ api, client }) => {
        assert.equal(api.kubeconfig, kubeconfig)
        assert.ok(await client.fetch(ConfigMap, { namespace: 'default', name: 'kept' }))
      })
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
  })

  it('asks the admission hook, which may change and refuse', () =>
    on(
      {
        admission({ object, operation }) {
          if (object.kind !== 'ConfigMap') return undefined
          if (object.metadata.name === 'bad') return { errors: [invalid('data', 'x', 'not today')] }
          const labels = { ...object.metadata.labels, seen: operation }
          return { object: { ...object, metadata: { ...object.metadata, labels } } }
        },
      },
      async ({ client }) => {
        const made = await client.create(ConfigMap, configMap('good'))
        assert.deepEqual(made.metadata?.labels, { seen: 'CREATE' })
        await assert.rejects(client.create(ConfigMap, configMap('bad')), {
          code: 422,
          message: 'ConfigMap "bad" is invalid: data: Invalid value: "x": not today',
        })
      },
    ))

  it('refuses more requests than it may have in flight, and says when to come again', () =>
    on({ inFlight: { reads: 400, writes: 0 } }, async cluster => {
      const answer = await send(cluster, 'POST', maps, { body: '{}' })
      assert.deepEqual([answer.code, answer.headers['retry-after']], [429, '1'])
      assert.equal((await send(cluster, 'GET', maps)).code, 200)
    }))

  it('forgets events after an hour', async () => {
    const clock = new FakeClock()
    await on({ clock }, async ({ client }) => {
      const ref = { namespace: 'default', name: 'happened' }
      const involvedObject = { kind: 'Pod', namespace: 'default', name: 'x' }
      await client.create(Event, { metadata: ref, involvedObject, reason: 'Test', type: 'Normal' } as Event)
      await clock.advance(59 * 60_000)
      assert.ok(await client.fetchIfExists(Event, ref))
      await clock.advance(2 * 60_000)
      await eventually('the event is gone', async () => (await client.fetchIfExists(Event, ref)) === undefined)
    })
  })
})
