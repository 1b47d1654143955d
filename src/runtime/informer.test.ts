import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { describe, it, type TestContext } from 'node:test'
import { eventually } from '../../test/support/eventually.ts'
import { answerJson, type SeenRequest, startScriptedServer, statusBody } from '../../test/support/scripted-server.ts'
import { ConfigMap } from '../api/core/core-v1.ts'
import { systemClock } from './clock.ts'
import { newClient } from './http-client.ts'
import { type Informer, type InformerDeps, newInformer } from './informer.ts'
import { silentLogger } from './log.ts'

type Answer = (request: SeenRequest, response: ServerResponse, index: number) => void

const object = (name: string, version: number, labels: Record<string, string> = {}): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    namespace: 'web',
    name,
    uid: `uid-${name}`,
    resourceVersion: String(version),
    labels,
    managedFields: [{}],
  },
})
const event = (type: string, of: object) => `${JSON.stringify({ type, object: of })}\n`
const bookmark = (version: number, last = false) =>
  event('BOOKMARK', {
    metadata: {
      resourceVersion: String(version),
      ...(last ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
    },
  })
const list = (version: number, ...items: ConfigMap[]) => ({ items, metadata: { resourceVersion: String(version) } })

/** Answers lists and watches in turn, each by its own script; a watch beyond the script stays open and quiet. */
function scripts(lists: readonly object[], watches: readonly ((response: ServerResponse) => void)[]): Answer {
  let listed = 0
  let watched = 0
  return (request, response) => {
    if (request.url.includes('watch=true')) {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.flushHeaders()
      watches[watched++]?.(response)
    } else {
      const body = lists[Math.min(listed++, lists.length - 1)]
      const code = body && 'code' in body ? Number(body.code) : 200
      answerJson(response, body, code)
    }
  }
}

async function follow(t: TestContext, answer: Answer, options: Partial<InformerDeps<ConfigMap>> = {}) {
  const server = await startScriptedServer(answer)
  const client = newClient({ config: { server: server.url, credentials: {} }, clock: systemClock })
  const informer = newInformer<ConfigMap>({
    client,
    clock: systemClock,
    // The shortest waits that back-off and watches may choose.
    random: () => 1,
    log: silentLogger,
    type: ConfigMap,
    initialSync: 'list',
    ...options,
  })
  const told: string[] = []
  const nameOf = (of: ConfigMap) => `${of.metadata?.name}@${of.metadata?.resourceVersion}`
  informer.addHandler({
    added: (of, initial) => told.push(`${initial ? 'initial' : 'added'} ${nameOf(of)}`),
    updated: (previous, of) => told.push(`updated ${nameOf(previous)} to ${nameOf(of)}`),
    deleted: of => told.push(`deleted ${nameOf(of)}`),
  })
  const controller = new AbortController()
  const running = informer.run(controller.signal)
  t.after(async () => {
    controller.abort()
    await running
    await client.close()
    await server.close()
  })
  const watchVersions = () =>
    server.seen
      .map(request => new URL(request.url, server.url).searchParams)
      .filter(query => query.get('watch') === 'true')
      .map(query => query.get('resourceVersion'))
  return { informer, server, told, watchVersions }
}

function names(informer: Informer<ConfigMap>): string[] {
  return informer.list().map(of => `${of.metadata?.name}@${of.metadata?.resourceVersion}`)
}

describe('an informer', () => {
  it('lists, watches from there, and tells of each change', async t => {
    const { informer, told, watchVersions } = await follow(
      t,
      scripts(
        [list(10, object('a', 1), object('b', 2))],
        [
          response => {
            response.write(event('ADDED', object('c', 11)))
            response.write(event('MODIFIED', object('a', 12)))
            response.write(event('DELETED', object('b', 13)))
          },
        ],
      ),
    )
    await informer.synced()
    await eventually('three changes', () => told.length === 5)
    assert.deepEqual(told, ['initial a@1', 'initial b@2', 'added c@11', 'updated a@1 to a@12', 'deleted b@13'])
    assert.deepEqual(names(informer), ['a@12', 'c@11'])
    assert.deepEqual(watchVersions(), ['10'])
    assert.equal(informer.get('web/a')?.metadata?.managedFields, undefined)
    assert.equal(informer.get({ namespace: 'web', name: 'b' }), undefined)
  })

  it('takes pages as they come', async t => {
    const { informer, server } = await follow(t, (request, response) => {
      if (request.url.includes('watch=true')) return response.flushHeaders()
      const isLast = request.url.includes('continue')
      const metadata = { resourceVersion: '9', ...(isLast ? {} : { continue: 'next' }) }
      answerJson(response, { items: [object(isLast ? 'b' : 'a', 1)], metadata })
    })
    await informer.synced()
    assert.deepEqual(names(informer), ['a@1', 'b@1'])
    assert.match(server.seen[1]?.url ?? '', /limit=500&continue=next/)
  })

  it('lists from the start when the pages took too long', async t => {
    const { informer } = await follow(t, (request, response, i) => {
      if (request.url.includes('watch=true')) return response.flushHeaders()
      if (request.url.includes('continue')) return answerJson(response, statusBody(410, 'Expired', 'too old'), 410)
      const items = i === 0 ? [object('gone', 1)] : [object('a', 2)]
      answerJson(response, { items, metadata: { resourceVersion: '9', ...(i === 0 ? { continue: 'next' } : {}) } })
    })
    await informer.synced()
    assert.deepEqual(names(informer), ['a@2'])
  })

  it('goes on from the last version it heard of, bookmarks too, when a watch ends', async t => {
    const { watchVersions } = await follow(
      t,
      scripts(
        [list(10)],
        [
          response => response.end(event('ADDED', object('a', 15))),
          response => response.end(bookmark(20)),
          response => response.end(event('MODIFIED', object('a', 25))),
        ],
      ),
    )
    await eventually('four watches', () => watchVersions().length === 4)
    assert.deepEqual(watchVersions(), ['10', '15', '20', '25'])
  })

  const drops: readonly { readonly name: string; readonly end: (response: ServerResponse) => void }[] = [
    { name: 'in the middle of a line', end: response => response.write('{"type":"ADD', () => response.destroy()) },
    { name: 'with garbage', end: response => response.end('<html>502</html>\n') },
    { name: 'without a word', end: response => response.end() },
    {
      name: 'with a server error',
      end: response => response.end(event('ERROR', statusBody(500, 'InternalError', 'etcd is gone'))),
    },
  ]
  for (const { name, end } of drops) {
    it(`loses nothing when a watch ends ${name}`, async t => {
      const { told, watchVersions, server } = await follow(
        t,
        scripts(
          [list(10)],
          [
            response => response.write(event('ADDED', object('a', 11)), () => end(response)),
            response => response.write(event('DELETED', object('a', 12))),
          ],
        ),
      )
      await eventually('the second watch', () => told.includes('deleted a@12'))
      assert.deepEqual(told, ['added a@11', 'deleted a@12'])
      assert.deepEqual(watchVersions(), ['10', '11'])
      assert.equal(server.seen.filter(request => !request.url.includes('watch=true')).length, 1)
    })
  }

  it('lists again when its version is too old, and tells what has gone, come and changed meanwhile', async t => {
    const { informer, told, watchVersions } = await follow(
      t,
      scripts(
        [
          list(10, object('a', 1), object('b', 2), object('c', 3)),
          list(50, object('b', 2), object('c', 40), object('d', 41)),
        ],
        [response => response.end(event('ERROR', statusBody(410, 'Expired', 'too old resource version')))],
      ),
    )
    await eventually('the second watch', () => watchVersions().length === 2)
    assert.deepEqual(told.slice(3), ['updated c@3 to c@40', 'added d@41', 'deleted a@1'])
    assert.deepEqual(names(informer), ['b@2', 'c@40', 'd@41'])
    assert.deepEqual(watchVersions(), ['10', '50'])
    assert.equal(informer.problem(), undefined)
  })

  it('says what keeps it from listing, and goes on trying', async t => {
    const { informer } = await follow(
      t,
      scripts([statusBody(403, 'Forbidden', 'not allowed'), list(1, object('a', 1))], []),
    )
    await eventually('a problem', () => informer.problem())
    assert.equal(informer.problem()?.message, 'not allowed')
    assert.equal(informer.hasSynced(), false)
    await informer.synced()
    assert.equal(informer.problem(), undefined)
  })

  it('survives handlers and index functions that throw', async t => {
    const { informer, told } = await follow(
      t,
      scripts([list(10, object('a', 1))], [response => response.write(event('ADDED', object('b', 2)))]),
    )
    informer.addHandler({
      added: () => {
        throw new Error('bad handler')
      },
    })
    informer.addIndex('bad', () => {
      throw new Error('bad index')
    })
    await eventually('b', () => told.includes('added b@2'))
    assert.equal(informer.size, 2)
    assert.deepEqual(informer.byIndex('bad', 'x'), [])
  })

  it('keeps its indexes up to date', async t => {
    const { informer, told } = await follow(
      t,
      scripts(
        [list(10, object('a', 1, { app: 'x' }), object('b', 2, { app: 'x' }), object('c', 3))],
        [
          response => {
            response.write(event('MODIFIED', object('a', 11, { app: 'y' })))
            response.write(event('DELETED', object('b', 12, { app: 'x' })))
          },
        ],
      ),
    )
    informer.addIndex('app', of => (of.metadata?.labels?.['app'] ? [of.metadata.labels['app']] : []))
    await informer.synced()
    await eventually('the changes', () => told.length === 5)
    const found = (app: string) => informer.byIndex('app', app).map(of => of.metadata?.name)
    assert.deepEqual([found('x'), found('y'), found('z')], [[], ['a'], []])
    assert.throws(() => informer.byIndex('none', 'x'), /no index "none"; there are app/)
  })

  it('tells a late handler of what is there, and one that left of nothing more', async t => {
    const { informer } = await follow(t, scripts([list(10, object('a', 1))], []))
    await informer.synced()
    const told: (string | undefined)[] = []
    const remove = informer.addHandler({ added: (of, initial) => told.push(`${of.metadata?.name} ${initial}`) })
    remove()
    assert.deepEqual(told, ['a true'])
  })

  it('asks for a selection', async t => {
    const selection = { namespace: 'web', labelSelector: 'a=b', fieldSelector: 'metadata.name=x' }
    const { informer, server } = await follow(t, scripts([list(10)], []), { selection })
    await informer.synced()
    await eventually('a watch', () => server.seen.length === 2)
    for (const { url } of server.seen) {
      assert.match(
        url,
        /^\/api\/v1\/namespaces\/web\/configmaps\?.*labelSelector=a%3Db&fieldSelector=metadata.name%3Dx/,
      )
    }
  })
})

describe('an informer that streams its first state', () => {
  it('has synced at the bookmark that ends it, and goes on in the same watch', async t => {
    const { informer, server, told } = await follow(
      t,
      scripts(
        [],
        [
          response => {
            response.write(event('ADDED', object('b', 7)))
            response.write(event('ADDED', object('a', 3)))
            response.write(bookmark(20, true))
            response.write(event('MODIFIED', object('a', 21)))
          },
        ],
      ),
      { initialSync: 'auto' },
    )
    await informer.synced()
    await eventually('the change', () => told.length === 3)
    assert.deepEqual(told, ['initial b@7', 'initial a@3', 'updated a@3 to a@21'])
    assert.equal(server.seen.length, 1)
    assert.match(server.seen[0]?.url ?? '', /sendInitialEvents=true/)
    assert.match(server.seen[0]?.url ?? '', /resourceVersionMatch=NotOlderThan/)
  })

  it('drops what vanished while it had no watch', async t => {
    const { told, informer } = await follow(
      t,
      scripts(
        [],
        [
          response => {
            response.write(event('ADDED', object('a', 1)) + event('ADDED', object('b', 2)) + bookmark(10, true))
            response.end(event('ERROR', statusBody(410, 'Expired', 'too old')))
          },
          response => response.write(event('ADDED', object('b', 2)) + bookmark(30, true)),
        ],
      ),
      { initialSync: 'auto' },
    )
    await eventually('the deletion', () => told.includes('deleted a@1'))
    assert.deepEqual(names(informer), ['b@2'])
  })

  it('starts again when the stream breaks before its end', async t => {
    const { told, informer, watchVersions } = await follow(
      t,
      scripts(
        [],
        [
          response => response.write(event('ADDED', object('a', 1)), () => response.destroy()),
          response => response.write(event('ADDED', object('b', 2)) + bookmark(30, true)),
        ],
      ),
      { initialSync: 'auto' },
    )
    await informer.synced()
    assert.deepEqual(told, ['initial a@1', 'initial b@2', 'deleted a@1'])
    assert.deepEqual(watchVersions(), [null, null])
  })

  it('lists instead when the stream breaks again', async t => {
    const { informer, watchVersions, server } = await follow(
      t,
      scripts(
        [list(10, object('a', 1))],
        [1, 2].map(() => response => response.write('{"type"', () => response.destroy())),
      ),
      { initialSync: 'auto' },
    )
    await informer.synced()
    await eventually('a watch', () => server.seen.length === 4)
    assert.deepEqual(watchVersions(), [null, null, '10'])
  })

  it('lists instead where the server refuses', async t => {
    const { informer, watchVersions } = await follow(
      t,
      (request, response) => {
        if (request.url.includes('sendInitialEvents')) {
          answerJson(response, statusBody(422, 'Invalid', 'sendInitialEvents is forbidden'), 422)
        } else if (request.url.includes('watch=true')) response.flushHeaders()
        else answerJson(response, list(10, object('a', 1)))
      },
      { initialSync: 'auto' },
    )
    await informer.synced()
    assert.deepEqual(names(informer), ['a@1'])
    await eventually('a watch', () => watchVersions().includes('10'))
  })
})
