/** What the host's side is told: the controllers of Applications, Fleets, members and their sources. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { EngineInstaller } from '../controllers/fleet/engine.ts'
import type { Random } from '../runtime/backoff.ts'
import type { Client } from '../runtime/client.ts'
import type { Clock } from '../runtime/clock.ts'
import type { KubeconfigText } from '../runtime/kubeconfig-text.ts'
import type { Logger } from '../runtime/log.ts'
import type { RemoteClusters } from '../runtime/remote-clusters.ts'
import type { Mirrors } from '../sync/git/repository.ts'
import type { Leadership } from './leadership.ts'
import type { WebhookPlace } from './webhook/certificates.ts'
import type { CanaryRules } from './webhook/review.ts'

/** How admission of our kinds is served. */
export interface WebhookOptions {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** Where the manager keeps a certificate of its own, or the folder into which somebody else puts `tls.crt` and `tls.key`. */
  readonly certificate: WebhookPlace | { readonly folder: string }
  readonly rules: CanaryRules
}

/** Options of `startHost`. */
export interface HostOptions {
  /** The host cluster. The host's side does not close it. */
  readonly client: Client
  /** Connections to members. The host's side does not close them. */
  readonly clusters: RemoteClusters
  /** How members get their rollout engine. Those that are part of this process are ended when it stops leading. */
  readonly engines: EngineInstaller & { close?(): Promise<void> }
  /** The host's kubeconfig, for helm. Absent: charts go to members only. */
  readonly hostKubeconfig?: KubeconfigText
  /** Whether Applications without a fleet may bring workloads to the host. Default true. */
  readonly hostWorkloads?: boolean
  /** Where artifacts of sources are kept. */
  readonly artifactsFolder: string
  /** Where they are served from, on 127.0.0.1. Default: any free port. */
  readonly artifactsPort?: number
  /** Git repositories that are fetched from elsewhere. */
  readonly gitMirrors?: Mirrors
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Answers other paths of the HTTP server; false where the path is not its own. */
  readonly routes?: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>
  /** Absent: admission is not served. */
  readonly webhook?: WebhookOptions
  /** Serves /healthz, /readyz and /metrics. Default: any free port of 127.0.0.1. */
  readonly http?: { readonly host?: string; readonly port?: number }
  /** Absent: this process leads. */
  readonly leaderElection?: Leadership
}

/** The host's side, running. */
export interface Host {
  /** Base URL of its HTTP server. */
  readonly url: string
  /** Base URL of the admission webhook; undefined while it is not served. */
  webhookUrl(): string | undefined
  /** Base URL of the artifacts. */
  readonly artifactsUrl: string
  /** Rejects when it had to end early, for example because it lost its Lease; resolves after {@link close}. */
  readonly ended: Promise<void>
  /** Ends it: reconciles that are under way first, then caches and servers. */
  close(): Promise<void>
}
