/** Discord, by its webhooks that understand Slack. */
import type { NotifierFormat } from './notifier.ts'
import { slackBody, slackColor } from './slack.ts'

/** Discord. */
export const discord: NotifierFormat = {
  needs: ['channel', 'username'],
  url(address) {
    if (!URL.canParse(address)) return address
    const url = new URL(address)
    if (!url.pathname.endsWith('/slack')) url.pathname = `${url.pathname.replace(/\/+$/, '')}/slack`
    return url.href
  },
  body: (alert, options) => slackBody(alert, options, slackColor(alert)),
}
