/** What the rollout engine of one cluster is told; the CLI's flags carry Flagger's names where there is one. */
import type { AwsCredentials } from '../metrics/aws-signature.ts'
import type { NotifierOptions } from '../notify/notifier.ts'
import type { Random } from '../runtime/backoff.ts'
import type { Client } from '../runtime/client.ts'
import type { Clock } from '../runtime/clock.ts'
import type { ProxyFor } from '../runtime/environment-proxy.ts'
import type { Logger } from '../runtime/log.ts'
import type { MetricRegistry } from '../runtime/metrics.ts'
import type { Leadership } from './leadership.ts'

/** Options of `startAgent`. */
export interface AgentOptions {
  /** The cluster whose Canaries are served. The agent does not close it. */
  readonly client: Client
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Base URL of the Prometheus that answers built-in and in-line queries; `-metrics-server`. */
  readonly metricsServer: string
  /** Traffic provider of Canaries that name none: `istio`, `kubernetes`, ...; `-mesh-provider`. */
  readonly meshProvider: string
  /** Serve this namespace only; `-namespace`. Absent: all. */
  readonly namespace?: string
  /** Namespaces whose Secrets rollouts may read and copy. Absent: all that are served, as in Flagger. */
  readonly secretNamespaces?: readonly string[]
  /** Candidates for the label that tells primary from canary; `-selector-labels`. */
  readonly selectorLabels?: readonly string[]
  /** Prefixes of labels and annotations that go onto the primary's objects; `-include-label-prefix`. */
  readonly includeLabelPrefixes?: readonly string[]
  /** Whether ConfigMaps and Secrets belong to a revision; `-enable-config-tracking`. Default true. */
  readonly configTracking?: boolean
  /** `-no-cross-namespace-refs`. Default true: a Canary shall not use what its author may not read. */
  readonly noCrossNamespaceRefs?: boolean
  /** `event` (default): only evidence takes its interval. `upstream`: one step an interval, as Flagger. */
  readonly pace?: 'event' | 'upstream'
  /** Shortest analysis interval. Default 10,000, as Flagger's; tests and demos go below. */
  readonly minIntervalMs?: number
  /** How long requests that are under way have to end when a side loses its traffic. Default 1,000. */
  readonly drainMs?: number
  /** What ingress-nginx's annotations begin with; `-ingress-annotations-prefix`. Default: its own default. */
  readonly ingressAnnotationsPrefix?: string
  /** Where alerts go that no Canary routes elsewhere; `-slack-url`, `-msteams-url`. Absent: nowhere. */
  readonly notifier?: NotifierOptions
  /** Receives every event of a Canary without event hooks of its own; `-event-webhook`. */
  readonly eventWebhook?: string
  /** Address ranges (CIDR) that webhooks, alerts and queries never reach. Default: link-local and metadata addresses. */
  readonly refusedAddresses?: readonly string[]
  /** URL of an HTTP proxy by which webhooks and metric queries reach the cluster from outside. Absent: none. */
  readonly proxy?: string
  /** The proxy of each URL, as the environment says; `proxy` and those of AlertProviders win. Absent: none. */
  readonly proxyFor?: ProxyFor
  /** The agent's own key of AWS, for templates of CloudWatch without a Secret. Absent: none. */
  readonly aws?: AwsCredentials
  /** Shown in alerts; `-cluster-name`. */
  readonly clusterName?: string
  /** What /metrics shows beside the agent's own: those of its client and process. Absent: nothing. */
  readonly metrics?: MetricRegistry
  /** Serves /healthz, /readyz, /metrics and /api/v1/canaries. Default: any free port of 127.0.0.1. */
  readonly http?: { readonly host?: string; readonly port?: number }
  /** Absent: this process leads. */
  readonly leaderElection?: Leadership
  /** Canaries that are worked on at a time, beside those that only wait for connections to drain. Default 64. */
  readonly concurrency?: number
}

/** A running rollout engine. */
export interface Agent {
  /** Base URL of its HTTP server. */
  readonly url: string
  /** Rejects when it had to end early, for example because it lost its Lease; resolves after {@link close}. */
  readonly ended: Promise<void>
  /** Ends it; rollouts go on where they stand when another agent starts. */
  close(): Promise<void>
}
