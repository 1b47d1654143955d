/** Rocket.Chat's incoming webhooks. */
import type { NotifierFormat } from './notifier.ts'
import { slackBody } from './slack.ts'

/** Rocket.Chat. */
export const rocket: NotifierFormat = {
  needs: ['channel', 'username'],
  url: address => address,
  body: (alert, options) => slackBody(alert, options, alert.severity === 'error' ? '#FF0000' : '#0076D7'),
}
