/** Microsoft Teams: message cards. */
import type { NotifierFormat } from './notifier.ts'

/** Microsoft Teams. */
export const msteams: NotifierFormat = {
  needs: [],
  url: address => address,
  body: ({ subject, message, severity, fields }) => ({
    '@type': 'MessageCard',
    '@context': 'http://schema.org/extensions',
    themeColor: severity === 'error' ? 'FF0000' : '0076D7',
    summary: subject,
    sections: [
      {
        activityTitle: message,
        activitySubtitle: subject,
        facts: fields.map(({ name, value }) => ({ name, value })),
      },
    ],
  }),
}
