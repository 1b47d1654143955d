/** Google Chat: cards. */
import type { NotifierFormat } from './notifier.ts'

/** Google Chat. The severity shows in the message alone. */
export const gchat: NotifierFormat = {
  needs: [],
  url: address => address,
  body: ({ subject, message, fields }) => ({
    cards: [
      {
        header: { title: 'Flagger', subtitle: subject, imageUrl: 'https://flagger.app/favicon.png' },
        sections: [
          paragraph(strong(message)),
          ...fields.map(({ name, value }) => paragraph(`${escaped(name)}<br>${strong(value)}`)),
        ],
      },
    ],
  }),
}

function paragraph(text: string) {
  return { widgets: [{ textParagraph: { text } }] }
}

function strong(text: string): string {
  return `<font color=#848484><strong>${escaped(text)}</strong></font>`
}

/** The text is a kind of HTML, and messages quote what others said. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
