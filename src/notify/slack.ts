/** Slack's incoming webhooks and chat.postMessage. */
import type { Alert, NotifierFormat, NotifierOptions } from './notifier.ts'

/** The body that Slack, Discord and Rocket.Chat share. */
export function slackBody(alert: Alert, { channel, username }: NotifierOptions, color: string): unknown {
  return {
    channel,
    username,
    icon_url: '',
    icon_emoji: ':rocket:',
    attachments: [
      {
        color,
        author_name: alert.subject,
        text: alert.message,
        mrkdwn_in: ['text'],
        fields: alert.fields.map(({ name, value }) => ({ title: name, value, short: false })),
      },
    ],
  }
}

/** Slack's named colors: a warning is `good`, as upstream's. */
export function slackColor({ severity }: Alert): string {
  return severity === 'error' ? 'danger' : 'good'
}

/** Slack. */
export const slack: NotifierFormat = {
  needs: ['channel', 'username'],
  url: address => address,
  body: (alert, options) => slackBody(alert, options, slackColor(alert)),
  refusal: refusalOf,
}

/** chat.postMessage answers 200 to what it refuses; incoming webhooks answer `ok`, which is no JSON. */
function refusalOf(answer: string): string | undefined {
  try {
    const { ok, error } = JSON.parse(answer) as { readonly ok?: unknown; readonly error?: unknown } // Slack's API
    return ok === false ? String(error ?? 'no reason is given') : undefined
  } catch {
    return undefined
  }
}
