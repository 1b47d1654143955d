/** Sends alerts. */
import { withoutUser } from '../runtime/basic-authorization.ts'
import type { Clock } from '../runtime/clock.ts'
import { type HttpSender, type OutboundAnswer, OutboundError, type OutboundRequest } from '../runtime/http-sender.ts'
import { mayPassLater, retryAfterMs } from '../runtime/retry-after.ts'
import { discord } from './discord.ts'
import { gchat } from './gchat.ts'
import { generic } from './generic.ts'
import { lark } from './lark.ts'
import { msteams } from './msteams.ts'
import type { Alert, NotifierFormat, NotifierOptions, NotifierType } from './notifier.ts'
import { rocket } from './rocket.ts'
import { slack } from './slack.ts'

/** Formats by the receiver's type. */
export const notifierFormats: Readonly<Record<NotifierType, NotifierFormat>> = {
  slack,
  msteams,
  discord,
  rocket,
  gchat,
  lark,
  generic,
}

/** An alert was not taken. */
export class NotifyError extends Error {
  override readonly name = 'NotifyError'
  readonly reason = 'NotSent'
  /** The receiver may take it later: after `afterMs`, where it says so. Absent: it will not, as it is. */
  readonly again?: { readonly afterMs?: number }

  constructor(message: string, again?: { readonly afterMs?: number }) {
    super(message)
    if (again) this.again = again
  }
}

/** Flagger's. */
const timeoutMs = 5_000

/**
 * Posts one alert.
 * @throws NotifyError where the options lack something, or the receiver refuses or does not answer. It does not say the
 * address, whose path is what lets one in.
 */
export async function notify(
  options: NotifierOptions,
  alert: Alert,
  { http, clock }: { readonly http: HttpSender; readonly clock: Clock },
  signal: AbortSignal,
): Promise<void> {
  const format = Object.hasOwn(notifierFormats, options.type) ? notifierFormats[options.type] : undefined
  if (!format) throw new NotifyError(`provider ${options.type} not supported`)
  for (const field of format.needs) {
    if (!options[field]) throw new NotifyError(`empty ${options.type} ${field}`)
  }
  const { url, authorization } = withoutUser(format.url(options.address))
  const answer = await answerOf(
    http,
    {
      method: 'POST',
      url,
      headers: {
        'content-type': 'application/json',
        ...(authorization ? { authorization } : {}),
        ...(options.type === 'slack' && options.token ? { authorization: `Bearer ${options.token}` } : {}),
      },
      body: JSON.stringify(format.body(alert, options)),
      timeoutMs,
      ...(options.proxy ? { proxy: options.proxy } : {}),
    },
    signal,
  )
  const { status, text } = answer
  if (status < 200 || status > 299) {
    const message = `sending notification bad response ${status}: ${text.trim().slice(0, 200)}`
    throw new NotifyError(message, mayPassLater(status) ? againAfter(retryAfterMs(answer, clock)) : undefined)
  }
  const refusal = format.refusal?.(text)
  if (refusal !== undefined) throw new NotifyError(`sending notification failed: ${refusal}`)
}

const againAfter = (afterMs: number | undefined) => (afterMs === undefined ? {} : { afterMs })

async function answerOf(http: HttpSender, request: OutboundRequest, signal: AbortSignal): Promise<OutboundAnswer> {
  try {
    return await http.send(request, signal)
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error
    const why =
      error.reason === 'InvalidUrl'
        ? 'the address is not a URL of http or https'
        : error.message.replaceAll(request.url, new URL(request.url).origin)
    throw new NotifyError(`sending notification failed: ${why}`)
  }
}
