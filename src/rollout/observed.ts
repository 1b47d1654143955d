/** All that `decide` knows. Whoever fills it reads; `decide` only thinks. */
import type { MetricReading } from '../analysis/check.ts'
import type { RolloutSpec } from './spec.ts'
import type { RolloutStatus } from './status.ts'

/** One look at the world. The same value always leads to the same decision. */
export interface Observed {
  readonly now: Date
  /**
   * `event`: everything that waits for the world goes on at once, only evidence takes its interval. `upstream`: one
   * step per call, for a caller that calls once an interval.
   */
  readonly pace: 'event' | 'upstream'
  readonly spec: RolloutSpec
  readonly status: RolloutStatus
  readonly deletion: {
    /** The object has a deletionTimestamp. */
    readonly isRequested: boolean
    /** The engine's finalizer is on the object. */
    readonly hasFinalizer: boolean
  }
  /** The workload that users change; a problem when it cannot be read or lacks what the engine needs. */
  readonly target: ObservedTarget | Problem
  /** `<target>-primary`; absent: it does not exist. */
  readonly primary?: Workload
  /** Whether the primary runs exactly what promoting the target now would give it, configs included. */
  readonly primaryRunsTarget: boolean
  /** Whether the primary's copies of configs hold what the target's configs hold; true where none are tracked. */
  readonly primaryHasConfigs: boolean
  /** Whether each set of objects that the engine owns is as it has to be. */
  readonly parts: Readonly<Record<Part, PartState>>
  /** What traffic does now; a problem when the router cannot tell. Before the routes exist: all to the primary. */
  readonly routes: Routes | Problem
  /** What the provider's router can do. */
  readonly router: { readonly splitsTraffic: boolean; readonly mirrors: boolean }
  /** Replicas that the autoscaler keeps at least; absent without autoscaler. */
  readonly autoscalerMinReplicas?: number
  /** Ready endpoints of the sides' Services, as far as they are known. */
  readonly endpoints?: Endpoints
  /** Answers to earlier questions, by the question's key. Stale ones do no harm. */
  readonly answers: Readonly<Record<string, Answer>>
}

/** Who answers requests. */
export type Side = 'primary' | 'canary'

/** How many each side's Service has; absent: not known, so that pods alone tell whether the side can answer. */
export interface Endpoints {
  readonly primary?: number
  readonly canary?: number
}

/** Why something could not be observed, in the words for the event. */
export interface Problem {
  readonly problem: string
}

/** The target, its revision and its configs. */
export interface ObservedTarget extends Workload {
  /** Our hash of what triggers a rollout. */
  readonly revision: string
  /** Flagger's hash of the same, where it is known: recognised at takeover. */
  readonly flaggerRevision?: string
  /** Checksums of the tracked ConfigMaps and Secrets; absent: none are tracked for this target. */
  readonly configs?: Readonly<Record<string, ConfigChecksum>>
}

/** Checksum of one tracked ConfigMap or Secret. */
export interface ConfigChecksum {
  readonly checksum: string
  /** Flagger's checksum where it differs from ours, because it leaves `binaryData` out. */
  readonly flaggerChecksum?: string
}

/** A workload as its controller reports it; see workload.ts for how it is read from an object. */
export interface Workload {
  readonly kind: 'Deployment' | 'DaemonSet' | 'Service' | 'KnativeService'
  readonly name: string
  /** Pods that are wanted: `spec.replicas`, or a DaemonSet's count of nodes (0 while its selector matches none). */
  readonly desiredReplicas: number
  /** Pods there are, of any revision. */
  readonly replicas: number
  readonly updatedReplicas: number
  readonly availableReplicas: number
  /** Whether the numbers belong to the spec in force. */
  readonly isGenerationObserved: boolean
  /** A Deployment's condition Progressing says ProgressDeadlineExceeded. */
  readonly isDeadlineExceeded: boolean
  /** Since when a Deployment has had fewer pods than its minimum; RFC 3339. */
  readonly unavailableSince?: string
}

/** Sets of objects that the engine owns, in the order in which they come into being. */
export type Part = 'services' | 'primaryScaler' | 'apexService' | 'routes'

/** `current` needs nothing. */
export type PartState = 'current' | 'absent' | 'drifted'

/** Shares in percent, 100 together, and whether the canary gets a copy of the primary's requests. */
export interface Routes {
  readonly primaryWeight: number
  readonly canaryWeight: number
  readonly mirrored: boolean
}

/** What came back for a question. */
export type Answer =
  | { readonly kind: 'hooks'; readonly at: Date; readonly results: readonly HookResult[] }
  | { readonly kind: 'metrics'; readonly at: Date; readonly readings: readonly MetricReading[] }

/** One webhook's answer. Hooks after the first failure of a question are not called and have no result. */
export interface HookResult {
  readonly hook: string
  readonly passed: boolean
  /** Why it did not pass: the body of the answer or the error of the call. */
  readonly message: string
}

/** Whether a thing could not be observed. */
export function isProblem<T extends object>(value: T | Problem): value is Problem {
  return 'problem' in value
}
