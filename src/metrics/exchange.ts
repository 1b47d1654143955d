/** One request of a metric provider, and the words for what came of it. */
import { withoutUser } from '../runtime/basic-authorization.ts'
import { type HttpSender, OutboundError, type OutboundRequest } from '../runtime/http-sender.ts'
import { STATUS_CODES } from '../runtime/node-http.ts'

/** A text that counts as an answer, or why there is none. */
export type Answered = { readonly text: string } | { readonly problem: string }

type Headers = NonNullable<OutboundRequest['headers']>

/** Enough of an error page to tell whose it is. */
const maxShown = 500

/** Sends a request. Problems name the server, and neither the query nor a password of the URL. */
export async function exchange(
  http: HttpSender,
  request: OutboundRequest,
  isAnswer: (status: number) => boolean,
  signal: AbortSignal,
): Promise<Answered> {
  const { url, authorization } = withoutUser(request.url)
  const headers = oneOfEach([authorization ? { authorization } : {}, request.headers ?? {}])
  try {
    const { status, text } = await http.send({ ...request, url, headers }, signal)
    if (isAnswer(status)) return { text }
    const body = shortened(text, maxShown)
    const what = `error response: Status ${status} ${STATUS_CODES[status] ?? ''}`.trim()
    return { problem: `${what}${body ? `: ${body}` : ''} (${placeOf(url)})` }
  } catch (error) {
    if (error instanceof OutboundError) {
      return { problem: `request failed: ${error.message.replace(url, placeOf(url))}` }
    }
    throw error
  }
}

/** Header names are the same in any case; of two the later one counts. */
export function oneOfEach(parts: readonly Headers[]): Headers {
  return Object.fromEntries(
    parts.flatMap(part => Object.entries(part).map(([name, value]) => [name.toLowerCase(), value])),
  )
}

/** An answer that is none of the provider's. */
export function unreadable(text: string, url: string): string {
  return `error unmarshaling result: ${shortened(text, 200)} (${placeOf(url)})`
}

/** The URL without its query, which may be longer than all the rest. */
function placeOf(text: string): string {
  if (!URL.canParse(text)) return text
  const { origin, pathname } = new URL(text)
  return `${origin}${pathname}`
}

/** On one line. */
function shortened(text: string, maxLength: number): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, maxLength)
}
