/** The commands about local clusters. */
import { type Command, Option } from 'commander'
import type { Io } from '../io.ts'
import { collect, dirOption, durationMs, examples, port, positive } from './options.ts'

/** Adds them. */
export function addLocalCommands(program: Command, io: Io): void {
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
    .action(async options => (await import('../commands/demo.ts')).demo(io, options))
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
    .option('--mirror <url=name>', 'take a Git source from the repository NAME of the local Git server', collect, [])
    .option('--detach', 'return when the clusters are ready, and leave them running')
    .addOption(
      new Option('--time-scale <factor>', 'let the time of the clusters pass this many times faster')
        .argParser(positive)
        .default(1)
        .env('SERIN_TIME_SCALE'),
    )
    .option('--verbose', 'write the log to standard error')
    .addHelpText(
      'after',
      examples(
        'serin up',
        'serin up --detach --dir ./clusters',
        'serin up --image registry.example/web=./web --members 3',
        'serin up --prometheus /usr/bin/prometheus',
        'serin up --mirror https://github.com/stefanprodan/podinfo=podinfo',
      ),
    )
    .action(async options => (await import('../commands/up.ts')).up(io, options))
  program
    .command('down')
    .description('Stop the local clusters. What was applied to them is kept for the next serin up.')
    .addOption(dirOption())
    .option('--purge', 'remove the directory as well')
    .option('--timeout <duration>', 'how long they may take before they are killed, with their pods', '30s')
    .addHelpText('after', examples('serin down', 'serin down --purge --dir ./clusters'))
    .action(async ({ timeout, ...options }) => {
      const { down } = await import('../commands/down.ts')
      return down(io, { ...options, timeoutMs: await durationMs('--timeout', timeout) })
    })
  program
    .command('status')
    .description('Say what runs, and where to reach it; all of it, or one address alone.')
    .argument('[what]', 'git, dashboard, dir, clusters, or CLUSTER.server, .kubeconfig, .gateway, .proxy, .prometheus')
    .addOption(dirOption())
    .option('--json', 'for machines')
    .addHelpText(
      'after',
      examples('serin status', 'export KUBECONFIG="$(serin status host.kubeconfig)"', 'serin status --json | jq .git'),
    )
    .action(async (what, options) => (await import('../commands/status.ts')).status(io, what, options))
  program
    .command('dashboard')
    .description('Print the address of the dashboard; with --kubeconfig, serve one over other clusters until Ctrl-C.')
    .addOption(dirOption())
    .option('--kubeconfig <file>', 'kubeconfig of a host instead of the local one')
    .option('--member <name=file>', 'kubeconfig of a member; may be repeated', collect, [])
    .option('--prometheus <name=url>', 'Prometheus of a member (or of host); may be repeated', collect, [])
    .option(
      '--mesh-provider <name=provider>',
      "traffic provider of a cluster's Canaries that name none (default: that of its Fleet, else istio); may be repeated",
      collect,
      [],
    )
    .option('--in-cluster', 'the host is the one that kubectl would talk to, else the cluster whose pod this is')
    .option('--port <port>', 'where on loopback to serve it (default: any free port)', port)
    .addHelpText(
      'after',
      examples(
        'serin dashboard',
        'serin dashboard --kubeconfig host.config --member east=east.config --prometheus east=http://127.0.0.1:9090',
      ),
    )
    .action(async options => (await import('../commands/dashboard.ts')).dashboard(io, options))
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
    .action(async (args, options) => (await import('../commands/kubectl.ts')).kubectl(io, args, options))
}
