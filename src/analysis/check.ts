/** What a Canary wants measured, and what measuring it gave. */

/** A metric that a Canary asks for, with its defaults applied. One entry may hold up to three checks. */
export interface MetricCheck {
  readonly name: string
  /** The query's window as written, such as `1m`; it goes into the query untouched. */
  readonly interval: string
  /** Inclusive bounds. Absent: `threshold` decides. */
  readonly range?: ThresholdRange
  /** The deprecated single bound; 0 when the Canary names none. */
  readonly threshold: number
  /** An in-line query for the Prometheus of the Canary. */
  readonly query?: string
  /** The MetricTemplate to use, with its namespace filled in. */
  readonly templateRef?: { readonly name: string; readonly namespace: string }
  readonly templateVariables: Readonly<Record<string, string>>
}

/** Inclusive bounds of a value; an absent bound does not hold anything back. */
export interface ThresholdRange {
  readonly min?: number
  readonly max?: number
}

/** How a check gets its value: by a query of the traffic provider, by its own query, or by a MetricTemplate. */
export type CheckKind = 'success-rate' | 'duration' | 'inline' | 'template'

/** One value to fetch: a metric entry gives one for each of its kinds. */
export interface Measurement {
  readonly metric: MetricCheck
  readonly kind: CheckKind
}

/**
 * Why there was no value: nobody called the canary; the series do not exist (`noSuchSeries` names the label that
 * differs in `detail`); the newest sample is too old; those of the interval are too few for a rate; or the provider
 * does not say.
 */
export type NoDataReason = 'noTraffic' | 'noSuchSeries' | 'stale' | 'fewSamples' | 'unknown'

/** What fetching one value gave. Durations are in milliseconds, success rates in percent. */
export type MetricReading =
  | { readonly kind: 'value'; readonly value: number }
  | { readonly kind: 'noData'; readonly reason: NoDataReason; readonly detail: string }
  /** The provider could not be asked, or refused to answer: says nothing about the canary. */
  | { readonly kind: 'unreachable'; readonly message: string }
  /** The check cannot be carried out as it is written; `stage` chooses the words of the event. */
  | { readonly kind: 'misconfigured'; readonly stage: MisconfiguredStage; readonly message: string }

/** What of a check is wrong: its template, that one's secret or provider, the rendering, or the server's address. */
export type MisconfiguredStage = 'template' | 'secret' | 'provider' | 'render' | 'address' | 'query' | 'none'
