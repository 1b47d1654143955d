/** `serin dashboard`: the address of the local set's dashboard, or a dashboard over clusters that are given. */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { DashboardCluster } from '../../dashboard/clusters.ts'
import { startDashboard } from '../../dashboard/server.ts'
import { aborted } from '../../runtime/abort.ts'
import { newClient } from '../../runtime/http-client.ts'
import { newInformerSet } from '../../runtime/informer-set.ts'
import { type ClusterConfig, clusterConfigOf, KubeConfigError, parseKubeConfig } from '../../runtime/kubeconfig.ts'
import { loadClusterConfig } from '../../runtime/kubeconfig-files.ts'
import { type Logger, newLogger } from '../../runtime/log.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { codeOf, directoryOf, requireState } from '../local/directory.ts'
import { proxiesOf, wayToClusters } from '../proxies.ts'

/** What the command line says. */
export interface DashboardCommandOptions {
  readonly dir?: string
  /** The host is found as kubectl would, else it is this pod's own cluster. */
  readonly inCluster?: boolean
  /** The host's. Absent without `inCluster`: the local set is meant. */
  readonly kubeconfig?: string
  /** `NAME=FILE`: kubeconfigs of the members. */
  readonly member: readonly string[]
  /** `NAME=URL`: Prometheus of a cluster. */
  readonly prometheus: readonly string[]
  /** `NAME=PROVIDER`: traffic provider of a cluster's Canaries that name none. */
  readonly meshProvider: readonly string[]
  readonly port?: number
}

/** Prints the address; serves until `io.signal` aborts where clusters are given. */
export async function dashboard(io: Io, options: DashboardCommandOptions): Promise<void> {
  const { kubeconfig, inCluster } = options
  if (kubeconfig === undefined && !inCluster) {
    refuseForLocalSet(options)
    const { dashboardSignIn } = await requireState(directoryOf(io, options.dir))
    return io.out(`${dashboardSignIn}\n`)
  }
  const prometheus = pairsOf('--prometheus', options.prometheus)
  const providers = pairsOf('--mesh-provider', options.meshProvider)
  const host = kubeconfig === undefined ? loadClusterConfig({ env: io.env }) : configOf(io, kubeconfig)
  const members = [...pairsOf('--member', options.member)].map(([name, file]) => [name, configOf(io, file)] as const)
  const names = ['host', ...members.map(([name]) => name)]
  refuseUnknown('--prometheus', prometheus, names)
  refuseUnknown('--mesh-provider', providers, names)
  const way = wayToClusters(io)
  const configs = await Promise.all(
    [['host', host] as const, ...members].map(async ([name, config]) => [name, way(await config)] as const),
  )
  const log = newLogger({ clock: io.clock, write: io.err, level: 'warn' })
  const deps = { clock: io.clock, log, random: Math.random }
  const clusters = configs.map(([name, config]): DashboardCluster => {
    const client = newClient({ config, clock: io.clock, userAgent: 'serin-dashboard' })
    const prometheusUrl = prometheus.get(name)
    const meshProvider = providers.get(name)
    const informers = newInformerSet({ ...deps, client })
    return {
      name,
      client,
      informers,
      config,
      ...(prometheusUrl ? { prometheusUrl } : {}),
      ...(meshProvider ? { meshProvider } : {}),
    }
  })
  try {
    await serve(io, options, clusters, log)
  } finally {
    await Promise.all(clusters.map(({ client }) => client.close()))
  }
}

/** The local set has a dashboard already, which knows its members. */
function refuseForLocalSet({ member, prometheus, meshProvider }: DashboardCommandOptions): void {
  const given = Object.entries({ '--member': member, '--prometheus': prometheus, '--mesh-provider': meshProvider })
  const [option] = given.find(([, texts]) => texts.length > 0) ?? []
  if (option) throw new CliError('usage', `${option} needs --kubeconfig or --in-cluster`)
}

/** What is said of a cluster that is not there, as by a slip of the pen, would have no effect. */
function refuseUnknown(option: string, pairs: ReadonlyMap<string, string>, names: readonly string[]): void {
  const unknown = [...pairs.keys()].find(name => !names.includes(name))
  if (unknown === undefined) return
  const known = names.join(', ')
  throw new CliError('usage', `${option}: there is no cluster ${JSON.stringify(unknown)}; there are ${known}`)
}

async function serve(
  io: Io,
  { port, inCluster }: DashboardCommandOptions,
  clusters: readonly DashboardCluster[],
  log: Logger,
): Promise<void> {
  // In a cluster it has the rights of a reader, and whoever wants to act brings a token of their own.
  const token = inCluster ? undefined : randomBytes(16).toString('hex')
  const server = await startDashboard({
    clusters,
    clock: io.clock,
    log,
    ...proxiesOf(io),
    ...(token ? { token } : {}),
    ...(port === undefined ? {} : { port }),
  }).catch(cause => {
    throw new CliError(
      'unavailable',
      `cannot serve the dashboard${port === undefined ? '' : ` on port ${port}`}: ${codeOf(cause)}`,
      { cause },
    )
  })
  const running = clusters.map(({ informers }) => informers.run(io.signal).catch(() => {}))
  io.out(`dashboard: ${server.signInUrl}\n`)
  await aborted(io.signal)
  await server.close()
  await Promise.all(running)
}

async function configOf(io: Io, file: string): Promise<ClusterConfig> {
  const source = path.resolve(io.cwd, file)
  try {
    const text = await readFile(source, 'utf8')
    return clusterConfigOf(parseKubeConfig(text, { source, folder: path.dirname(source) }), { env: io.env })
  } catch (cause) {
    const why = cause instanceof KubeConfigError ? cause.message : `cannot read ${source}: ${codeOf(cause)}`
    throw new CliError('usage', why, { cause })
  }
}

function pairsOf(option: string, texts: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    texts.map(text => {
      const at = text.indexOf('=')
      if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)] as const
      throw new CliError('usage', `${option} ${JSON.stringify(text)} is not NAME=VALUE`)
    }),
  )
}
