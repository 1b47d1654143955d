/** What `decide` answers: a question, a step, or what it waits for. */
import type { Measurement } from '../analysis/check.ts'
import type { Part, Routes } from './observed.ts'
import type { Hook, HookType } from './spec.ts'
import type { Phase, RolloutStatus } from './status.ts'

/** The next step of a rollout. */
export type Decision = Ask | Act | Wait

/**
 * Answers are needed. Put each question that is not being answered already, and decide again with the answers; the
 * world may be observed, and decided on, at any time in between.
 */
export interface Ask {
  readonly kind: 'ask'
  readonly questions: readonly Question[]
  readonly because: Because
  /** Look again then even if no answer came. */
  readonly requeueAt?: Date
}

/**
 * Carry out `actions` in order, then write `status`, then `announce`. Every action may be repeated, so whoever dies
 * in between starts with a new look at the world. When an action fails, the rest is left out.
 */
export interface Act {
  readonly kind: 'act'
  readonly actions: readonly Action[]
  /** Written only where it differs from the one observed. */
  readonly status: RolloutStatus
  readonly announce: readonly Announcement[]
  readonly because: Because
  /** When to decide again; a time that has come means at once. */
  readonly requeueAt: Date
}

/** Nothing to do until the world changes, or `requeueAt`. Announce what was not announced by the wait before. */
export interface Wait {
  readonly kind: 'wait'
  readonly waitingOn: WaitingOn
  readonly announce: readonly Announcement[]
  readonly because: Because
  /** Absent: only a change ends the wait. */
  readonly requeueAt?: Date
}

/** What a wait waits for. */
export type WaitingOn =
  | 'newRevision'
  | 'target'
  | 'primary'
  | 'canary'
  | 'evidence'
  | 'approval'
  | 'metrics'
  | 'routes'
  | 'resume'
  | 'deletion'

/** The rule that fired, for people. */
export interface Because {
  /** Stable name of the rule. */
  readonly rule: string
  /** One sentence in plain words. */
  readonly text: string
  /** The facts that the rule looked at, `name: value`. */
  readonly observed: Readonly<Record<string, string | number | boolean>>
  readonly waitsFor?: string
  readonly until?: Date
}

/** Something to find out. The key names the state that it is asked in: another state asks anew. */
export type Question =
  | {
      readonly kind: 'hooks'
      readonly key: string
      readonly type: HookType
      readonly hooks: readonly Hook[]
      /** Hooks are called in order until one fails, or until one passes; those after it have no result. */
      readonly until: 'firstFailure' | 'firstPass'
      /** The phase in the payload. */
      readonly phase: Phase
    }
  | {
      readonly kind: 'metrics'
      readonly key: string
      readonly measurements: readonly Measurement[]
    }

/** One effect. All are idempotent. */
export type Action =
  /** Creates or corrects a set of objects; weights in force stay. */
  | { readonly kind: 'ensurePart'; readonly part: Part }
  /** Creates `<target>-primary` (and its config copies) from the target; leaves one that exists alone. */
  | { readonly kind: 'createPrimary'; readonly replicas: number }
  /**
   * Copies configs and pod template to the primary. Refuses when the target's revision is no longer `revision`, and
   * writes nothing when the primary has it already. `minReplicas`: the primary keeps at least so many.
   */
  | { readonly kind: 'promote'; readonly revision: string; readonly minReplicas: number }
  /** Brings the primary's autoscaler to the target's; `minReplicas` is its floor until `releasePrimaryFloor`. */
  | { readonly kind: 'syncPrimaryScaler'; readonly minReplicas: number }
  /** The primary keeps at least so many pods, and is scaled up to them at once; its autoscaler stays otherwise. */
  | { readonly kind: 'holdPrimaryFloor'; readonly minReplicas: number }
  | { readonly kind: 'releasePrimaryFloor' }
  | { readonly kind: 'pauseTargetScaler' }
  | { readonly kind: 'resumeTargetScaler' }
  /** Sets the target's replicas; a DaemonSet has all its pods, or with 0 none. */
  | { readonly kind: 'scaleTarget'; readonly replicas: number }
  | { readonly kind: 'scalePrimary'; readonly replicas: number }
  /** Sets weights and cookies; the cookies are those of the status that is written after. */
  | ({ readonly kind: 'setRoutes'; readonly cookies: Cookies } & Routes)
  /** Returns when the side that lost its traffic has no open request, or after a short while. */
  | { readonly kind: 'awaitDrain'; readonly side: 'canary' | 'primary' }
  | { readonly kind: 'addFinalizer' }
  | { readonly kind: 'removeFinalizer' }
  /** Gives apex service and routes back to the target, as they were before the Canary. */
  | { readonly kind: 'revertRouting' }

/** Session cookies as `name=value`; empty: none. */
export interface Cookies {
  readonly current: string
  readonly previous: string
  readonly primary: string
}

/** What people and metrics are told. */
export type Announcement =
  | { readonly kind: 'event'; readonly type: 'Normal' | 'Warning'; readonly message: string; readonly phase?: Phase }
  | {
      readonly kind: 'alert'
      readonly severity: 'info' | 'warn' | 'error'
      readonly message: string
      /** Whether target, threshold, deadline and routing go along. */
      readonly withMetadata: boolean
    }
  /** Check that the metric providers answer, and say so in an event; nothing waits for it. */
  | { readonly kind: 'probeProviders' }
  /** A rollout has ended. */
  | { readonly kind: 'ended'; readonly result: 'success' | 'failure'; readonly analysis: 'completed' | 'skipped' }
