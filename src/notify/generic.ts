/** Any receiver of JSON. */
import type { NotifierFormat } from './notifier.ts'

/** The alert as it is, with its fields by name. */
export const generic: NotifierFormat = {
  needs: [],
  url: address => address,
  body: ({ subject, message, severity, fields }) => ({
    subject,
    severity,
    message,
    metadata: Object.fromEntries(fields.map(({ name, value }) => [name, value])),
  }),
}
