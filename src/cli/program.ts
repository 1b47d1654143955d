/** The commands, their options and their help. Each command's own module is loaded when it runs. */
import { Command } from 'commander'
import type { Io } from './io.ts'
import { addLocalCommands } from './program/local-commands.ts'
import { addMigrateCommand } from './program/migrate-command.ts'
import { examples } from './program/options.ts'
import { addRolloutCommands } from './program/rollout-commands.ts'
import { addServerCommands } from './program/server-commands.ts'

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
  addServerCommands(program, io)
  addMigrateCommand(program, io)
  program
    .command('completion')
    .description('Print a script that completes commands and flags in bash.')
    .addHelpText('after', examples('source <(serin completion)'))
    .action(() => io.out(completionOf(program)))
  program
    .helpCommand(false)
    .command('help')
    .description('display help for command')
    .argument('[command]')
    .action(name => {
      const about = name === undefined ? program : program.commands.find(command => command.name() === name)
      if (!about) return program.error(`error: unknown command '${name}'`)
      about.outputHelp()
    })
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
    `  local words="${names}"`,
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
