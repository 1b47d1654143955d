/** What the server does with Secrets. */
import { type Draft, ensure, stringMapAt } from '../draft.ts'

/** Moves `stringData`, which is written and never read, into `data`. */
export function mergeStringData(secret: Draft): void {
  for (const [key, text] of Object.entries(stringMapAt(secret, 'stringData'))) {
    ensure(secret, 'data')[key] = Buffer.from(text).toString('base64')
  }
  delete secret['stringData']
}
