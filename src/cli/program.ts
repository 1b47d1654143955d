/** The commands, their options and their help. Each command's own module is loaded when it runs. */
import { Command, InvalidArgumentError, Option } from 'commander'
import type { Io } from './io.ts'

const version = '0.1.0'

/** The parser of the command line. Throws CommanderError instead of ending the process. */
export function newProgram(io: Io): Command {
  const program = new Command('serin')
    .description('Progressive delivery for fleets of Kubernetes clusters.')
    .version(version)
    .enablePositionalOptions()
    .showHelpAfterError('(serin help COMMAND shows what it takes)')
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err, getOutHelpWidth: io.width, getErrHelpWidth: io.width })
    .addHelpText('after', overview)
  addLocalCommands(program, io)
  addRolloutCommands(program, io)
  addProgramCommands(program, io)
  program
    .command('completion')
    .description('Print a script that completes commands and flags in bash.')
    .addHelpText('after', examples('source <(serin completion)'))
    .action(() => io.out(completionOf(program)))
  return program
}

/** A bash script: the commands first, then the flags of the command that was chosen. */
function completionOf(program: Command): string {
  const flags = program.commands.map(
    command => `    ${command.name()}) words="${command.options.map(({ long }) => long ?? '').join(' ')} --help" ;;`,
  )
  const names = program.commands.map(command => command.name()).join(' ')
  return [
    '_serin() {',
    `  local words="${names} help"`,
    `  [ "$COMP_CWORD" -gt 1 ] && case "\${COMP_WORDS[1]}" in`,
    ...flags,
    '  esac',
    `  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))`,
    '}',
    'complete -o default -F _serin serin',
    '',
  ].join('\n')
}

const overview = `
Examples:
  serin demo                          a canary release and an automatic rollback, on local clusters
  serin up --detach                   a host and two members on this machine
  serin kubectl get applications      what is on the host
  serin down

Exit codes:
  0  done
  1  the work was done and the answer is no: a rollout failed, something differs
  2  the command line or an input file is wrong
  3  no local cluster runs there, or a cluster cannot be reached
  4  a directory, a port or a file is taken or cannot be written
  5  the cluster has no such object or refuses the request
  130  stopped by Ctrl-C
`

const dirOption = () =>
  new Option('--dir <dir>', 'where the local clusters are kept (default: $SERIN_DIR, else ~/.local/state/serin)')

function addLocalCommands(program: Command, io: Io): void {
  program
    .command('demo')
    .description('Show a canary release and an automatic rollback on local clusters, in less than two minutes.')
    .option('--keep', 'leave the clusters running, and say how to reach them')
    .option('--json', 'one JSON object a line, for machines')
    .option('--verbose', 'write the log to standard error')
    .addHelpText(
      'after',
      examples('serin demo', 'serin demo --keep', 'serin demo --json | jq -c \'select(.event == "rollout")\''),
    )
    .action(async options => (await import('./commands/demo.ts')).demo(io, options))
  program
    .command('up')
    .description('Start a host and its members on this machine, with everything that the guides expect.')
    .addOption(dirOption())
    .option('--members <n|names>', 'how many members (kurator-member1, ...), or their names with commas', '2')
    .option('--image <repo=command>', 'run images of a repository as a command of this machine', collect, [])
    .option(
      '--prometheus <url|binary>',
      'a real Prometheus instead of the embedded one: running already, or to be started',
    )
    .option('--detach', 'return when the clusters are ready, and leave them running')
    .option('--time-scale <factor>', 'let the time of the clusters pass this many times faster', positive, 1)
    .option('--verbose', 'write the log to standard error')
    .addHelpText(
      'after',
      examples(
        'serin up',
        'serin up --detach --dir ./clusters',
        'serin up --image registry.example/web=./web --members 3',
        'serin up --prometheus /usr/bin/prometheus',
      ),
    )
    .action(async options => (await import('./commands/up.ts')).up(io, options))
  program
    .command('down')
    .description('Stop the local clusters. What was applied to them is kept for the next serin up.')
    .addOption(dirOption())
    .option('--purge', 'remove the directory as well')
    .addHelpText('after', examples('serin down', 'serin down --purge --dir ./clusters'))
    .action(async options => (await import('./commands/down.ts')).down(io, options))
  program
    .command('status')
    .description('Say what runs, and where to reach it.')
    .addOption(dirOption())
    .option('--json', 'for machines')
    .addHelpText('after', examples('serin status', "serin status --json | jq -r '.clusters[0].kubeconfig'"))
    .action(async options => (await import('./commands/status.ts')).status(io, options))
  program
    .command('dashboard')
    .description('Print the address of the dashboard; with --kubeconfig, serve one over other clusters until Ctrl-C.')
    .addOption(dirOption())
    .option('--kubeconfig <file>', 'kubeconfig of a host instead of the local one')
    .option('--member <name=file>', 'kubeconfig of a member; may be repeated', collect, [])
    .option('--prometheus <name=url>', 'Prometheus of a member (or of host); may be repeated', collect, [])
    .option('--in-cluster', 'the host is the cluster whose pod this is')
    .option('--port <port>', 'where to serve it (default: any free port)', port)
    .addHelpText(
      'after',
      examples(
        'serin dashboard',
        'serin dashboard --kubeconfig host.config --member east=east.config --prometheus east=http://127.0.0.1:9090',
      ),
    )
    .action(async options => (await import('./commands/dashboard.ts')).dashboard(io, options))
  program
    .command('kubectl')
    .description('Run the bundled kubectl against a local cluster.')
    .usage('[--dir DIR] [--cluster NAME] ARGUMENT...')
    .argument('[arguments...]', 'what kubectl takes')
    .addOption(dirOption())
    .option('--cluster <name>', 'host, or a member', 'host')
    .helpOption('-h, --help-serin', 'this text; --help is for kubectl')
    .allowUnknownOption()
    .passThroughOptions()
    .addHelpText(
      'after',
      examples('serin kubectl get pods -A', 'serin kubectl --cluster kurator-member1 get canary -A -w'),
    )
    .action(async (args, options) => (await import('./commands/kubectl.ts')).kubectl(io, args, options))
}

function addRolloutCommands(program: Command, io: Io): void {
  const about = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .argument('<application>', 'its name')
      .addOption(dirOption())
      .option('-n, --namespace <namespace>', 'of the Application', 'default')
      .option('--cluster <name>', 'one member instead of all')
  about('watch', 'Show the rollouts of an Application as they go, until Ctrl-C.')
    .addHelpText('after', examples('serin watch my-app', 'serin watch my-app --cluster kurator-member1'))
    .action(async (name, options) => (await import('./commands/watch.ts')).watch(io, name, options))
  about('explain', 'Say why the rollouts of an Application stand where they do.')
    .option('--json', 'one JSON object a member')
    .addHelpText('after', examples('serin explain my-app'))
    .action(async (name, options) => (await import('./commands/explain.ts')).explain(io, name, options))
  about('logs', "Print what the pods of an Application's workloads write, on every member.")
    .option('-f, --follow', 'until Ctrl-C')
    .option('--tail <lines>', 'how many lines of each pod', lines, 20)
    .addHelpText('after', examples('serin logs my-app --tail 5', 'serin logs my-app -f --cluster kurator-member1'))
    .action(async (name, options) => (await import('./commands/logs.ts')).logs(io, name, options))
  program
    .command('load')
    .description('Send traffic into a local cluster through its mesh, by a command of hey or wrk.')
    .usage('[--dir DIR] [--cluster NAME] COMMAND...')
    .argument('<command...>', 'such as hey -z 10s -q 10 http://backend.webapp:9898/')
    .addOption(dirOption())
    .option('--cluster <name>', 'which one', 'kurator-member1')
    .passThroughOptions()
    .addHelpText('after', examples('serin load hey -z 10s -q 10 -c 2 http://backend.webapp:9898/'))
    .action(async (command, options) => (await import('./commands/load.ts')).load(io, command, options))
  const actions = {
    pause: 'Hold the rollouts of an Application where they are.',
    resume: 'Let paused rollouts go on.',
    promote: 'Give a revision that is under analysis all traffic now.',
    abort: 'Take a revision that is under analysis back.',
  } as const
  for (const action of ['pause', 'resume', 'promote', 'abort'] as const) {
    about(action, actions[action])
      .addHelpText('after', examples(`serin ${action} my-app`, `serin ${action} my-app --cluster kurator-member1`))
      .action(async (name, options) => (await import('./commands/act.ts')).act(io, action, name, options))
  }
  program
    .command('validate')
    .description('Check manifests without a cluster, as the API would; every wrong field is named.')
    .requiredOption('-f, --file <file>', 'a YAML file; may be repeated', collect, [])
    .addHelpText('after', examples('serin validate -f application.yaml'))
    .action(async options => (await import('./commands/validate.ts')).validate(io, options))
}

function addProgramCommands(program: Command, io: Io): void {
  const level = () => new Option('--log-level <level>', 'how much to log').choices(logLevels).default('info')
  const onCluster = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .option('--kubeconfig <file>', 'the cluster (default: as kubectl finds it, else the service account)')
      .option('--metrics-server <url>', 'Prometheus', 'http://prometheus:9090')
      .option('--host <address>', 'where to serve health and metrics', '127.0.0.1')
      .option('--port <port>', 'where to serve health and metrics; 0: any', port, 8080)
      .option('--enable-leader-election [bool]', 'let only one of several work')
      .option('--leader-election-namespace <namespace>', 'of the Lease', 'kube-system')
      .option(
        '--leader-election-lease-duration <duration>',
        "how long the others wait for a leader's sign of life",
        '9s',
      )
      .option('--leader-election-renew-deadline <duration>', 'how long a leader tries before it gives up', '6s')
      .option('--leader-election-retry-period <duration>', 'between attempts', '1500ms')
      .addOption(level())
  onCluster('manager', 'Run the controllers of Applications, Fleets and sources against a host cluster.')
    .addOption(dirOption())
    .addOption(
      new Option('--engines <where>', "members' rollout engines: hub, in this process; agent, a chart on each member")
        .choices(['hub', 'agent'])
        .default('hub'),
    )
    .option('--charts-url <url>', "where members' charts are fetched from (default: this process)")
    .option('--webhook-port <port>', 'where to serve admission over TLS (default: not at all)', port)
    .option('--webhook-cert-dir <dir>', 'folder with tls.crt and tls.key (default: the manager makes and renews them)')
    .option('--webhook-name <name>', 'name of the Service and of the webhook configurations', 'serin-webhook')
    .addHelpText('after', examples('serin manager --kubeconfig host.config'))
    .action(async options => (await import('./commands/programs.ts')).manager(io, options))
  onCluster('agent', "Run the rollout engine of one cluster. Flagger's flags work, with one dash or two.")
    .option('--mesh-provider <name>', 'traffic provider of Canaries that name none', 'istio')
    .option('--namespace <namespace>', 'serve this namespace only')
    .option('--secret-namespaces <namespaces>', 'whose Secrets rollouts may read and copy, with commas; *: all', '*')
    .option('--selector-labels <labels>', 'labels that may tell primary from canary, with commas')
    .option('--include-label-prefix <prefixes>', "labels and annotations for the primary's objects, with commas")
    .option('--enable-config-tracking <bool>', 'whether ConfigMaps and Secrets belong to a revision', 'true')
    .option(
      '--refuse-cross-namespace-refs [bool]',
      "refuse references to other namespaces; also by Flagger's name, -no-cross-namespace-refs (default: true)",
    )
    .option('--event-webhook <url>', 'receives every event')
    .option('--cluster-name <name>', 'shown in alerts')
    .option('--ingress-annotations-prefix <prefix>', "of ingress-nginx's annotations", 'nginx.ingress.kubernetes.io')
    .option('--min-interval <duration>', 'shortest analysis interval; shorter ones become this long', '10s')
    .addHelpText('after', examples('serin agent -mesh-provider=istio -metrics-server=http://prometheus:9090'))
    .action(async options => (await import('./commands/programs.ts')).agent(io, options))
  program
    .command('loadtester')
    .description('Run the server that webhooks call to make load and to hold gates.')
    .option('--host <address>', 'where to listen', '0.0.0.0')
    .option('--port <port>', 'where to listen', port, 9090)
    .option('--timeout <duration>', 'how long a command may take, such as 1h', '1h')
    .option('--namespace-regexp <expression>', 'namespaces that may ask (default: all)')
    .option('--allow-commands <names>', 'programs that may be started, with commas; hey and wrk are built in')
    .addOption(level())
    .addHelpText('after', examples('serin loadtester -port=8080 -timeout=1h'))
    .action(async options => {
      const { loadtester } = await import('./commands/programs.ts')
      return loadtester(io, { ...options, timeoutMs: await durationMs(options.timeout) })
    })
}

const logLevels = ['error', 'warn', 'info', 'debug']

async function durationMs(text: string): Promise<number> {
  const { parseDuration } = await import('../apimachinery/duration.ts')
  return parseDuration(text)
}

function lines(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0 && value <= 1_000_000) return value
  throw new InvalidArgumentError('It must be a number of lines.')
}

function port(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0 && value <= 65535) return value
  throw new InvalidArgumentError('It must be a port from 0 to 65535.')
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map(line => `  ${line}`).join('\n')}\n`
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value]
}

function positive(text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0 && value <= 1000) return value
  throw new InvalidArgumentError('It must be a number above 0 and at most 1000.')
}
