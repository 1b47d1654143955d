import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type ScriptedServer, startScriptedServer } from '../../test/support/scripted-server.ts'
import { systemClock } from '../runtime/clock.ts'
import { type HttpSender, newHttpSender } from '../runtime/http-sender.ts'
import type { Alert, NotifierOptions } from './notifier.ts'
import { notify } from './notify.ts'

const signal = new AbortController().signal
const alert: Alert = {
  subject: 'podinfo.test',
  message: 'Canary <failed>',
  severity: 'error',
  fields: [{ name: 'Target', value: 'Deployment/podinfo.test' }],
}

describe('an alert', () => {
  let http: HttpSender
  let server: ScriptedServer
  let status = 200
  let answer = 'nope'
  before(async () => {
    http = newHttpSender({ clock: systemClock })
    server = await startScriptedServer((_, response) => {
      response.writeHead(status)
      response.end(answer)
    })
  })
  after(async () => {
    await http.close()
    await server.close()
  })
  const send = async (options: Partial<NotifierOptions>) => {
    const all = {
      type: 'slack',
      address: `${server.url}/hook`,
      channel: 'general',
      username: 'flagger',
      ...options,
    } as const
    await notify(all, alert, { http, clock: systemClock }, signal)
    const sent = server.seen.at(-1)
    return { url: sent?.url, headers: sent?.headers, body: JSON.parse(sent?.body ?? 'null') as unknown }
  }
  const slackBody = (color: string) => ({
    channel: 'general',
    username: 'flagger',
    icon_url: '',
    icon_emoji: ':rocket:',
    attachments: [
      {
        color,
        author_name: 'podinfo.test',
        text: 'Canary <failed>',
        mrkdwn_in: ['text'],
        fields: [{ title: 'Target', value: 'Deployment/podinfo.test', short: false }],
      },
    ],
  })

  it('goes to Slack with a token', async () => {
    const { body, headers } = await send({ token: 't' })
    assert.deepEqual(body, slackBody('danger'))
    assert.equal(headers?.authorization, 'Bearer t')
  })

  it('goes to Discord below /slack', async () => {
    const { url, body } = await send({ type: 'discord' })
    assert.equal(url, '/hook/slack')
    assert.deepEqual(body, slackBody('danger'))
  })

  it('goes to Rocket.Chat in its colors', async () =>
    assert.deepEqual((await send({ type: 'rocket' })).body, slackBody('#FF0000')))

  it('goes to Microsoft Teams as a card', async () =>
    assert.deepEqual((await send({ type: 'msteams' })).body, {
      '@type': 'MessageCard',
      '@context': 'http://schema.org/extensions',
      themeColor: 'FF0000',
      summary: 'podinfo.test',
      sections: [
        {
          activityTitle: 'Canary <failed>',
          activitySubtitle: 'podinfo.test',
          facts: [{ name: 'Target', value: 'Deployment/podinfo.test' }],
        },
      ],
    }))

  it('goes to Google Chat without markup of its own', async () => {
    const text = JSON.stringify((await send({ type: 'gchat' })).body)
    assert.match(text, /<strong>Canary &lt;failed&gt;<\/strong>/)
    assert.match(text, /Target<br>/)
  })

  it('goes to Lark as a red card', async () => {
    const { body } = await send({ type: 'lark' })
    assert.match(JSON.stringify(body), /"template":"red"/)
  })

  it('goes to any receiver of JSON', async () =>
    assert.deepEqual((await send({ type: 'generic' })).body, {
      subject: 'podinfo.test',
      severity: 'error',
      message: 'Canary <failed>',
      metadata: { Target: 'Deployment/podinfo.test' },
    }))

  it('does not say the path of its receiver, which is a secret, where nobody answers', async () => {
    const gone = await startScriptedServer(() => {})
    await gone.close()
    const { port } = new URL(gone.url)
    await assert.rejects(send({ address: `${gone.url}/services/T0/B0/secret` }), {
      reason: 'NotSent',
      message: `sending notification failed: Post "${gone.url}": connect ECONNREFUSED 127.0.0.1:${port}`,
    })
    await assert.rejects(send({ address: 'secret' }), {
      reason: 'NotSent',
      message: 'sending notification failed: the address is not a URL of http or https',
    })
  })

  it('is an error where Slack refuses it in an answer of its API', async () => {
    answer = '{"ok":false,"error":"channel_not_found"}'
    await assert.rejects(send({ token: 't' }), {
      reason: 'NotSent',
      message: 'sending notification failed: channel_not_found',
    })
    answer = '{"ok":true}'
    await send({ token: 't' })
    answer = 'nope'
  })

  it('is an error where the receiver refuses it, or would', async () => {
    status = 500
    await assert.rejects(send({}), { reason: 'NotSent', message: 'sending notification bad response 500: nope' })
    status = 200
    await assert.rejects(send({ channel: '' }), { reason: 'NotSent', message: 'empty slack channel' })
  })
})
