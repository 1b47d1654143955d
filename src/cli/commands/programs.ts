/** `serin manager` and `serin loadtester`, and what they share with `serin agent`: the programs that run on real clusters. */

import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import path from 'node:path'
import { tryParseDuration } from '../../apimachinery/duration.ts'
import type { WebhookOptions } from '../../manager/host-options.ts'
import { type Leadership, timingProblem } from '../../manager/leadership.ts'
import { processMetrics } from '../../runtime/kit-metrics.ts'
import type { ClusterConfig } from '../../runtime/kubeconfig.ts'
import { newKubeconfigText } from '../../runtime/kubeconfig-text.ts'
import { type Logger, type LogLevel, newLogger } from '../../runtime/log.ts'
import { type MetricRegistry, newMetricRegistry } from '../../runtime/metrics.ts'
import { clusterOf, connect } from '../connect.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { directoryOf } from '../local/directory.ts'
import { proxiesOf, wayToClusters } from '../proxies.ts'
import { keepHeapSmall } from '../small-heap.ts'

/** Flags that the manager and the agent share. */
export interface ClusterFlags {
  readonly kubeconfig?: string
  readonly logLevel: LogLevel
  readonly port?: number
  readonly host?: string
  readonly enableLeaderElection: boolean
  /** Absent: the one that is served, or else `kube-system`. */
  readonly leaderElectionNamespace?: string
  readonly leaderElectionLeaseDuration: string
  readonly leaderElectionRenewDeadline: string
  readonly leaderElectionRetryPeriod: string
  readonly metricsServer: string
}

/** Flags of the load tester. */
export interface LoadTesterFlags {
  readonly logLevel: LogLevel
  readonly port: number
  readonly host: string
  /** Minutes and seconds as Go writes them, such as 1h. */
  readonly timeoutMs: number
  readonly namespaceRegexp?: string
  /** Names with commas. */
  readonly allowCommands?: string
  /** Hosts with commas, with `*` for any run of characters. */
  readonly allowHosts?: string
}

/** Flags of the manager. */
export interface ManagerFlags extends ClusterFlags {
  readonly dir?: string
  readonly engines: 'agent' | 'hub'
  /** Where members' charts are fetched. Absent: from this process. */
  readonly chartsUrl?: string
  readonly hostWorkloads: boolean
  /** Absent: admission is not served. */
  readonly webhookPort?: number
  /** Absent: the manager makes its certificate. */
  readonly webhookCertDir?: string
  /** Name of the Service and the configurations; the Secret's begins with it. */
  readonly webhookName: string
}

/** Runs the host's controllers until `io.signal` aborts; members' engines come as a chart or are part of this process. */
export async function manager(io: Io, flags: ManagerFlags): Promise<void> {
  keepHeapSmall()
  const { startHost } = await import('../../manager/host.ts')
  const { besideFlagger } = await import('../../manager/engines/existing-flagger.ts')
  const { newChartEngines } = await import('../../manager/engines/chart-engines.ts')
  const { loadOwnChart } = await import('../../manager/engines/own-chart.ts')
  const { newInProcessEngines } = await import('../../manager/in-process-engines.ts')
  const { newRemoteClusters } = await import('../../runtime/remote-clusters.ts')
  const options = served(flags)
  const log = logOf(io, flags.logLevel)
  const shared = { clock: io.clock, random: Math.random, log }
  const engine = { ...shared, ...proxiesOf(io), metricsServer: flags.metricsServer }
  const config = await clusterOf(io, flags)
  const client = await connect(io, config)
  const clusters = newRemoteClusters({ ...shared, userAgent: 'serin-manager', wayTo: wayToClusters(io) })
  const inHub = newInProcessEngines(clusterName => ({ ...engine, clusterName }))
  try {
    const artifactsFolder = path.join(directoryOf(io, flags.dir), 'artifacts')
    const chart = flags.engines === 'agent' ? await loadOwnChart() : undefined
    const url = flags.chartsUrl ?? `http://127.0.0.1:${flags.port}/charts`
    const running = await startHost({
      ...shared,
      client,
      clusters,
      engines: besideFlagger(chart ? newChartEngines({ client, chart: { ...chart, url } }) : inHub, io),
      ...(chart ? { routes: chart.answer } : {}),
      hostKubeconfig: newKubeconfigText(config, io.clock),
      artifactsFolder,
      hostWorkloads: flags.hostWorkloads,
      ...(flags.webhookPort === undefined ? {} : { webhook: webhookOf(io, flags, config, flags.webhookPort) }),
      ...options,
    })
    await untilStopped(io, running)
  } finally {
    await inHub.close()
    await clusters.close()
    await client.close()
  }
}

/** Runs a load tester until `io.signal` aborts. */
export async function loadtester(io: Io, flags: LoadTesterFlags): Promise<void> {
  const { startLoadTester } = await import('../../loadtester/server.ts')
  const { commandPolicyOf } = await import('../../loadtester/command-policy.ts')
  const proxy = io.env['HTTP_PROXY'] ?? io.env['http_proxy']
  const log = logOf(io, flags.logLevel)
  const running = await startLoadTester({
    port: flags.port,
    address: flags.host,
    policy: commandPolicyOf(flags),
    env: io.env,
    ...(flags.namespaceRegexp ? { namespaces: new RegExp(flags.namespaceRegexp) } : {}),
    taskTimeoutMs: flags.timeoutMs,
    ...(proxy ? { proxy: new URL(proxy) } : {}),
    clock: io.clock,
    log,
  })
  log.info('load tester listens', { port: running.port })
  await untilStopped(io, { ended: new Promise(() => {}), close: () => running.close() })
}

/** Metrics of this process, for those of its programs to be added to. */
export function programMetrics(): MetricRegistry {
  const metrics = newMetricRegistry()
  processMetrics(metrics, process)
  return metrics
}

/** The log of a program: JSON lines on standard error. */
export function logOf(io: Io, level: LogLevel): Logger {
  return newLogger({ clock: io.clock, write: io.err, level })
}

function webhookOf(io: Io, flags: ManagerFlags, config: ClusterConfig, port: number): WebhookOptions {
  const { webhookName: name, webhookCertDir, host = '127.0.0.1' } = flags
  return {
    host,
    port,
    certificate: webhookCertDir
      ? { folder: path.resolve(io.cwd, webhookCertDir) }
      : {
          namespace: config.namespace ?? 'default',
          serviceName: name,
          secretName: `${name}-certificate`,
          configurationName: name,
        },
    rules: { noCrossNamespaceRefs: true },
  }
}

type ServedFlags = Omit<ClusterFlags, 'kubeconfig'> & { readonly namespace?: string }

/** Where a program serves health and metrics, and who leads. @throws CliError where the timings cannot work */
export function served(flags: ServedFlags) {
  return {
    http: {
      ...(flags.host ? { host: flags.host } : {}),
      ...(flags.port === undefined ? {} : { port: flags.port }),
    },
    ...(flags.enableLeaderElection ? { leaderElection: leadershipOf(flags) } : {}),
  }
}

/** @throws CliError where the timings cannot work */
function leadershipOf(flags: ServedFlags): Leadership {
  const timings = {
    leaseDurationMs: durationOf('--leader-election-lease-duration', flags.leaderElectionLeaseDuration),
    renewDeadlineMs: durationOf('--leader-election-renew-deadline', flags.leaderElectionRenewDeadline),
    retryPeriodMs: durationOf('--leader-election-retry-period', flags.leaderElectionRetryPeriod),
  }
  const problem = timingProblem(timings)
  if (problem) throw new CliError('usage', `leader election: ${problem}`)
  // An engine of one namespace may have no rights in another; Flagger's Lease is there too.
  const namespace = flags.leaderElectionNamespace || flags.namespace || 'kube-system'
  return { namespace, identity: `${hostname()}_${randomUUID()}`, ...timings }
}

/** @throws CliError where the text is no duration */
function durationOf(flag: string, text: string): number {
  const durationMs = tryParseDuration(text)
  if (durationMs !== undefined) return durationMs
  throw new CliError('usage', `${flag}: ${JSON.stringify(text)} is no duration; use a form such as 15s or 1m30s`)
}

/** Waits until `io.signal` aborts or the program ends by itself, and closes it. */
export async function untilStopped(
  { signal }: Io,
  running: { readonly ended: Promise<void>; close(): Promise<void> },
): Promise<void> {
  const stopped = new Promise<void>(resolve => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await Promise.race([stopped, running.ended])
  await running.close()
}
