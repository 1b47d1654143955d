/** The programs that run on real clusters. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Io } from '../io.ts'
import { collect, dirOption, durationMs, examples, goBoolean, port, positiveInteger } from './options.ts'

/** Adds them. */
export function addServerCommands(program: Command, io: Io): void {
  const level = () =>
    new Option('--log-level <level>', `how much to log: ${logLevels.join(', ')}`).argParser(logLevel).default('info')
  const onCluster = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .option('--metrics-server <url>', 'Prometheus', 'http://prometheus:9090')
      .option('--host <address>', 'where to serve health and metrics', '127.0.0.1')
      .option('--port <port>', 'where to serve health and metrics; 0: any', port, 8080)
      .option('--enable-leader-election [bool]', 'let only one of several work', goBoolean, false)
      .option(
        '--leader-election-namespace <namespace>',
        'of the Lease (default: the one that an agent serves alone, else kube-system)',
      )
      .option(
        '--leader-election-lease-duration <duration>',
        "how long the others wait for a leader's sign of life",
        '9s',
      )
      .option('--leader-election-renew-deadline <duration>', 'how long a leader tries before it gives up', '6s')
      .option('--leader-election-retry-period <duration>', 'between attempts', '1500ms')
      .addOption(level())
  onCluster('manager', 'Run the controllers of Applications, Fleets and sources against a host cluster.')
    .option('--kubeconfig <file>', 'the cluster (default: as kubectl finds it, else the service account)')
    .addOption(dirOption())
    .addOption(
      new Option('--engines <where>', "members' rollout engines: hub, in this process; agent, a chart on each member")
        .choices(['hub', 'agent'])
        .default('hub'),
    )
    .option(
      '--host-workloads [bool]',
      'whether Applications without a fleet may bring workloads to the host',
      goBoolean,
      true,
    )
    .option('--charts-url <url>', "where members' charts are fetched from (default: this process)")
    .option('--webhook-port <port>', 'where to serve admission over TLS (default: not at all)', port)
    .option('--webhook-cert-dir <dir>', 'folder with tls.crt and tls.key (default: the manager makes and renews them)')
    .option('--webhook-name <name>', 'name of the Service and of the webhook configurations', 'serin-webhook')
    .addHelpText('after', examples('serin manager --kubeconfig host.config'))
    .action(async options => (await import('../commands/programs.ts')).manager(io, options))
  const agent = onCluster(
    'agent',
    "Run the rollout engine of one or more clusters. Flagger's flags work, with one dash or two.",
  )
    .option(
      '--kubeconfig <[name=]file>',
      'a cluster; may be repeated, and the ports of the others follow (default: as kubectl finds it, else the service account)',
      collect,
      [],
    )
    .option('--kubeconfig-qps <n>', 'API requests a second (default: the server decides)', positiveInteger)
    .option('--kubeconfig-burst <n>', 'API requests at once (default: twice as many)', positiveInteger)
    .option('--mesh-provider <name>', 'traffic provider of Canaries that name none', 'istio')
    .option('--namespace <namespace>', 'serve this namespace only')
    .option('--secret-namespaces <namespaces>', 'whose Secrets rollouts may read and copy, with commas; *: all', '*')
    .option('--selector-labels <labels>', 'labels that may tell primary from canary, with commas')
    .option('--include-label-prefix <prefixes>', "labels and annotations for the primary's objects, with commas")
    .option('--enable-config-tracking [bool]', 'whether ConfigMaps and Secrets belong to a revision', goBoolean, true)
    .option(
      '--refuse-cross-namespace-refs [bool]',
      "refuse references to other namespaces; also by Flagger's name, -no-cross-namespace-refs",
      goBoolean,
      true,
    )
    .addOption(
      new Option('--pace <pace>', 'event: only evidence takes its interval; upstream: one step an interval')
        .choices(['event', 'upstream'])
        .default('event'),
    )
    .option('--event-webhook <url>', 'receives every event ($EVENT_WEBHOOK_URL)')
    .option('--slack-url <url>', 'gets alerts of Canaries that name no receiver ($SLACK_URL)')
    .option('--slack-token <token>', 'of a Slack application ($SLACK_TOKEN)')
    .option('--slack-proxy-url <url>', 'proxy on the way to Slack ($SLACK_PROXY_URL)')
    .option('--slack-user <name>', 'who writes', 'flagger')
    .option('--slack-channel <name>', 'where; without it Slack gets nothing')
    .option('--msteams-url <url>', 'gets those alerts in place of Slack ($MSTEAMS_URL)')
    .option('--msteams-proxy-url <url>', 'proxy on the way to Teams ($MSTEAMS_PROXY_URL)')
    .option('--cluster-name <name>', 'shown in alerts')
    .option('--ingress-annotations-prefix <prefix>', "of ingress-nginx's annotations", 'nginx.ingress.kubernetes.io')
    .option(
      '--refuse-targets <ranges>',
      'address ranges that webhooks, alerts and queries never reach, with commas; empty: none',
      '169.254.0.0/16,fe80::/10,fd00:ec2::254/128,100.100.100.200/32',
    )
    .option('--min-interval <duration>', 'shortest analysis interval; shorter ones become this long', '10s')
    .addHelpText('after', examples('serin agent -mesh-provider=istio -metrics-server=http://prometheus:9090'))
    .addOption(unused('--threadiness <n>'))
    .addOption(unused('--control-loop-interval <duration>'))
    .addOption(unused('--zap-encoding <format>'))
    .addOption(unused('--zap-replace-globals [bool]'))
    .version(program.version() ?? '', '--version', 'print the version and end, as Flagger does')
    .action(async options => (await import('../commands/agent.ts')).agent(io, options))
  for (const flag of klogFlags()) agent.addOption(flag)
  program
    .command('loadtester')
    .description('Run the server that webhooks call to make load and to hold gates.')
    .option('--host <address>', 'where to listen', '0.0.0.0')
    .option('--port <port>', 'where to listen', port, 9090)
    .option('--timeout <duration>', 'how long a command may take, such as 1h', '1h')
    .option('--namespace-regexp <expression>', 'namespaces that may ask (default: all)')
    .option('--allow-commands <names>', 'programs that may be started, with commas; hey and wrk are built in')
    .option('--allow-hosts <hosts>', 'hosts that load may go to, with commas, such as *.webapp (default: all)')
    .addOption(level())
    .addHelpText('after', examples('serin loadtester -port=8080 -timeout=1h'))
    .action(async options => {
      const { loadtester } = await import('../commands/programs.ts')
      return loadtester(io, { ...options, timeoutMs: await durationMs('--timeout', options.timeout) })
    })
}

const logLevels = ['error', 'warn', 'info', 'debug']
// Flagger's names for what is one level here.
const otherLevels: Readonly<Record<string, string>> = { fatal: 'error', panic: 'error', warning: 'warn' }

function logLevel(text: string): string {
  const level = otherLevels[text] ?? text
  if (logLevels.includes(level)) return level
  throw new InvalidArgumentError(`It must be one of ${logLevels.join(', ')}.`)
}

/** Flags of klog, by which client-go logs in Flagger; nothing here logs so, and `--log-level` stays the one that counts. */
function klogFlags(): readonly Option[] {
  return [
    unused('--v <level>').argParser(wholeNumber),
    unused('--vmodule <pattern=level,...>'),
    unused('--logtostderr [bool]'),
    unused('--alsologtostderr [bool]'),
    unused('--stderrthreshold <severity>'),
    unused('--legacy_stderr_threshold_behavior [bool]'),
    unused('--log_dir <dir>'),
    unused('--log_file <file>'),
    unused('--log_file_max_size <megabytes>'),
    unused('--log_backtrace_at <file:line>'),
    unused('--one_output [bool]'),
    unused('--skip_headers [bool]'),
    unused('--skip_log_headers [bool]'),
    unused('--add_dir_header [bool]'),
  ]
}

/** A level of klog, as Go reads it. */
function wholeNumber(text: string): number {
  if (/^[+-]?\d+$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number.')
}

/** A flag of Flagger's that has nothing to say here; deployments that set it still start. */
function unused(flags: string): Option {
  return new Option(flags, 'no effect').hideHelp()
}
