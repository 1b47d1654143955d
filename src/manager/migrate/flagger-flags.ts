/** Flagger's command line, and what of it the agent takes over. Pure. */
import type { CanarySettings } from '../../controllers/canary/deps.ts'
import { defaultSelectorLabels } from '../../rollout/primary/names.ts'

/** Flags that mean the same for the agent. */
const shared = [
  'mesh-provider',
  'metrics-server',
  'namespace',
  'selector-labels',
  'include-label-prefix',
  'enable-config-tracking',
  'event-webhook',
  'cluster-name',
  'ingress-annotations-prefix',
  'enable-leader-election',
  'leader-election-namespace',
  'log-level',
  'kubeconfig-qps',
  'kubeconfig-burst',
  'slack-user',
  'slack-channel',
  'slack-url',
  'slack-token',
  'slack-proxy-url',
  'msteams-url',
  'msteams-proxy-url',
]

/** Of these, those whose value is a secret, or may hold one: a plan is printed. */
const secret = ['slack-url', 'slack-token', 'slack-proxy-url', 'msteams-url', 'msteams-proxy-url', 'event-webhook']

/** Flags that tune how Flagger works inside, and that the agent has no use for. */
const dropped = [
  'control-loop-interval',
  'threadiness',
  'port',
  'zap-encoding',
  'zap-replace-globals',
  'kubeconfig',
  'no-cross-namespace-refs',
  // klog's, which Flagger's own log does not heed either.
  'v',
  'vmodule',
  'logtostderr',
  'alsologtostderr',
  'stderrthreshold',
  'log_dir',
]

/** Variables that win over flags, for Flagger and the agent alike. */
const variables = [
  'SLACK_URL',
  'SLACK_TOKEN',
  'SLACK_PROXY_URL',
  'MSTEAMS_URL',
  'MSTEAMS_PROXY_URL',
  'EVENT_WEBHOOK_URL',
]

/** Variables that lead what both send by a proxy; Go knows them in lower case, too. */
const proxyVariables = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']

/** Flags by their names, as Go reads them: `-name=value`, `--name=value`, `-name value`, and `-name` for true. */
export function goFlags(args: readonly string[]): Readonly<Record<string, string>> {
  const flags: Record<string, string> = {}
  for (const [at, arg] of args.entries()) {
    const [, name, value] = /^--?([a-zA-Z][\w-]*)(?:=(.*))?$/s.exec(arg) ?? []
    if (name === undefined) continue
    const next = args[at + 1]
    flags[name] = value ?? (next !== undefined && !next.startsWith('-') ? next : 'true')
  }
  return flags
}

/** The agent's command line that does what Flagger's did. */
export function agentArgs(flags: Readonly<Record<string, string>>): readonly string[] {
  const kept = Object.entries(flags).filter(([name]) => shared.includes(name))
  return [
    'agent',
    ...kept.map(([name, value]) => `--${name}=${secret.includes(name) ? '(as Flagger has it)' : value}`),
    // The agent refuses such references unless told otherwise, Flagger the other way round.
    `--refuse-cross-namespace-refs=${flags['no-cross-namespace-refs'] === 'true'}`,
  ]
}

/** Flags of Flagger that are set and that nothing of the agent's stands for. */
export function lostFlags(flags: Readonly<Record<string, string>>): readonly string[] {
  const names = Object.keys(flags).filter(name => !shared.includes(name) && !dropped.includes(name))
  return names.map(name => `-${name}`)
}

/** Variables of Flagger's environment that the agent needs, too. */
export function keptVariables(env: readonly string[]): readonly string[] {
  return env.filter(name => variables.includes(name) || proxyVariables.includes(name.toUpperCase()))
}

/** How an engine with these flags looks at Canaries; those that are missing have Flagger's defaults. */
export function settingsOf(flags: Readonly<Record<string, string>>): CanarySettings {
  const list = (text: string | undefined) => (text ? text.split(',').map(each => each.trim()) : undefined)
  return {
    meshProvider: flags['mesh-provider'] ?? 'istio',
    metricsServer: flags['metrics-server'] ?? 'http://prometheus:9090',
    selectorLabels: list(flags['selector-labels']) ?? defaultSelectorLabels,
    includeLabelPrefixes: list(flags['include-label-prefix']) ?? [],
    configTracking: flags['enable-config-tracking'] !== 'false',
    noCrossNamespaceRefs: (flags['no-cross-namespace-refs'] ?? flags['refuse-cross-namespace-refs']) === 'true',
    pace: 'event',
    minIntervalMs: 10_000,
    drainMs: 1_000,
    ...(flags['ingress-annotations-prefix'] ? { ingressAnnotationsPrefix: flags['ingress-annotations-prefix'] } : {}),
  }
}
