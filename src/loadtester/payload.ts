/** The webhook payload that the rollout engine sends (Flagger's CanaryWebhookPayload). */

/** What a webhook says about its canary, and the task in `metadata`. */
export interface Payload {
  readonly name: string
  readonly namespace: string
  readonly phase?: string
  readonly metadata: Readonly<Record<string, string>>
}

/** A body that is no payload; answered with 400. */
export class PayloadError extends Error {
  override readonly name = 'PayloadError'
  readonly reason = 'BadPayload'
}

/** Reads a payload. Unknown fields are ignored, as upstream does. Throws {@link PayloadError}. */
export function parsePayload(body: string): Payload {
  const value = parseJson(body)
  if (!isRecord(value)) throw new PayloadError('the payload must be a JSON object')
  const metadata = value['metadata'] ?? {}
  if (!isRecord(metadata)) throw new PayloadError('metadata must be an object of strings')
  return {
    name: textField(value, 'name'),
    namespace: textField(value, 'namespace'),
    phase: textField(value, 'phase'),
    metadata: Object.fromEntries(Object.keys(metadata).map(key => [key, textField(metadata, key, 'metadata.')])),
  }
}

/** Go's strconv.ParseBool; what it cannot parse is false, as upstream treats it. */
export function isTrue(text: string | undefined): boolean {
  return text !== undefined && /^(1|t|T|TRUE|true|True)$/.test(text)
}

function textField(value: Record<string, unknown>, name: string, prefix = ''): string {
  const field = value[name] ?? ''
  if (typeof field === 'string') return field
  throw new PayloadError(`${prefix}${name} must be a string, not ${typeof field}`)
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch (cause) {
    throw new PayloadError('the payload is not JSON', { cause })
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
