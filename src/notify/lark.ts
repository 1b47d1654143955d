/** Lark and Feishu: custom bots. */
import type { NotifierFormat, Severity } from './notifier.ts'

const colors: Readonly<Record<Severity, string>> = { info: 'green', warn: 'yellow', error: 'red' }

/** Lark, with an interactive card. */
export const lark: NotifierFormat = {
  needs: [],
  url: address => address,
  body: ({ subject, message, severity, fields }) => ({
    msg_type: 'interactive',
    card: {
      config: { wide_screen_mode: true },
      header: { title: { tag: 'plain_text', content: subject }, template: colors[severity] },
      elements: [
        { tag: 'div', text: { tag: 'plain_text', content: message } },
        ...(fields.length > 0
          ? [
              {
                tag: 'div',
                fields: fields.map(({ name, value }) => ({
                  is_short: false,
                  text: { tag: 'plain_text', content: `${name}: ${value}` },
                })),
              },
            ]
          : []),
      ],
    },
  }),
}
