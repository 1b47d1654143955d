/** What the dashboard is given: the clusters, and how to reach what knows more about them. */
import type { Client } from '../runtime/client.ts'
import type { InformerSet } from '../runtime/informer-set.ts'
import type { ClusterConfig } from '../runtime/kubeconfig.ts'

/** One cluster. The caller runs the informers and closes the client. */
export interface DashboardCluster {
  readonly name: string
  /** Reads events; and acts for whoever has the dashboard's own token. */
  readonly client: Client
  readonly informers: InformerSet
  /** Base URL of the Prometheus that sees its traffic. Absent: no charts. */
  readonly prometheusUrl?: string
  /** Base URL of its rollout engine, or what gives it; undefined: no decision log. */
  readonly decisionsUrl?: string | (() => Promise<string | undefined>)
  /** How to reach its API as somebody else. Absent: only the dashboard's own token can act. */
  readonly config?: Omit<ClusterConfig, 'credentials'>
  /** Traffic provider of Canaries that name none. Default: that of the Fleet with a member of this name, else istio. */
  readonly meshProvider?: string
}
