/** Metric providers: what the rollout engine asks of each, one file a provider. */
import type { Clock } from '../runtime/clock.ts'
import type { HttpSender } from '../runtime/http-sender.ts'

/** What one query gave. */
export type QueryResult =
  | { readonly kind: 'value'; readonly value: number }
  | {
      readonly kind: 'noData'
      readonly reason: 'noTraffic' | 'noSuchSeries' | 'stale' | 'unknown'
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
  /** Values of the Secret, decoded; absent: none is named. */
  readonly credentials?: Readonly<Record<string, string>>
}

/** What providers need. */
export interface ProviderDeps {
  readonly http: HttpSender
  readonly clock: Clock
}

/** Makes a provider. @throws ProviderConfigError where the options cannot work */
export type ProviderFactory = (options: ProviderOptions, deps: ProviderDeps) => MetricProvider

/** A provider cannot be made from its options; the message follows its type in events. */
export class ProviderConfigError extends Error {
  override readonly name = 'ProviderConfigError'
  readonly reason = 'InvalidMetricProvider'
}
