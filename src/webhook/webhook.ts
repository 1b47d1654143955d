/** Calls webhooks: gates, checks and receivers of events. */
import { backoffMs } from '../runtime/backoff.ts'
import { withoutUser } from '../runtime/basic-authorization.ts'
import type { Clock } from '../runtime/clock.ts'
import { type HttpSender, type OutboundAnswer, OutboundError } from '../runtime/http-sender.ts'
import { redact } from '../runtime/redact.ts'
import { mayPassLater, retryAfterMs } from '../runtime/retry-after.ts'

/** What a webhook is told; the order of the fields is upstream's. */
export interface WebhookPayload {
  readonly name: string
  readonly namespace: string
  readonly phase: string
  /** Changes with the revision that the call is about. */
  readonly checksum: string
  /** Left out when empty. */
  readonly metadata?: Readonly<Record<string, string>>
}

/** Where and how to call. */
export interface WebhookTarget {
  readonly url: string
  /** Of each attempt. */
  readonly timeoutMs: number
  /** Attempts after the first, where another one may help. */
  readonly retries: number
  /** Takes any certificate. */
  readonly disableTLS: boolean
}

/**
 * What came of a call. `message`: the answer's body or why there was none, without what the URL has of secrets; empty
 * where it passed.
 */
export interface WebhookResult {
  readonly passed: boolean
  readonly message: string
}

/** What calls need. */
export interface WebhookDeps {
  readonly http: HttpSender
  readonly clock: Clock
}

/** go-retryablehttp's, without its lack of jitter: the wait is exact, as a single caller needs none. */
const backoff = { initialMs: 1_000, maxMs: 30_000, jitter: 0 }
const maxMessageLength = 1_000

/** Calls once, and again where `retries` allow it. Never throws but what `signal` aborts with. */
export async function callWebhook(
  target: WebhookTarget,
  payload: WebhookPayload,
  { http, clock }: WebhookDeps,
  signal: AbortSignal,
): Promise<WebhookResult> {
  const { timeoutMs, disableTLS } = target
  const { url, authorization } = withoutUser(target.url)
  const shown = (text: string) => text.replaceAll(url, redact(url))
  const retries = Math.max(0, target.retries)
  for (let attempt = 1; ; attempt++) {
    const tried = await attemptCall(
      () =>
        http.send(
          {
            method: 'POST',
            url,
            headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
            body: payloadText(payload),
            timeoutMs,
            insecureSkipVerify: disableTLS,
          },
          signal,
        ),
      clock,
    )
    if (tried.kind === 'answered') return { ...tried.result, message: shown(tried.result.message) }
    if (attempt > retries) {
      const why = `POST ${redact(target.url)} giving up after ${attempt} attempt(s)`
      return { passed: false, message: tried.message ? `${why}: ${shown(tried.message)}` : why }
    }
    await clock.sleep(tried.retryAfterMs ?? backoffMs(attempt, backoff, () => 0), signal)
  }
}

type Attempt =
  | { readonly kind: 'answered'; readonly result: WebhookResult }
  | { readonly kind: 'again'; readonly message: string; readonly retryAfterMs?: number }

async function attemptCall(send: () => Promise<OutboundAnswer>, clock: Clock): Promise<Attempt> {
  try {
    const answer = await send()
    if (!mayPassLater(answer.status)) return { kind: 'answered', result: resultOf(answer) }
    const toldMs = retryAfterMs(answer, clock)
    const message = answer.text.trim().slice(0, maxMessageLength)
    return {
      kind: 'again',
      message,
      ...(toldMs === undefined ? {} : { retryAfterMs: Math.min(toldMs, backoff.maxMs) }),
    }
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error
    // Asking again cannot help.
    if (error.reason === 'InvalidUrl' || error.reason === 'RefusedAddress') {
      return { kind: 'answered', result: { passed: false, message: error.message } }
    }
    return { kind: 'again', message: error.message }
  }
}

function resultOf({ status, text }: OutboundAnswer): WebhookResult {
  if (status >= 200 && status < 300) return { passed: true, message: '' }
  return { passed: false, message: text.trim().slice(0, maxMessageLength) }
}

function payloadText({ name, namespace, phase, checksum, metadata }: WebhookPayload): string {
  const hasMetadata = metadata && Object.keys(metadata).length > 0
  return JSON.stringify({ name, namespace, phase, checksum, ...(hasMetadata ? { metadata } : {}) })
}
