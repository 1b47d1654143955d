import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { type ScriptedServer, startScriptedServer } from '../../test/support/scripted-server.ts'
import type { Clock } from '../runtime/clock.ts'
import { systemClock } from '../runtime/clock.ts'
import { type HttpSender, newHttpSender } from '../runtime/http-sender.ts'
import { callWebhook, type WebhookTarget } from './webhook.ts'

const signal = new AbortController().signal
const payload = { name: 'podinfo', namespace: 'test', phase: 'Progressing', checksum: 'abc' }

describe('a webhook', () => {
  let http: HttpSender
  let server: ScriptedServer
  let answer: (response: ServerResponse, attempt: number) => void
  let attempt = 0
  before(async () => {
    http = newHttpSender({ clock: systemClock })
    server = await startScriptedServer((_, response) => answer(response, ++attempt))
  })
  after(async () => {
    await http.close()
    await server.close()
  })
  const call = (
    answered: typeof answer,
    options: Partial<WebhookTarget> = {},
    { clock = systemClock, metadata = {} }: { clock?: Clock; metadata?: Record<string, string> } = {},
  ) => {
    answer = answered
    attempt = 0
    const target = { url: `${server.url}/hook`, timeoutMs: 2_000, retries: 0, disableTLS: false, ...options }
    return callWebhook(target, { ...payload, metadata }, { http, clock }, signal)
  }
  const end =
    (code: number, body = '', headers: Readonly<Record<string, string>> = {}) =>
    (response: ServerResponse) => {
      response.writeHead(code, headers)
      response.end(body)
    }

  const cases: readonly { code: number; body?: string; passed: boolean; message: string }[] = [
    { code: 200, passed: true, message: '' },
    { code: 201, passed: true, message: '' },
    { code: 202, passed: true, message: '' },
    { code: 204, passed: true, message: '' },
    { code: 206, body: 'part', passed: true, message: '' },
    { code: 304, passed: false, message: '' },
    { code: 403, body: 'Forbidden', passed: false, message: 'Forbidden' },
    { code: 501, body: 'no', passed: false, message: 'no' },
  ]
  for (const { code, body, passed, message } of cases) {
    it(`${passed ? 'passes' : 'fails'} with ${code}`, async () =>
      assert.deepEqual(await call(end(code, body)), { passed, message }))
  }

  it('sends what upstream sends, in its order', async () => {
    await call(end(200), {}, { metadata: { cmd: 'true' } })
    const sent = server.seen.at(-1)
    assert.equal(sent?.method, 'POST')
    assert.equal(sent?.headers['content-type'], 'application/json')
    assert.equal(
      sent?.body,
      '{"name":"podinfo","namespace":"test","phase":"Progressing","checksum":"abc","metadata":{"cmd":"true"}}',
    )
    await call(end(200))
    assert.equal(server.seen.at(-1)?.body.includes('metadata'), false)
  })

  it('is called again after a server error, with growing waits, as often as it may', async () => {
    const clock = new FakeClock()
    const waits: number[] = []
    const watching: Clock = {
      now: () => clock.now(),
      monotonicMs: () => clock.monotonicMs(),
      setTimer: (callback, delayMs) => clock.setTimer(callback, delayMs),
      async sleep(delayMs) {
        waits.push(delayMs)
      },
    }
    const result = await call(end(500, 'boom'), { retries: 2 }, { clock: watching })
    assert.deepEqual(waits, [1_000, 2_000])
    assert.deepEqual(result, { passed: false, message: `POST ${server.url}/hook giving up after 3 attempt(s): boom` })
  })

  it('waits as long as the receiver asks for', async () => {
    const waits: number[] = []
    const clock: Clock = {
      ...systemClock,
      async sleep(delayMs) {
        waits.push(delayMs)
      },
    }
    const result = await call(
      (response, n) => (n === 1 ? end(429, '', { 'retry-after': '7' })(response) : end(200)(response)),
      { retries: 1 },
      { clock },
    )
    assert.deepEqual(waits, [7_000])
    assert.equal(result.passed, true)
  })

  it('fails when there is no answer in time', async () => {
    const result = await call(() => {}, { timeoutMs: 50 })
    assert.equal(result.passed, false)
    assert.match(result.message, /giving up after 1 attempt\(s\): Post ".*": context deadline exceeded/)
  })

  it('sends the user of its URL, and says neither that one nor a token in what people read', async () => {
    const gate = `${server.url.replace('://', '://gate:p%20w@')}/hook?token=abc`
    const result = await call(end(500), { url: gate })
    const sent = server.seen.at(-1)
    assert.equal(sent?.headers.authorization, `Basic ${Buffer.from('gate:p w').toString('base64')}`)
    assert.equal(sent?.url, '/hook?token=abc')
    const shown = `${server.url.replace('://', '://***@')}/hook?token=***`
    assert.deepEqual(result, { passed: false, message: `POST ${shown} giving up after 1 attempt(s)` })
    const late = await call(() => {}, { url: gate, timeoutMs: 50 })
    assert.ok(
      late.message.startsWith(`POST ${shown} giving up after 1 attempt(s): Post "${server.url}/hook?token=***": `),
    )
  })

  it('fails when the URL is none', async () => {
    const result = await call(end(200), { url: 'not a url' })
    assert.deepEqual(result, { passed: false, message: '"not a url" is not a URL of http or https' })
  })
})
