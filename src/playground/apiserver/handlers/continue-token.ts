/** The token by which a client asks for the next page of a list. */
import { badRequest, type StatusError } from '../status-error.ts'
import { jsonSyntaxProblem } from './json-syntax.ts'

/** In a token: the rest of the list as it stands now. */
export const currentRevision = -1

/** Where the next page starts. */
export interface ContinueToken {
  /** All pages show the list as it stood at this revision, or {@link currentRevision}. */
  readonly revision: number
  /** The key of the last object of the page before. */
  readonly after: string
}

/** The token as text. */
export function writeContinueToken(token: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: 'serin/1', rv: token.revision, start: token.after })).toString('base64url')
}

/** Reads a token; undefined for the empty text. Throws 400 for what is none. */
export function readContinueToken(text: string): ContinueToken | undefined {
  if (text === '') return undefined
  const decoded = Buffer.from(text, 'base64url').toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(decoded)
  } catch {
    throw invalidToken(jsonSyntaxProblem(decoded))
  }
  const { v, rv, start } = (value ?? {}) as { v?: unknown; rv?: unknown; start?: unknown }
  if (v !== 'serin/1' || typeof rv !== 'number' || typeof start !== 'string') {
    throw invalidToken('server does not recognize this encoded version')
  }
  return { revision: rv, after: start }
}

function invalidToken(why: string): StatusError {
  return badRequest(`invalid continue token: continue key is not valid: ${why}`)
}
