/** A Canary's spec as the engine reads it: defaults applied, durations in milliseconds, one strategy chosen. */
import type { MetricCheck } from '../analysis/check.ts'

/** Kinds of a target. A Knative Service has the kind `Service` on the wire; its apiVersion tells it apart. */
export type TargetKind = 'Deployment' | 'DaemonSet' | 'Service' | 'KnativeService'

/** Everything that `decide` has to know of the Canary object beside its status. */
export interface RolloutSpec {
  readonly canary: { readonly name: string; readonly namespace: string; readonly uid: string }
  readonly target: { readonly apiVersion: string; readonly kind: TargetKind; readonly name: string }
  /** Name of the apex Service; those of the sides have `-primary` and `-canary` after it. */
  readonly serviceName: string
  /** Absent: the replicas are the target's own. */
  readonly autoscaler?: AutoscalerRef
  /** The traffic provider in force: the Canary's own or the process's default. */
  readonly provider: string
  /** The name that chooses the built-in queries; messages contain it. */
  readonly metricsProvider: string
  readonly progressDeadlineMs: number
  readonly skipAnalysis: boolean
  readonly revertOnDeletion: boolean
  readonly suspend: boolean
  readonly intervalMs: number
  /** Failed checks that end the rollout; at least 1. */
  readonly failedChecksThreshold: number
  readonly strategy: Strategy
  /** The strategy's name in metrics, by the fields of the Canary alone. */
  readonly strategyName: 'canary' | 'ab-testing' | 'blue-green'
  /** What was changed because the provider cannot do it, in the words of upstream's Warning events. */
  readonly overrides: readonly string[]
  readonly primaryReadyThresholdPercent: number
  readonly canaryReadyThresholdPercent: number
  readonly hooks: readonly Hook[]
  readonly metrics: readonly MetricCheck[]
  readonly sessionAffinity?: SessionAffinity
  /** `Weight step: 10 max: 50`: how alerts describe the routing. */
  readonly routingSummary: string
}

/** The object that scales the target. */
export interface AutoscalerRef {
  readonly kind: 'HorizontalPodAutoscaler' | 'ScaledObject'
  readonly name: string
}

/** How the new revision gets its traffic. All weights are the canary's share in percent. */
export type Strategy =
  | {
      readonly kind: 'canary'
      readonly steps: WeightSteps
      /** Weight at which the analysis is complete. */
      readonly maxWeightPercent: number
      /** Share that returns to the primary per interval after promotion; 0: all at once. */
      readonly stepWeightPromotionPercent: number
      /** Whether traffic is mirrored for one interval before the first weight. */
      readonly mirror: boolean
    }
  | { readonly kind: 'ab-testing'; readonly iterations: number; readonly stepWeightPromotionPercent: number }
  | {
      readonly kind: 'blue-green'
      readonly iterations: number
      readonly mirror: boolean
      readonly stepWeightPromotionPercent: number
    }

/** Even steps of `byPercent`, or the listed weights, strictly rising. */
export type WeightSteps =
  | { readonly kind: 'even'; readonly byPercent: number }
  | { readonly kind: 'listed'; readonly percents: readonly number[] }

/** What a webhook is for. A Canary's empty type is `rollout`. */
export type HookType =
  | 'confirm-rollout'
  | 'pre-rollout'
  | 'rollout'
  | 'confirm-traffic-increase'
  | 'confirm-promotion'
  | 'post-rollout'
  | 'rollback'
  | 'event'

/** One webhook of the Canary. */
export interface Hook {
  readonly name: string
  readonly type: HookType
  readonly url: string
  readonly timeoutMs: number
  readonly retries: number
  readonly disableTLS: boolean
  readonly muteAlert: boolean
  readonly metadata: Readonly<Record<string, string>>
}

/** Cookies that keep a client on the side that it met first. */
export interface SessionAffinity {
  readonly cookieName: string
  readonly primaryCookieName?: string
}
