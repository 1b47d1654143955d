/** `serin agent`: the rollout engine of one cluster, or of several that are given as kubeconfigs. */
import { tryParseDuration } from '../../apimachinery/duration.ts'
import type { AgentOptions } from '../../manager/agent-options.ts'
import { isRange } from '../../runtime/address-guard.ts'
import type { Client } from '../../runtime/client.ts'
import { clusterOf, connect } from '../connect.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { proxiesOf } from '../proxies.ts'
import { keepHeapSmall } from '../small-heap.ts'
import { type ClusterFlags, logOf, programMetrics, served, untilStopped } from './programs.ts'

/** Flags of the agent; Flagger's names. */
export interface AgentFlags extends Omit<ClusterFlags, 'kubeconfig'> {
  /** Files, each as it is or as `<cluster>=<file>`; empty: the one cluster of this machine or pod. */
  readonly kubeconfig: readonly string[]
  readonly kubeconfigQps?: number
  readonly kubeconfigBurst?: number
  readonly meshProvider: string
  readonly namespace?: string
  /** With commas; `*`: all that are served. */
  readonly secretNamespaces: string
  readonly selectorLabels?: string
  readonly includeLabelPrefix?: string
  readonly enableConfigTracking: boolean
  readonly refuseCrossNamespaceRefs: boolean
  readonly pace: 'event' | 'upstream'
  readonly eventWebhook?: string
  readonly clusterName?: string
  readonly ingressAnnotationsPrefix?: string
  readonly minInterval: string
  /** With commas; absent: the engine's own. */
  readonly refuseTargets?: string
  readonly slackUrl?: string
  readonly slackToken?: string
  readonly slackProxyUrl?: string
  readonly slackUser: string
  readonly slackChannel?: string
  readonly msteamsUrl?: string
  readonly msteamsProxyUrl?: string
}

/** Runs an engine for each cluster until `io.signal` aborts, or one of them ends. */
export async function agent(io: Io, flags: AgentFlags): Promise<void> {
  keepHeapSmall()
  const { startAgent } = await import('../../manager/agent.ts')
  const log = logOf(io, flags.logLevel)
  const settings = { ...served(flags), ...agentSettings(flags, io.env), ...proxiesOf(io) }
  const clients: Client[] = []
  const running: { readonly ended: Promise<void>; close(): Promise<void> }[] = []
  try {
    for (const [index, { cluster, file }] of clustersOf(flags.kubeconfig).entries()) {
      const metrics = programMetrics()
      const limits = {
        ...(flags.kubeconfigQps ? { qps: flags.kubeconfigQps } : {}),
        ...(flags.kubeconfigBurst ? { burst: flags.kubeconfigBurst } : {}),
      }
      const config = await clusterOf(io, file === undefined ? {} : { kubeconfig: file })
      const client = await connect(io, config, metrics, limits)
      clients.push(client)
      const started = await startAgent({
        client,
        metrics,
        clock: io.clock,
        random: Math.random,
        log: cluster === undefined ? log : log.with({ cluster }),
        ...settings,
        ...(cluster === undefined ? {} : { clusterName: cluster }),
        http: { ...settings.http, ...(flags.port ? { port: flags.port + index } : {}) },
      })
      running.push(started)
    }
    await untilStopped(io, {
      ended: Promise.race(running.map(({ ended }) => ended)),
      close: async () => {},
    })
  } finally {
    await Promise.all(running.map(started => started.close()))
    await Promise.all(clients.map(client => client.close()))
  }
}

/** The clusters that `-kubeconfig` names. @throws CliError where two have one name */
export function clustersOf(
  kubeconfigs: readonly string[],
): readonly { readonly cluster?: string; readonly file?: string }[] {
  if (kubeconfigs.length === 0) return [{}]
  const clusters = kubeconfigs.map(word => {
    const [, cluster, file = ''] = /^(?:([a-z0-9][a-z0-9.-]*)=)?(.*)$/s.exec(word) ?? []
    return cluster === undefined ? { file } : { cluster, file }
  })
  const names = clusters.flatMap(({ cluster }) => cluster ?? [])
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new CliError('usage', `--kubeconfig: two clusters are called ${twice}`)
  return clusters
}

/** What the flags and Flagger's environment variables say, which win. @throws CliError */
export function agentSettings(
  flags: AgentFlags,
  env: Readonly<Record<string, string | undefined>>,
): Omit<AgentOptions, 'client' | 'clock' | 'random' | 'log' | 'http'> {
  const minIntervalMs = tryParseDuration(flags.minInterval)
  if (minIntervalMs === undefined) {
    throw new CliError(
      'usage',
      `--min-interval: ${JSON.stringify(flags.minInterval)} is no duration; use a form such as 15s`,
    )
  }
  const eventWebhook = env['EVENT_WEBHOOK_URL'] || flags.eventWebhook
  const notifier = notifierOf(flags, env)
  const aws = awsOf(env)
  return {
    metricsServer: flags.metricsServer,
    meshProvider: flags.meshProvider,
    ...(flags.namespace ? { namespace: flags.namespace } : {}),
    ...(flags.secretNamespaces === '*' ? {} : { secretNamespaces: words(flags.secretNamespaces) }),
    ...(flags.selectorLabels ? { selectorLabels: words(flags.selectorLabels) } : {}),
    ...(flags.includeLabelPrefix ? { includeLabelPrefixes: words(flags.includeLabelPrefix) } : {}),
    configTracking: flags.enableConfigTracking,
    noCrossNamespaceRefs: flags.refuseCrossNamespaceRefs,
    pace: flags.pace,
    ...(eventWebhook ? { eventWebhook } : {}),
    ...(notifier ? { notifier } : {}),
    ...(aws ? { aws } : {}),
    ...(flags.clusterName ? { clusterName: flags.clusterName } : {}),
    ...(flags.ingressAnnotationsPrefix ? { ingressAnnotationsPrefix: flags.ingressAnnotationsPrefix } : {}),
    minIntervalMs,
    ...(flags.refuseTargets === undefined
      ? {}
      : { refusedAddresses: rangesOf('--refuse-targets', flags.refuseTargets) }),
  }
}

/** The key in AWS's own variables. */
function awsOf(env: Readonly<Record<string, string | undefined>>): AgentOptions['aws'] {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: token } = env
  if (!accessKeyId || !secretAccessKey) return undefined
  return { accessKeyId, secretAccessKey, ...(token ? { sessionToken: token } : {}) }
}

type NotifierOptions = NonNullable<AgentOptions['notifier']>

/** Who gets alerts that no Canary routes elsewhere: Teams before Slack, and Slack with a channel only, as upstream. */
function notifierOf(flags: AgentFlags, env: Readonly<Record<string, string | undefined>>): NotifierOptions | undefined {
  const teams = env['MSTEAMS_URL'] || flags.msteamsUrl
  if (teams) {
    const proxy = env['MSTEAMS_PROXY_URL'] || flags.msteamsProxyUrl
    return { type: 'msteams', address: teams, ...(proxy ? { proxy } : {}) }
  }
  const slack = env['SLACK_URL'] || flags.slackUrl
  if (!slack || !flags.slackChannel) return undefined
  const token = env['SLACK_TOKEN'] || flags.slackToken
  const proxy = env['SLACK_PROXY_URL'] || flags.slackProxyUrl
  return {
    type: 'slack',
    address: slack,
    channel: flags.slackChannel,
    username: flags.slackUser,
    ...(token ? { token } : {}),
    ...(proxy ? { proxy } : {}),
  }
}

/** @throws CliError where one is no range */
function rangesOf(flag: string, text: string): readonly string[] {
  const ranges = words(text)
  const wrong = ranges.find(range => !isRange(range))
  if (wrong === undefined) return ranges
  throw new CliError(
    'usage',
    `${flag}: ${JSON.stringify(wrong)} is no address range; use a form such as 169.254.0.0/16`,
  )
}

/** Empty words are left out: an empty name of a namespace would mean all of them. */
const words = (text: string) =>
  text
    .split(',')
    .map(word => word.trim())
    .filter(word => word !== '')
