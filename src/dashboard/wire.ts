/** What the dashboard's server and its page say to each other, as JSON. Times are RFC 3339. */

/** A cluster that the dashboard looks at. */
export interface ClusterItem {
  readonly type: 'cluster'
  readonly id: string
  readonly name: string
  readonly role: 'host' | 'member'
  /** Base URL of its API. */
  readonly server: string
  /** Whether its objects have been read once. */
  readonly synced: boolean
  /** What keeps its objects from being followed right now. */
  readonly problem?: string
  /** Whether there is a Prometheus to draw from. */
  readonly hasMetrics: boolean
}

/** A Fleet. */
export interface FleetItem {
  readonly type: 'fleet'
  readonly id: string
  readonly namespace: string
  readonly name: string
  readonly phase: string
  readonly members: readonly FleetMember[]
}

/** One cluster of a Fleet. */
export interface FleetMember {
  readonly name: string
  readonly kind: string
  /** Absent: nothing is known yet. */
  readonly ready?: boolean
  readonly engine?: string
  readonly message?: string
  readonly version?: string
}

/** An Application. */
export interface ApplicationItem {
  readonly type: 'application'
  readonly id: string
  readonly namespace: string
  readonly name: string
  readonly createdAt: string
  /** Kind and address of where it comes from. */
  readonly source: string
  /** What of it was fetched last. */
  readonly revision?: string
  readonly fleets: readonly string[]
  readonly ready: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
  /** Clusters in sync of all, such as `2/3`. */
  readonly clusters?: string
}

/** A metric of the analysis and what its value must not leave. */
export interface MetricRule {
  readonly name: string
  readonly min?: number
  readonly max?: number
  /** Window of the query. */
  readonly interval?: string
}

/** How a rollout goes on: by weights, by repeated checks of chosen requests, or by checks before one switch. */
export type Strategy = 'canary' | 'a/b test' | 'blue/green'

/** A Canary in one cluster. */
export interface RolloutItem {
  readonly type: 'rollout'
  readonly id: string
  readonly cluster: string
  readonly namespace: string
  readonly name: string
  /** Id of the Application that it belongs to; absent: none. */
  readonly application?: string
  /** `Deployment/podinfo`. */
  readonly target: string
  readonly provider: string
  readonly strategy: Strategy
  /** Empty before the engine has seen it. */
  readonly phase: string
  /** Percent of the traffic that the canary gets. */
  readonly weight: number
  /** The weights of the way, in percent. Empty where it has none. */
  readonly steps: readonly number[]
  readonly mirror: boolean
  readonly iterations: number
  /** Checks that a rollout without weights has to pass; 0 for one with weights. */
  readonly maxIterations: number
  readonly failedChecks: number
  readonly maxFailedChecks: number
  readonly interval: string
  readonly metrics: readonly MetricRule[]
  readonly suspended: boolean
  readonly skipAnalysis: boolean
  /** The condition's sentence. */
  readonly message: string
  readonly changedAt?: string
}

/** Anything in the state; `id` is unique over all types. */
export type Item = ClusterItem | FleetItem | ApplicationItem | RolloutItem

/** `GET /api/state`, and the event `state`. */
export interface State {
  /** Counts changes; a page that misses one asks for the whole state. */
  readonly revision: number
  readonly items: readonly Item[]
}

/** The event `change`. */
export interface Change {
  readonly revision: number
  readonly upserts: readonly Item[]
  readonly removes: readonly string[]
}

/** One decision of the engine, or the same one several times in a row. */
export interface DecisionLine {
  readonly at: string
  readonly lastAt: string
  readonly times: number
  readonly kind: string
  readonly text: string
  readonly actions?: readonly string[]
  readonly waitsFor?: string
  readonly until?: string
}

/** One event of a Canary. */
export interface EventLine {
  readonly at: string
  readonly type: string
  readonly message: string
  readonly count: number
}

/** Where a rollout stood from a time on. */
export interface HistoryPoint {
  readonly at: string
  readonly phase: string
  readonly weight: number
}

/** `GET /api/rollout?cluster=&namespace=&canary=`: what is too long for the state. */
export interface RolloutDetails {
  /** Oldest first; `problem` says why there are none. */
  readonly decisions: { readonly lines: readonly DecisionLine[]; readonly problem?: string }
  readonly events: { readonly lines: readonly EventLine[]; readonly problem?: string }
  readonly history: readonly HistoryPoint[]
}

/** One side's values at {@link Series.times}; null where there was no traffic. */
export interface SideSeries {
  /** Percent. */
  readonly successRate: readonly (number | null)[]
  /** Milliseconds that 99 of 100 requests took at most. */
  readonly latencyMs: readonly (number | null)[]
  /** Requests a second. */
  readonly requestRate: readonly (number | null)[]
}

/** `GET /api/series?cluster=&namespace=&canary=&minutes=`. */
export interface Series {
  /** Seconds since 1970, evenly spaced. */
  readonly times: readonly number[]
  readonly primary: SideSeries
  readonly canary: SideSeries
  /** Why there is nothing, or not all. */
  readonly problem?: string
}

/** What a person can ask of a rollout. */
export const actionNames = ['pause', 'resume', 'promote', 'abort', 'retry'] as const
export type ActionName = (typeof actionNames)[number]

/** Body of `POST /api/actions/{pause,resume,promote,abort,retry}`. */
export interface ActionRequest {
  readonly cluster: string
  readonly namespace: string
  readonly canary: string
}

/** `GET /api/permissions?cluster=&namespace=`: what the cluster refuses the bearer of the token, and why. */
export interface Permissions {
  readonly refused: Readonly<Partial<Record<ActionName, string>>>
}

/** `GET /api/session`: what the bearer of the token may do. */
export interface Session {
  /** `reader`: nothing but look. `operator`: the dashboard's own rights. `user`: what each cluster allows the token. */
  readonly role: 'reader' | 'operator' | 'user'
  /** Why it is not more. */
  readonly reason?: string
}
