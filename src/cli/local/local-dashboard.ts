/** The dashboard of a local set. */
import { randomBytes } from 'node:crypto'
import { type Dashboard, startDashboard } from '../../dashboard/server.ts'
import type { InProcessEngines } from '../../manager/in-process-engines.ts'
import type { LocalCluster } from '../../playground/local-cluster.ts'
import type { Random } from '../../runtime/backoff.ts'
import type { Clock } from '../../runtime/clock.ts'
import { newInformerSet } from '../../runtime/informer-set.ts'
import { clusterConfigFromText } from '../../runtime/kubeconfig.ts'
import type { Logger } from '../../runtime/log.ts'

/** Starts it over the clusters' own clients, with a new token. */
export async function startLocalDashboard(deps: {
  readonly cluster: LocalCluster
  readonly engines: Pick<InProcessEngines, 'urlOf'>
  /** 0 takes a free one. */
  readonly port: number
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}): Promise<Dashboard> {
  const { cluster, engines, port, clock, random, log } = deps
  const stop = new AbortController()
  const clusters = [cluster.host, ...cluster.members].map(({ name, client, api, prometheusUrl }) => ({
    name,
    client,
    prometheusUrl,
    informers: newInformerSet({ client, clock, random, log }),
    decisionsUrl: () => engines.urlOf(name),
    config: clusterConfigFromText(api.kubeconfig),
  }))
  const dashboard = await startDashboard({ clusters, port, clock, log, token: randomBytes(16).toString('hex') })
  const running = clusters.map(({ informers }) => informers.run(stop.signal).catch(() => {}))
  return {
    ...dashboard,
    async close() {
      await dashboard.close()
      stop.abort(new Error('the dashboard is closing'))
      await Promise.all(running)
    },
  }
}
