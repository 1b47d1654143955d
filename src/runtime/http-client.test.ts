import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { answerJson, type SeenRequest, startScriptedServer, statusBody } from '../../test/support/scripted-server.ts'
import { Deployment } from '../api/core/apps-v1.ts'
import { ConfigMap, Namespace } from '../api/core/core-v1.ts'
import { ApiError, type Client, ConnectionError } from './client.ts'
import { systemClock } from './clock.ts'
import { type HttpClientOptions, newClient } from './http-client.ts'

type Answer = Parameters<typeof startScriptedServer>[0]

async function clientOf(t: TestContext, answer: Answer, options: Partial<HttpClientOptions> = {}) {
  const server = await startScriptedServer(answer)
  const config = { server: server.url, credentials: { token: 'secret' } }
  const client = newClient({ config, clock: systemClock, ...options })
  t.after(async () => {
    await client.close()
    await server.close()
  })
  return { client, server }
}

const ok: Answer = (_request, response) => answerJson(response, { kind: 'ConfigMap', metadata: { name: 'a' } })
const at = { namespace: 'web', name: 'a' }
const deployment = { metadata: at, spec: { selector: {}, template: {} } }
const configMap = { metadata: at, data: { key: 'value' } }

describe('a client sends', () => {
  const cases: readonly {
    readonly name: string
    readonly call: (client: Client) => Promise<unknown>
    readonly want: {
      readonly method: string
      readonly url: string
      readonly contentType?: string
      readonly body?: unknown
    }
  }[] = [
    {
      name: 'a fetch of one object',
      call: client => client.fetch(ConfigMap, at),
      want: { method: 'GET', url: '/api/v1/namespaces/web/configmaps/a' },
    },
    {
      name: 'a fetch of a cluster-scoped object',
      call: client => client.fetch(Namespace, { name: 'web' }),
      want: { method: 'GET', url: '/api/v1/namespaces/web' },
    },
    {
      name: 'a fetch of a subresource of a grouped kind',
      call: client => client.fetch(Deployment, at, { subresource: 'scale' }),
      want: { method: 'GET', url: '/apis/apps/v1/namespaces/web/deployments/a/scale' },
    },
    {
      name: 'a list with selectors',
      call: client =>
        client.list(ConfigMap, { labelSelector: 'a in (b,c)', fieldSelector: 'metadata.name=x', limit: 7 }),
      want: {
        method: 'GET',
        url: '/api/v1/configmaps?labelSelector=a+in+%28b%2Cc%29&fieldSelector=metadata.name%3Dx&limit=7',
      },
    },
    {
      name: 'a creation with the kind filled in',
      call: client => client.create(ConfigMap, configMap, { fieldManager: 'me', dryRun: true }),
      want: {
        method: 'POST',
        url: '/api/v1/namespaces/web/configmaps?fieldManager=me&dryRun=All',
        contentType: 'application/json',
        body: { apiVersion: 'v1', kind: 'ConfigMap', ...configMap },
      },
    },
    {
      name: 'a replacement of the status',
      call: client => client.update(Deployment, deployment, { subresource: 'status', fieldValidation: 'Strict' }),
      want: {
        method: 'PUT',
        url: '/apis/apps/v1/namespaces/web/deployments/a/status?fieldValidation=Strict',
        contentType: 'application/json',
        body: { apiVersion: 'apps/v1', kind: 'Deployment', ...deployment },
      },
    },
    {
      name: 'a merge patch',
      call: client => client.patch(ConfigMap, at, { type: 'merge', body: { data: null } }),
      want: {
        method: 'PATCH',
        url: '/api/v1/namespaces/web/configmaps/a',
        contentType: 'application/merge-patch+json',
        body: { data: null },
      },
    },
    {
      name: 'a strategic merge patch',
      call: client => client.patch(ConfigMap, at, { type: 'strategic', body: {} }),
      want: {
        method: 'PATCH',
        url: '/api/v1/namespaces/web/configmaps/a',
        contentType: 'application/strategic-merge-patch+json',
        body: {},
      },
    },
    {
      name: 'a JSON patch',
      call: client => client.patch(ConfigMap, at, { type: 'json', body: [{ op: 'remove', path: '/data' }] }),
      want: {
        method: 'PATCH',
        url: '/api/v1/namespaces/web/configmaps/a',
        contentType: 'application/json-patch+json',
        body: [{ op: 'remove', path: '/data' }],
      },
    },
    {
      name: 'a server-side apply',
      call: client => client.apply(ConfigMap, configMap, { fieldManager: 'me', force: true }),
      want: {
        method: 'PATCH',
        url: '/api/v1/namespaces/web/configmaps/a?fieldManager=me&force=true',
        contentType: 'application/apply-patch+yaml',
        body: { apiVersion: 'v1', kind: 'ConfigMap', ...configMap },
      },
    },
    {
      name: 'a deletion with its options',
      call: client =>
        client.delete(ConfigMap, at, {
          propagationPolicy: 'Foreground',
          gracePeriodSeconds: 0,
          preconditions: { uid: 'u' },
          dryRun: true,
        }),
      want: {
        method: 'DELETE',
        url: '/api/v1/namespaces/web/configmaps/a',
        contentType: 'application/json',
        body: {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          propagationPolicy: 'Foreground',
          gracePeriodSeconds: 0,
          preconditions: { uid: 'u' },
          dryRun: ['All'],
        },
      },
    },
    {
      name: 'any other request',
      call: client => client.request('POST', '/apis/x', { body: { a: 1 } }),
      want: { method: 'POST', url: '/apis/x', contentType: 'application/json', body: { a: 1 } },
    },
    {
      name: 'names with characters that a path would not carry',
      call: client => client.fetch(ConfigMap, { namespace: 'a/b', name: 'system:x?y' }),
      want: { method: 'GET', url: '/api/v1/namespaces/a%2Fb/configmaps/system%3Ax%3Fy' },
    },
  ]
  for (const c of cases) {
    it(c.name, async t => {
      const { client, server } = await clientOf(t, ok)
      await c.call(client)
      const [request] = server.seen
      assert.deepEqual(shown(request), c.want)
      assert.equal(request?.headers.authorization, 'Bearer secret')
      assert.equal(request?.headers['user-agent'], 'serin')
    })
  }
})

function shown(request: SeenRequest | undefined) {
  const { method, url, headers, body } = request ?? { method: '', url: '', headers: {}, body: '' }
  if (!body) return { method, url }
  return { method, url, contentType: headers['content-type'], body: JSON.parse(body) as unknown }
}

describe('a client refuses to send', () => {
  it('a request for one object without its name, which would mean all', async t => {
    const { client, server } = await clientOf(t, ok)
    await assert.rejects(client.delete(ConfigMap, { namespace: 'web', name: '' }), /needs a name/)
    await assert.rejects(client.fetch(ConfigMap, { name: 'a' }), /ConfigMap a needs a namespace/)
    await assert.rejects(client.create(ConfigMap, { metadata: { name: 'a' } }), /needs metadata.namespace/)
    assert.equal(server.seen.length, 0)
  })

  it('a token that would break the header', async t => {
    const { server } = await clientOf(t, ok)
    const config = { server: server.url, credentials: { token: 'a\r\nx: y' } }
    const client = newClient({ config, clock: systemClock })
    t.after(() => client.close())
    await assert.rejects(client.fetch(ConfigMap, at), { reason: 'InvalidKubeConfig' })
  })
})

describe('a list', () => {
  it('follows the pages and names the items', async t => {
    const { client, server } = await clientOf(t, (request, response) => {
      const isFirst = !request.url.includes('continue')
      answerJson(response, {
        items: [{ metadata: { name: isFirst ? 'a' : 'b' } }],
        metadata: { resourceVersion: '5', ...(isFirst ? { continue: 'next', remainingItemCount: 1 } : {}) },
      })
    })
    const named = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })
    const all = await client.list(ConfigMap, { resourceVersion: '3' })
    assert.deepEqual(all, { items: [named('a'), named('b')], resourceVersion: '5' })
    // The API refuses a version together with a token.
    assert.deepEqual(
      server.seen.map(request => request.url.split('?')[1]),
      ['resourceVersion=3&limit=500', 'limit=500&continue=next'],
    )
    assert.deepEqual(await client.list(ConfigMap, { onePage: true, limit: 1 }), {
      items: [named('a')],
      resourceVersion: '5',
      continue: 'next',
      remainingItemCount: 1,
    })
  })

  it('asks for all at once when its token has aged', async t => {
    const { client, server } = await clientOf(t, (request, response) => {
      if (request.url.includes('continue')) return answerJson(response, statusBody(410, 'Expired', 'too old'), 410)
      const isPaged = request.url.includes('limit')
      answerJson(response, { items: isPaged ? [{}] : [{}, {}], metadata: isPaged ? { continue: 'x' } : {} })
    })
    assert.equal((await client.list(ConfigMap)).items.length, 2)
    assert.equal(server.seen.length, 3)
  })

  it('takes null for no items', async t => {
    const { client } = await clientOf(t, (_request, response) => answerJson(response, { items: null, metadata: {} }))
    assert.deepEqual(await client.list(ConfigMap), { items: [], resourceVersion: '' })
  })
})

describe('an error', () => {
  it('of the API keeps its reason, code, causes and wait', async t => {
    const status = {
      ...statusBody(422, 'Invalid', 'no'),
      details: { causes: [{ field: 'spec' }], retryAfterSeconds: 2 },
    }
    const { client } = await clientOf(t, (_request, response) => answerJson(response, status, 422))
    await assert.rejects(client.create(ConfigMap, configMap), (error: unknown) => {
      assert.ok(error instanceof ApiError)
      const { code, reason, message, retryAfterMs } = error
      assert.deepEqual(
        { code, reason, message, retryAfterMs },
        { code: 422, reason: 'Invalid', message: 'no', retryAfterMs: 2_000 },
      )
      assert.deepEqual(error.status, status)
      return true
    })
  })

  const bodies: readonly {
    readonly name: string
    readonly code: number
    readonly body: string
    readonly reason: string
  }[] = [
    { name: 'a page of a proxy', code: 502, body: '<html>\n<h1>Bad   Gateway</h1>', reason: 'InternalError' },
    { name: 'nothing', code: 404, body: '', reason: 'NotFound' },
    { name: 'JSON that is no Status', code: 403, body: '{"a":1}', reason: 'Forbidden' },
  ]
  for (const { name, code, body, reason } of bodies) {
    it(`with ${name} for a body gets a Status of its own`, async t => {
      const { client } = await clientOf(t, (_request, response) => response.writeHead(code).end(body))
      await assert.rejects(client.create(ConfigMap, configMap), { name: 'ApiError', code, reason })
    })
  }

  it('404 is undefined to fetchIfExists', async t => {
    const { client } = await clientOf(t, (_q, response) => answerJson(response, statusBody(404, 'NotFound', 'no'), 404))
    assert.equal(await client.fetchIfExists(ConfigMap, at), undefined)
  })

  it('of the connection says what was asked, and never the token', async t => {
    const { client, server } = await clientOf(t, ok)
    await server.close()
    await assert.rejects(client.fetch(ConfigMap, at), (error: unknown) => {
      assert.ok(error instanceof ConnectionError)
      assert.match(
        error.message,
        /^GET http:\/\/127\.0\.0\.1:\d+\/api\/v1\/namespaces\/web\/configmaps\/a failed: .*ECONNREFUSED/,
      )
      assert.doesNotMatch(error.message, /secret/)
      return true
    })
  })

  it('is thrown for an answer that is not JSON', async t => {
    const { client } = await clientOf(t, (_request, response) => response.end('<html>'))
    await assert.rejects(client.fetch(ConfigMap, at), /not JSON/)
  })
})

describe('a client has patience', () => {
  it('with a server that throttles: it waits as told and asks again', async t => {
    const { client, server } = await clientOf(t, (request, response, i) => {
      if (i >= 2) return ok(request, response, i)
      answerJson(response, statusBody(429, 'TooManyRequests', 'slow down'), 429, { 'retry-after': '0' })
    })
    await client.fetch(ConfigMap, at)
    assert.equal(server.seen.length, 3)
  })

  it('but not for ever', async t => {
    const { client, server } = await clientOf(t, (_request, response) => {
      answerJson(response, statusBody(503, 'ServiceUnavailable', 'starting'), 503, { 'retry-after': '0' })
    })
    await assert.rejects(client.fetch(ConfigMap, at), { code: 503, retryAfterMs: 0 })
    assert.equal(server.seen.length, 6)
  })

  it('and not for a wait beyond its bound', async t => {
    const { client, server } = await clientOf(t, (_request, response) => {
      answerJson(response, statusBody(429, 'TooManyRequests', 'slow down'), 429, { 'retry-after': '3600' })
    })
    await assert.rejects(client.fetch(ConfigMap, at), { code: 429, retryAfterMs: 3_600_000 })
    assert.equal(server.seen.length, 1)
  })

  it('and not with a creation, which must not happen twice', async t => {
    const { client, server } = await clientOf(t, (_request, response) => {
      answerJson(response, statusBody(429, 'TooManyRequests', 'slow down'), 429, { 'retry-after': '0' })
    })
    await assert.rejects(client.create(ConfigMap, configMap), { code: 429 })
    assert.equal(server.seen.length, 1)
  })

  it('with a connection that the server closes as a read goes out, once', async t => {
    const { client, server } = await clientOf(t, (request, response, i) => {
      if (i === 1) response.destroy()
      else ok(request, response, i)
    })
    await client.fetch(ConfigMap, at)
    await client.fetch(ConfigMap, at)
    assert.equal(server.seen.length, 3)
  })
})

describe('a client gives up', () => {
  const limits = { requestTimeoutMs: 100, maxBodyBytes: 1_000, maxLineBytes: 1_000 }
  const cases: readonly { readonly name: string; readonly answer: Answer; readonly want: RegExp }[] = [
    { name: 'on a server that never answers', answer: () => {}, want: /was not answered within 100 ms/ },
    {
      name: 'on a body that never ends',
      answer: (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.write('{')
      },
      want: /was not answered within 100 ms/,
    },
    {
      name: 'on a body that is too long',
      answer: (_request, response) => response.end(`"${'x'.repeat(1_000)}"`),
      want: /the answer is longer than 1000 bytes/,
    },
    {
      name: 'on a body that is cut off',
      answer: (_request, response) => {
        response.writeHead(200, { 'content-length': '100' })
        response.write('{')
        setImmediate(() => response.destroy())
      },
      want: /failed: /,
    },
  ]
  for (const c of cases) {
    it(c.name, async t => {
      const { client } = await clientOf(t, c.answer, limits)
      await assert.rejects(client.fetch(ConfigMap, at), (error: unknown) => {
        assert.ok(error instanceof ConnectionError)
        assert.match(error.message, c.want)
        return true
      })
    })
  }

  it('when its caller does, with the reason of the caller', async t => {
    const { client } = await clientOf(t, () => {})
    const controller = new AbortController()
    const fetching = client.fetch(ConfigMap, at, { signal: controller.signal })
    const reason = new Error('enough')
    controller.abort(reason)
    await assert.rejects(fetching, reason)
  })

  it('on a watch whose line is too long', async t => {
    const { client } = await clientOf(t, (_request, response) => response.write('x'.repeat(1_001)), limits)
    await assert.rejects(collect(client.watch(ConfigMap)), /watch of configmaps: a line is longer than 1000 bytes/)
  })
})

describe('a watch', () => {
  const line = (type: string, name: string) => `${JSON.stringify({ type, object: { metadata: { name } } })}\n`

  it('yields events as they come, whatever the packets are', async t => {
    const { client, server } = await clientOf(t, (_request, response) => {
      const bytes = Buffer.from(line('ADDED', 'ä') + line('DELETED', 'b'))
      let i = 0
      const next = () => (i < bytes.length ? response.write(bytes.subarray(i, ++i), next) : response.end())
      next()
    })
    const events = await collect(client.watch(ConfigMap, { resourceVersion: '5', timeoutSeconds: 9 }))
    assert.deepEqual(
      events.map(event => [event.type, event.object.metadata?.name]),
      [
        ['ADDED', 'ä'],
        ['DELETED', 'b'],
      ],
    )
    assert.equal(
      server.seen[0]?.url,
      '/api/v1/configmaps?watch=true&resourceVersion=5&allowWatchBookmarks=true&timeoutSeconds=9',
    )
  })

  it('is not bound by the time limit once it has begun', async t => {
    const { client } = await clientOf(
      t,
      (_request, response) => {
        response.write(line('ADDED', 'a'))
        setTimeout(() => response.end(line('ADDED', 'b')), 300)
      },
      { requestTimeoutMs: 100 },
    )
    assert.equal((await collect(client.watch(ConfigMap))).length, 2)
  })

  it('throws what the server sends as an error', async t => {
    const { client } = await clientOf(t, (_request, response) => {
      response.end(`${JSON.stringify({ type: 'ERROR', object: statusBody(410, 'Expired', 'too old') })}\n`)
    })
    await assert.rejects(collect(client.watch(ConfigMap)), { name: 'ApiError', code: 410, reason: 'Expired' })
  })

  const broken: readonly { readonly name: string; readonly text: string; readonly want: RegExp }[] = [
    { name: 'a line that is not JSON', text: 'garbage\n', want: /a line that is not JSON/ },
    { name: 'half a line', text: '{"type":"ADDED","obj', want: /a line that is not JSON/ },
    { name: 'an event of no known type', text: '{"type":"X","object":{}}\n', want: /an event of type "X"/ },
    { name: 'an event without an object', text: '{"type":"ADDED"}\n', want: /an event of type "ADDED"/ },
  ]
  for (const { name, text, want } of broken) {
    it(`throws on ${name}`, async t => {
      const { client } = await clientOf(t, (_request, response) => response.end(text))
      await assert.rejects(collect(client.watch(ConfigMap)), (error: unknown) => {
        assert.ok(error instanceof ConnectionError)
        assert.match(error.message, want)
        return true
      })
    })
  }

  it('throws when the connection breaks', async t => {
    const { client, server } = await clientOf(t, (_request, response) => response.write(line('ADDED', 'a')))
    const watch = client.watch(ConfigMap)[Symbol.asyncIterator]()
    await watch.next()
    server.cutConnections()
    await assert.rejects(watch.next(), { name: 'ConnectionError' })
  })

  it('closes its connection when the caller leaves the loop', async t => {
    let closed: Promise<void> | undefined
    const { client } = await clientOf(t, (_request, response) => {
      closed = new Promise(resolve => response.on('close', resolve))
      response.write(line('ADDED', 'a'))
    })
    for await (const _event of client.watch(ConfigMap)) break
    await closed
  })

  it('ends with the reason of the caller', async t => {
    const { client } = await clientOf(t, (_request, response) => response.write(line('ADDED', 'a')))
    const controller = new AbortController()
    const watch = client.watch(ConfigMap, { signal: controller.signal })[Symbol.asyncIterator]()
    await watch.next()
    const reason = new Error('enough')
    controller.abort(reason)
    await assert.rejects(watch.next(), reason)
  })
})

it('logs come line by line', async t => {
  const { client, server } = await clientOf(t, (_request, response) => response.end('one\ntwo\nthree'))
  assert.deepEqual(await collect(client.logs(at, { follow: true, tailLines: 3, container: 'app' })), [
    'one',
    'two',
    'three',
  ])
  assert.equal(server.seen[0]?.url, '/api/v1/namespaces/web/pods/a/log?follow=true&tailLines=3&container=app')
})

it('every attempt is observed with verb, resource and code', async t => {
  const observed: string[] = []
  const { client } = await clientOf(
    t,
    (request, response, i) => {
      if (i > 0) return ok(request, response, i)
      answerJson(response, statusBody(429, 'TooManyRequests', 'slow down'), 429, { 'retry-after': '0' })
    },
    {
      observe: ({ verb, group, resource, subresource, code }) =>
        observed.push([verb, group, resource, subresource, code].join(' ')),
    },
  )
  await client.fetch(Deployment, at, { subresource: 'status' })
  assert.deepEqual(observed, ['get apps deployments status 429', 'get apps deployments status 200'])
})

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = []
  for await (const item of items) collected.push(item)
  return collected
}
