/** What the controller of Canaries is made of. */
import type { Canary } from '../../api/flagger/v1beta1.ts'
import type { MetricProviders } from '../../metrics/providers.ts'
import type { NotifierOptions } from '../../notify/notifier.ts'
import type { RouterFactory, ServiceRouter } from '../../router/router.ts'
import type { Random } from '../../runtime/backoff.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { ClusterView } from '../../runtime/cluster-view.ts'
import type { EventRecorder } from '../../runtime/events.ts'
import type { HttpSender } from '../../runtime/http-sender.ts'
import type { Logger } from '../../runtime/log.ts'
import type { Derived } from './derived.ts'
import type { Recall } from './recall.ts'
import type { Recorder } from './recorder.ts'

/** Settings of the process, by flags; see `AgentOptions`. */
export interface CanarySettings {
  readonly meshProvider: string
  readonly metricsServer: string
  readonly selectorLabels: readonly string[]
  readonly includeLabelPrefixes: readonly string[]
  readonly configTracking: boolean
  readonly noCrossNamespaceRefs: boolean
  readonly pace: 'event' | 'upstream'
  readonly minIntervalMs: number
  readonly drainMs: number
  readonly ingressAnnotationsPrefix?: string
  readonly notifier?: NotifierOptions
  readonly eventWebhook?: string
  readonly clusterName?: string
}

/** Everything that a look at a Canary needs. */
export interface LookDeps {
  readonly view: ClusterView
  readonly clock: Clock
  /** The router factory of a provider's name. @throws UnknownProviderError */
  readonly routerFactory: (provider: string) => RouterFactory
  readonly services: ServiceRouter
  readonly derived: Derived
  readonly recall: Recall
  /** Canaries of the same target, itself included. */
  readonly canariesOf: (canary: Canary) => readonly Canary[]
  readonly settings: CanarySettings
}

/** What a step of it needs besides. */
export interface CanaryDeps extends LookDeps {
  readonly random: Random
  readonly log: Logger
  readonly http: HttpSender
  readonly events: EventRecorder
  readonly recorder: Recorder
  readonly metrics: MetricProviders
}
