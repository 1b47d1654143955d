import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { after, before, beforeEach, describe, it } from 'node:test'
import { eventually } from '../../test/support/eventually.ts'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { type ScriptedServer, startScriptedServer } from '../../test/support/scripted-server.ts'
import { systemClock } from '../runtime/clock.ts'
import { type HttpSender, newHttpSender } from '../runtime/http-sender.ts'
import { notifyPersistently } from './persistence.ts'

const alert = { subject: 'podinfo.test', message: 'Canary failed', severity: 'error', fields: [] } as const

describe('an alert whose receiver', () => {
  let http: HttpSender
  let server: ScriptedServer
  let clock: FakeClock
  let answers: ((response: ServerResponse) => void)[] = []
  let seenMs: number[] = []
  before(async () => {
    http = newHttpSender({ clock: systemClock })
    server = await startScriptedServer((_, response) => {
      seenMs.push(clock.monotonicMs())
      const answer = answers.shift() ?? status(200)
      answer(response)
    })
  })
  after(async () => {
    await http.close()
    await server.close()
  })
  beforeEach(() => {
    clock = new FakeClock('2026-01-01T00:00:00Z')
    seenMs = []
  })
  const status =
    (code: number, headers: Readonly<Record<string, string>> = {}) =>
    (response: ServerResponse) =>
      void response.writeHead(code, headers).end('busy')
  /** Sends to a receiver that answers so, and lets time pass. Gives when it was asked, and what came of it. */
  const outcomeOf = async (...given: typeof answers) => {
    answers = given
    const controller = new AbortController()
    let outcome: string | undefined
    const options = { type: 'generic', address: server.url } as const
    notifyPersistently(options, alert, { http, clock, random: () => 0 }, controller.signal).then(
      () => (outcome = 'sent'),
      (error: Error) => (outcome = error.message),
    )
    await eventually('it ends', async () => {
      if (clock.pending > 0) await clock.advance(500)
      return outcome
    })
    return { seenMs, outcome }
  }

  const cases: readonly {
    readonly name: string
    readonly given: typeof answers
    readonly want: { readonly seenMs: readonly number[]; readonly outcome: string }
  }[] = [
    { name: 'takes it is sent once', given: [], want: { seenMs: [0], outcome: 'sent' } },
    {
      name: 'has trouble is sent again, each time later',
      given: [status(500), status(502), status(503)],
      want: { seenMs: [0, 1_000, 3_000, 7_000], outcome: 'sent' },
    },
    {
      name: 'says when it may be asked again is asked then',
      given: [status(429, { 'retry-after': '5' }), status(503, { 'retry-after': 'Thu, 01 Jan 2026 00:00:12 GMT' })],
      want: { seenMs: [0, 5_000, 12_000], outcome: 'sent' },
    },
    {
      name: 'wants more quiet than an alert can wait is asked when the bound is over',
      given: [status(429, { 'retry-after': '3600' })],
      want: { seenMs: [0, 20_000], outcome: 'sent' },
    },
    {
      name: 'wants to be asked at once is not hammered',
      given: [status(429, { 'retry-after': '0' }), status(429, { 'retry-after': '-7' })],
      want: { seenMs: [0, 1_000, 3_000], outcome: 'sent' },
    },
    {
      name: 'never takes it is given up after a few attempts',
      given: [1, 2, 3, 4, 5].map(() => status(503)),
      want: {
        seenMs: [0, 1_000, 3_000, 7_000],
        outcome: 'sending notification bad response 503: busy (attempt 4, the last one)',
      },
    },
    {
      name: 'never takes it and wants quiet is given up within the bound',
      given: [1, 2, 3, 4, 5].map(() => status(429, { 'retry-after': '19' })),
      want: {
        seenMs: [0, 19_000, 38_000],
        outcome: 'sending notification bad response 429: busy (attempt 3, the last one)',
      },
    },
    {
      name: 'refuses it is not asked again',
      given: [status(403, { 'retry-after': '1' })],
      want: { seenMs: [0], outcome: 'sending notification bad response 403: busy' },
    },
    {
      name: 'cannot do it at all is not asked again',
      given: [status(501)],
      want: { seenMs: [0], outcome: 'sending notification bad response 501: busy' },
    },
  ]
  for (const { name, given, want } of cases) {
    it(name, async () => assert.deepEqual(await outcomeOf(...given), want))
  }

  it('is busy waits no longer than its sender lives', async () => {
    answers = [status(503)]
    const controller = new AbortController()
    const options = { type: 'generic', address: server.url } as const
    const sending = notifyPersistently(options, alert, { http, clock, random: () => 0 }, controller.signal)
    sending.catch(() => {})
    await eventually('it waits', () => clock.pending > 0)
    controller.abort(new Error('the agent is closing'))
    await assert.rejects(sending, /the agent is closing/)
    assert.deepEqual(seenMs, [0])
  })
})
