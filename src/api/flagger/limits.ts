/**
 * How much a Canary may ask of the engine, which works for many. The published schema sets no bounds; these are far
 * above what rollouts need. Pure.
 */
import { tryParseDuration } from '../../apimachinery/duration.ts'
import { type FieldError, invalid, tooLong, tooMany } from '../../apimachinery/field-error.ts'

/** The bounds; lengths in characters, times in milliseconds. */
export const canaryLimits = {
  /** Of each of webhooks, metrics, alerts and match. */
  items: 64,
  stepWeights: 100,
  urlLength: 2_048,
  /** Of the keys and values of a webhook's metadata or a metric's variables together. */
  mapLength: 32_768,
  queryLength: 16_384,
  webhookTimeoutMs: 3_600_000,
  webhookRetries: 10,
} as const

/** The parts of a Canary's analysis that are bounded; the API's type fits it. */
export interface BoundedAnalysis {
  readonly webhooks?: readonly {
    readonly url?: string
    readonly timeout?: string
    readonly retries?: number
    readonly metadata?: Readonly<Record<string, string>>
  }[]
  readonly metrics?: readonly {
    readonly query?: string
    readonly templateVariables?: Readonly<Record<string, string>>
  }[]
  readonly alerts?: readonly unknown[]
  readonly match?: readonly unknown[]
  readonly stepWeights?: readonly number[]
}

/** Everything that goes beyond the bounds. */
export function limitErrors(analysis: BoundedAnalysis): FieldError[] {
  const at = 'spec.analysis'
  const { webhooks = [], metrics = [], stepWeights = [], alerts = [], match = [] } = analysis
  const counts = { webhooks, metrics, alerts, match }
  const many = [
    ...Object.entries(counts)
      .filter(([, list]) => list.length > canaryLimits.items)
      .map(([name, list]) => tooMany(`${at}.${name}`, list.length, canaryLimits.items)),
    ...(stepWeights.length > canaryLimits.stepWeights
      ? [tooMany(`${at}.stepWeights`, stepWeights.length, canaryLimits.stepWeights)]
      : []),
  ]
  // What there is too much of is not looked at one by one.
  if (many.length > 0) return many
  return [
    ...webhooks.flatMap((webhook, i) => webhookErrors(webhook, `${at}.webhooks[${i}]`)),
    ...metrics.flatMap(({ query = '', templateVariables }, i) => [
      ...(query.length > canaryLimits.queryLength
        ? [tooLong(`${at}.metrics[${i}].query`, canaryLimits.queryLength)]
        : []),
      ...mapErrors(templateVariables, `${at}.metrics[${i}].templateVariables`),
    ]),
  ]
}

function webhookErrors(
  { url = '', timeout, retries = 0, metadata }: NonNullable<BoundedAnalysis['webhooks']>[number],
  at: string,
): FieldError[] {
  const { urlLength, webhookTimeoutMs, webhookRetries } = canaryLimits
  return [
    ...(url.length > urlLength ? [tooLong(`${at}.url`, urlLength)] : []),
    ...((tryParseDuration(timeout) ?? 0) > webhookTimeoutMs
      ? [invalid(`${at}.timeout`, timeout, `must not be longer than ${webhookTimeoutMs / 60_000}m`)]
      : []),
    ...(retries > webhookRetries ? [invalid(`${at}.retries`, retries, `must be at most ${webhookRetries}`)] : []),
    ...mapErrors(metadata, `${at}.metadata`),
  ]
}

function mapErrors(map: Readonly<Record<string, string>> | undefined, at: string): FieldError[] {
  const length = Object.entries(map ?? {}).reduce((sum, [key, value]) => sum + key.length + String(value).length, 0)
  return length > canaryLimits.mapLength ? [tooLong(at, canaryLimits.mapLength)] : []
}
