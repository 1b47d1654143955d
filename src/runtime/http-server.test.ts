import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { systemClock } from './clock.ts'
import { answerHealth, type Health } from './health.ts'
import { HttpError, type HttpHandler, readRequestBody, sendJson, startHttpServer } from './http-server.ts'
import { newLogger } from './log.ts'

async function serve(t: TestContext, handler: HttpHandler) {
  const logged: { msg: string; error: string }[] = []
  const log = newLogger({ clock: systemClock, write: line => logged.push(JSON.parse(line)) })
  const server = await startHttpServer({ handler, clock: systemClock, log })
  t.after(() => server.close(0))
  return { server, logged }
}

describe('an HTTP server', () => {
  it('answers, and reads bodies up to a bound', async t => {
    const { server } = await serve(t, async (request, response) => {
      sendJson(response, 201, { body: (await readRequestBody(request, 10)).toString() })
    })
    const post = (body: string) => fetch(server.url, { method: 'POST', body })
    const answer = await post('hello')
    assert.deepEqual([answer.status, await answer.json()], [201, { body: 'hello' }])
    const refused = await post('hello world')
    assert.deepEqual([refused.status, await refused.text()], [413, 'the body is longer than 10 bytes\n'])
  })

  it('tells the caller of an HttpError, and of other errors only the log', async t => {
    const { server, logged } = await serve(t, async request => {
      if (request.url === '/known') throw new HttpError(400, 'bad name')
      throw new Error('password is x')
    })
    const get = async (path: string) => {
      const answer = await fetch(server.url + path)
      return [answer.status, await answer.text()]
    }
    assert.deepEqual(await get('/known'), [400, 'bad name\n'])
    assert.deepEqual(await get('/unknown?token=x'), [500, 'internal error\n'])
    assert.equal(logged.length, 1)
    assert.deepEqual([logged[0]?.msg, logged[0]?.error], ['request failed', 'password is x'])
  })

  it('tells the handler when the caller goes', async t => {
    const begun = Promise.withResolvers<AbortSignal>()
    const { server } = await serve(t, async (_request, _response, signal) => {
      begun.resolve(signal)
      await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()))
    })
    const socket = connect(server.port, '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    const signal = await begun.promise
    socket.destroy()
    await new Promise<void>(resolve => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve())))
  })

  it('finishes what is under way when it closes, and takes nothing new', async t => {
    const begun = Promise.withResolvers<void>()
    const finish = Promise.withResolvers<void>()
    const { server } = await serve(t, async (_request, response) => {
      begun.resolve()
      await finish.promise
      response.end('done')
    })
    const answer = fetch(server.url)
    await begun.promise
    const closed = server.close()
    await assert.rejects(fetch(server.url))
    finish.resolve()
    assert.equal(await (await answer).text(), 'done')
    await closed
  })

  it('cuts off what does not end in time', async t => {
    const begun = Promise.withResolvers<void>()
    const { server } = await serve(t, () => {
      begun.resolve()
      return new Promise(() => {})
    })
    const answer = assert.rejects(fetch(server.url))
    await begun.promise
    await server.close(10)
    await answer
  })

  it('says that its address is taken', async t => {
    const { server } = await serve(t, async () => {})
    const taken = startHttpServer({
      port: server.port,
      handler: async () => {},
      clock: systemClock,
      log: newLogger({ clock: systemClock, write: () => {} }),
    })
    await assert.rejects(taken, { code: 'EADDRINUSE' })
  })
})

describe('health', () => {
  const health: Health = {
    live: { ping: () => undefined },
    ready: {
      cache: () => undefined,
      api: async () => 'not reached',
      bad: () => {
        throw new Error('thrown')
      },
    },
  }
  const wellHealth: Health = { live: {}, ready: { cache: () => undefined } }
  const cases: readonly { readonly path: string; readonly of: Health; readonly code: number; readonly text: string }[] =
    [
      { path: '/healthz', of: health, code: 200, text: 'ok' },
      { path: '/livez?verbose', of: health, code: 200, text: '[+]ping ok\nlivez check passed\n' },
      {
        path: '/readyz',
        of: health,
        code: 500,
        text: '[+]cache ok\n[-]api failed: not reached\n[-]bad failed: thrown\nreadyz check failed\n',
      },
      { path: '/readyz', of: wellHealth, code: 200, text: 'ok' },
      { path: '/readyz/cache', of: health, code: 200, text: 'ok' },
      { path: '/readyz/none', of: health, code: 404, text: 'there is no check "none"\n' },
      { path: '/other', of: health, code: 404, text: 'elsewhere' },
    ]
  for (const { path, of, code, text } of cases) {
    it(`answers ${path} with ${code}`, async t => {
      const { server } = await serve(t, async (request, response) => {
        if (!(await answerHealth(of, systemClock, request, response))) response.writeHead(404).end('elsewhere')
      })
      const answer = await fetch(server.url + path)
      assert.deepEqual([answer.status, await answer.text()], [code, text])
    })
  }

  it('takes a check that hangs for failed', async t => {
    const clock = new FakeClock()
    const hanging: Health = { live: {}, ready: { api: () => new Promise<undefined>(() => {}) } }
    const begun = Promise.withResolvers<void>()
    const { server } = await serve(t, async (request, response) => {
      const answered = answerHealth(hanging, clock, request, response)
      begun.resolve()
      await answered
    })
    const answer = fetch(`${server.url}/readyz`)
    await begun.promise
    await clock.advance(1_000)
    assert.match(await (await answer).text(), /\[-\]api failed: no answer within 1000 ms/)
  })
})
