/** Metric providers: what the rollout engine asks of each, one file a provider. */
import type { Clock } from '../runtime/clock.ts'
import type { HttpSender } from '../runtime/http-sender.ts'
import type { AwsCredentials } from './aws-signature.ts'

/** What one query gave. */
export type QueryResult =
  | { readonly kind: 'value'; readonly value: number }
  | {
      readonly kind: 'noData'
      readonly reason: 'noTraffic' | 'noSuchSeries' | 'stale' | 'fewSamples' | 'unknown'
      /** Why, in a few words; empty where nobody knows. */
      readonly detail: string
    }
  /** The provider could not be asked, or refused to answer: says nothing about what was to be measured. */
  | { readonly kind: 'unreachable'; readonly message: string }
  /** The answer is none that a check can be made of. */
  | { readonly kind: 'unusable'; readonly message: string }

/** Answers queries. */
export interface MetricProvider {
  /** One number. Never throws but what `signal` aborts with. */
  query(query: string, signal: AbortSignal): Promise<QueryResult>
  /** Why the provider cannot be asked; undefined when it can. */
  problem(signal: AbortSignal): Promise<string | undefined>
}

/** Where a provider is and how to get in; `spec.provider` of a MetricTemplate. */
export interface ProviderOptions {
  readonly type: string
  readonly address?: string
  readonly headers?: Readonly<Record<string, readonly string[]>>
  readonly insecureSkipVerify?: boolean
  /** Of a cloud. */
  readonly region?: string
  /** The metric's; by default a minute. */
  readonly intervalMs?: number
  /** Values of the Secret, decoded; absent: none is named. */
  readonly credentials?: Readonly<Record<string, string>>
}

/** What providers need. */
export interface ProviderDeps {
  readonly http: HttpSender
  readonly clock: Clock
  /** The process's own key of AWS. Absent: it has none. */
  readonly aws?: AwsCredentials
}

/** Makes a provider. @throws ProviderConfigError where the options cannot work */
export type ProviderFactory = (options: ProviderOptions, deps: ProviderDeps) => MetricProvider

/** A provider cannot be made from its options; the message follows its type in events. */
export class ProviderConfigError extends Error {
  override readonly name = 'ProviderConfigError'
  readonly reason = 'InvalidMetricProvider'
}

/** How many intervals back providers with a range look, as upstream: some report late. */
const intervalsBack = 10
const defaultIntervalMs = 60_000

/** The interval of the metric that asks, in milliseconds. */
export function intervalOf({ intervalMs = defaultIntervalMs }: ProviderOptions): number {
  return intervalMs
}

/** The time range of a query, in milliseconds since 1970. */
export function windowOf(options: ProviderOptions, clock: Clock): { readonly from: number; readonly to: number } {
  const to = clock.now().getTime()
  return { from: to - intervalsBack * intervalOf(options), to }
}

/** How addresses may begin. */
const httpSchemes = ['http:', 'https:']

/**
 * The address. `missing` says that there is none.
 * @throws ProviderConfigError where it is no URL of one of the schemes, by default http and https
 */
export function requireAddress(
  { type, address = '' }: ProviderOptions,
  { missing, schemes = httpSchemes }: { readonly missing?: string; readonly schemes?: readonly string[] } = {},
): string {
  if (address === '' && missing !== undefined) throw new ProviderConfigError(missing)
  const problem = `${type} address ${address} is not a valid URL`
  if (!URL.canParse(address)) throw new ProviderConfigError(problem)
  if (schemes.includes(new URL(address).protocol)) return address
  // Of `host:port` the host counts as a scheme.
  throw new ProviderConfigError(`${problem}: it does not begin with http:// or https://`)
}

/** Values of the Secret by their keys, in that order. @throws ProviderConfigError that names the first one missing */
export function requireKeys<const Keys extends readonly string[]>(
  { type, credentials = {} }: ProviderOptions,
  keys: Keys,
  spell: (key: string) => string = key => key,
): { readonly [Index in keyof Keys]: string } {
  const missing = keys.find(key => !credentials[key])
  if (missing !== undefined) throw new ProviderConfigError(`${type} credentials does not contain ${spell(missing)}`)
  return keys.map(key => credentials[key]) as { readonly [Index in keyof Keys]: string } // None is missing.
}

/** The value of an `authorization` header (RFC 7617). */
export function basicHeader(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}
