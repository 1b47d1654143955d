import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { eventually } from '../../test/support/eventually.ts'
import { systemClock } from './clock.ts'
import { type Deadline, withDeadline } from './deadline.ts'
import { AnswerTooLongError, exchange } from './http-exchange.ts'
import { Pool } from './undici.ts'

const never = { onEnd() {} }
const until = (signal: AbortSignal) => withDeadline(systemClock, 60_000, signal)

async function poolOf(t: TestContext, answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const pool = new Pool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { connections: 1 })
  t.after(async () => {
    await pool.destroy()
    server.closeAllConnections()
    server.close()
  })
  const ask = (deadline: Pick<Deadline, 'onEnd'> = never, limit = 1000) =>
    exchange(pool, { method: 'GET', path: '/', deadline, maxBytes: () => limit })
  return { ask, pool }
}

describe('an exchange', () => {
  it('gives head and text, also of characters that came in two parts', async t => {
    const bytes = Buffer.from('a€b')
    const { ask } = await poolOf(t, (_, response) => {
      response.writeHead(200, { 'x-part': 'head' })
      response.write(bytes.subarray(0, 2))
      setTimeout(() => response.end(bytes.subarray(2)), 20)
    })
    const { statusCode, headers, text, problem } = await ask()
    assert.deepEqual([statusCode, headers['x-part'], text, problem], [200, 'head', 'a€b', undefined])
  })

  it('gives nothing as an empty text', async t => {
    const { ask } = await poolOf(t, (_, response) => response.writeHead(204).end())
    const { statusCode, text } = await ask()
    assert.deepEqual([statusCode, text], [204, ''])
  })

  it('takes an announcement for no answer', async t => {
    const { ask } = await poolOf(t, (_, response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload' })
      response.end('ok')
    })
    const { statusCode, text } = await ask()
    assert.deepEqual([statusCode, text], [200, 'ok'])
  })

  it('sends the body', async t => {
    const { pool } = await poolOf(t, (request, response) => void request.pipe(response))
    const options = { method: 'POST', path: '/', body: '{"a":"€"}', deadline: never, maxBytes: () => 1000 } as const
    assert.equal((await exchange(pool, options)).text, '{"a":"€"}')
  })

  it('stops at the limit, and says so', async t => {
    let isClosed = false
    const { ask } = await poolOf(t, (_, response) => {
      response.once('close', () => {
        isClosed = true
      })
      response.write('x'.repeat(20))
    })
    const { text, problem } = await ask(never, 10)
    assert.equal(text, 'x'.repeat(10))
    assert.ok(problem instanceof AnswerTooLongError)
    assert.match(problem.message, /longer than 10 bytes/)
    await eventually('the connection is closed', () => isClosed)
  })

  it('gives what came of an answer that broke off, with the reason', async t => {
    const { ask } = await poolOf(t, (_, response) => {
      response.writeHead(500, { 'content-length': '100' })
      response.write('half', () => setTimeout(() => response.destroy(), 20))
    })
    const { statusCode, text, problem } = await ask()
    assert.deepEqual([statusCode, text], [500, 'half'])
    assert.ok(problem)
  })

  it('fails where nothing was answered', async t => {
    const { ask } = await poolOf(t, (_, response) => void response.destroy())
    await assert.rejects(ask(), { code: 'UND_ERR_SOCKET' })
  })

  it('ends at once where it is given up, under way or before', async t => {
    let asked = 0
    const { ask } = await poolOf(t, () => {
      asked += 1
    })
    const early = new AbortController()
    early.abort(new Error('too early'))
    await assert.rejects(ask(until(early.signal)), /too early/)
    const first = new AbortController()
    const second = new AbortController()
    // There is one connection: the second waits for the first.
    const waiting = [ask(until(first.signal)), ask(until(second.signal))]
    await eventually('one is asked', () => asked === 1)
    second.abort(new Error('not begun'))
    await assert.rejects(waiting[1] ?? Promise.resolve(), /not begun/)
    first.abort(new Error('under way'))
    await assert.rejects(waiting[0] ?? Promise.resolve(), /under way/)
    const third = new AbortController()
    const last = ask(until(third.signal))
    await eventually('the next is asked', () => asked === 2)
    third.abort(new Error('over'))
    await assert.rejects(last, /over/)
    assert.equal(asked, 2, 'the one that was given up in the queue was never sent')
  })
})
