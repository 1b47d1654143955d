/** Clusters that a command's flags name. */
import path from 'node:path'
import { type Client, ConnectionError } from '../runtime/client.ts'
import { newClient } from '../runtime/http-client.ts'
import { requestMetrics } from '../runtime/kit-metrics.ts'
import type { ClusterConfig } from '../runtime/kubeconfig.ts'
import { loadClusterConfig } from '../runtime/kubeconfig-files.ts'
import type { MetricRegistry } from '../runtime/metrics.ts'
import { CliError } from './errors.ts'
import type { Io } from './io.ts'
import { wayToClusters } from './proxies.ts'

/** How the cluster that the flags name is reached; without a file as kubectl finds it, else by the service account. */
export async function clusterOf(io: Io, { kubeconfig }: { readonly kubeconfig?: string }): Promise<ClusterConfig> {
  const way = wayToClusters(io)
  return way(
    await loadClusterConfig({ env: io.env, ...(kubeconfig ? { path: path.resolve(io.cwd, kubeconfig) } : {}) }),
  )
}

/** A client of the cluster, once it has answered; `metrics` count its requests. Throws {@link CliError} where it does not. */
export async function connect(
  io: Io,
  config: ClusterConfig,
  metrics?: MetricRegistry,
  limits: { readonly qps?: number; readonly burst?: number } = {},
): Promise<Client> {
  const observe = metrics ? { observe: requestMetrics(metrics) } : {}
  const client = newClient({ config, clock: io.clock, userAgent: 'serin', ...observe, ...limits })
  try {
    await client.request('GET', '/version', { signal: io.signal })
    return client
  } catch (cause) {
    await client.close()
    if (!(cause instanceof ConnectionError)) throw cause
    throw new CliError('unreachable', `the cluster at ${client.server} cannot be reached: ${cause.message}`, { cause })
  }
}
