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
  return program
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
    .option('--detach', 'return when the clusters are ready, and leave them running')
    .option('--time-scale <factor>', 'let the time of the clusters pass this many times faster', positive, 1)
    .option('--verbose', 'write the log to standard error')
    .addHelpText(
      'after',
      examples(
        'serin up',
        'serin up --detach --dir ./clusters',
        'serin up --image registry.example/web=./web --members 3',
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
