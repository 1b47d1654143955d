/** Local clusters with everything that Serin runs on them, in this process. */
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Dashboard } from '../../dashboard/server.ts'
import { startHost } from '../../manager/host.ts'
import type { Host } from '../../manager/host-options.ts'
import { type InProcessEngines, newInProcessEngines } from '../../manager/in-process-engines.ts'
import type { ImageMapping } from '../../playground/kubelet/images.ts'
import { type LocalCluster, type LocalClusterOptions, startLocalCluster } from '../../playground/local-cluster.ts'
import { freePort } from '../../playground/local-ports.ts'
import { newClosing } from '../../runtime/closing.ts'
import { withDeadline } from '../../runtime/deadline.ts'
import type { ClusterConfig } from '../../runtime/kubeconfig.ts'
import { newRemoteClusters } from '../../runtime/remote-clusters.ts'
import type { LocalState } from './directory.ts'
import { endTimeoutMs } from './force-end.ts'
import { startLocalDashboard } from './local-dashboard.ts'
import { applyPrerequisites, fleetReady } from './prerequisites.ts'

/** What a set is made of. */
export interface LocalSetOptions extends LocalClusterOptions {
  readonly images: readonly ImageMapping[]
  /** Git sources to take from the local Git server: from their URL to the repository's name there. */
  readonly mirrors?: ReadonlyMap<string, string>
  /** Shortest interval of an analysis, in milliseconds. */
  readonly minIntervalMs: number
  /** Aborting it while the set starts ends what has been started. */
  readonly signal: AbortSignal
}

/** A running set. */
export interface LocalSet {
  readonly cluster: LocalCluster
  readonly host: Host
  readonly state: LocalState
  /** Ends everything. May be called twice. */
  close(): Promise<void>
}

/** How long members and engines get to become ready. */
const readyTimeoutMs = 60_000

/** Starts clusters, host and engines; resolves when the Fleet is ready. On failure nothing of it is left. */
export async function startLocalSet(options: LocalSetOptions): Promise<LocalSet> {
  const { dir, clock, random, log, signal } = options
  const closing = newClosing({ clock, log })
  try {
    const startedAt = clock.now().toISOString()
    const last = await readServicePorts(dir)
    const cluster = await startLocalCluster(options)
    // Its own steps are bounded, and the last one ends the pods.
    closing.add('clusters', () => cluster.close(), endTimeoutMs)
    signal.throwIfAborted()
    const clusters = newRemoteClusters({ clock, random, log, userAgent: 'serin-manager', wayTo: inProcessWay(cluster) })
    closing.add('connections to members', () => clusters.close())
    const engines = newInProcessEngines(name => {
      const member = cluster.members.find(candidate => candidate.name === name)
      return {
        clock,
        random,
        log: log.with({ cluster: name }),
        metricsServer: member?.prometheusUrl ?? '',
        ...(member ? { proxy: member.proxyUrl } : {}),
        clusterName: name,
        minIntervalMs: options.minIntervalMs,
      }
    })
    closing.add('engines', () => engines.close())
    const host = await startHost({
      client: cluster.host.client,
      clusters,
      engines,
      hostKubeconfig: async () => cluster.host.api.kubeconfig,
      artifactsFolder: path.join(dir, 'artifacts'),
      artifactsPort: await freePort(last.artifacts),
      gitMirrors: new Map([...(options.mirrors ?? [])].map(([url, name]) => [url, `${cluster.git.url}/${name}.git`])),
      clock,
      random,
      log: log.with({ cluster: cluster.host.name }),
    })
    closing.add('manager', () => host.close())
    const dashboardPort = await freePort(last.dashboard)
    const dashboard = await startLocalDashboard({ cluster, engines, port: dashboardPort, clock, random, log })
    closing.add('dashboard', () => dashboard.close())
    await writeServicePorts(dir, { artifacts: portOf(host.artifactsUrl), dashboard: portOf(dashboard.url) })
    await applyPrerequisites(cluster)
    const inTime = withDeadline(clock, readyTimeoutMs, signal)
    try {
      await fleetReady(cluster.host.client, cluster.members.length, inTime.signal)
    } finally {
      inTime.clear()
    }
    return {
      cluster,
      host,
      close: closing.close,
      state: await stateOf(options, { cluster, engines, dashboard, startedAt }),
    }
  } catch (error) {
    await closing.close()
    throw error
  }
}

/** The clusters that kubeconfigs name run in this process, where the way by TLS would be the long one. */
function inProcessWay({ host, members }: LocalCluster): (config: ClusterConfig) => ClusterConfig {
  const socketPaths = new Map([host, ...members].map(({ api }) => [api.url, api.socketPath]))
  return config => {
    const socketPath = socketPaths.get(config.server)
    return socketPath === undefined ? config : { ...config, socketPath }
  }
}

/** Ports of what runs beside the clusters, kept over restarts. */
interface ServicePorts {
  readonly artifacts?: number
  readonly dashboard?: number
}

const portOf = (url: string) => Number(new URL(url).port)
const portsFile = (dir: string) => path.join(dir, 'service-ports.json')

async function readServicePorts(dir: string): Promise<ServicePorts> {
  try {
    return JSON.parse(await readFile(portsFile(dir), 'utf8')) as ServicePorts // written below
  } catch {
    return {}
  }
}

function writeServicePorts(dir: string, ports: ServicePorts): Promise<void> {
  return writeFile(portsFile(dir), JSON.stringify(ports))
}

async function stateOf(
  { dir }: LocalSetOptions,
  parts: {
    readonly cluster: LocalCluster
    readonly engines: InProcessEngines
    readonly dashboard: Pick<Dashboard, 'url' | 'signInUrl'>
    readonly startedAt: string
  },
): Promise<LocalState> {
  const { cluster, engines, dashboard, startedAt } = parts
  const clusters = [cluster.host, ...cluster.members].map(async member => {
    const engine = await engines.urlOf(member.name)
    return {
      name: member.name,
      server: member.api.url,
      kubeconfig: cluster.kubeconfigOf(member.name),
      gateway: member.gatewayUrl,
      proxy: member.proxyUrl,
      prometheus: member.prometheusUrl,
      ...(member.targetsUrl ? { targets: member.targetsUrl } : {}),
      ...(engine ? { engine } : {}),
    }
  })
  return {
    pid: process.pid,
    dir,
    startedAt,
    clusters: await Promise.all(clusters),
    dashboard: dashboard.url,
    dashboardSignIn: dashboard.signInUrl,
    git: cluster.git.url,
  }
}
