/** The commands, their options and their help. Each command's own module is loaded when it runs. */
import { Argument, Command } from 'commander'
import { completedShells, completionFor } from './completion.ts'
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
    .configureOutput({
      writeOut: io.out,
      writeErr: io.err,
      getOutHelpWidth: io.width,
      getErrHelpWidth: io.width,
      // As all other messages begin.
      outputError: (text, write) => write(text.replace(/^error: /, 'serin: ')),
    })
    .addHelpText('after', overview)
  addLocalCommands(program, io)
  addRolloutCommands(program, io)
  addServerCommands(program, io)
  addMigrateCommand(program, io)
  program
    .command('completion')
    .description('Print a script that completes commands, flags and names in a shell.')
    .addArgument(new Argument('[shell]', 'which one').choices(completedShells).default('bash'))
    .addHelpText('after', examples('source <(serin completion)', 'serin completion fish | source'))
    .action(shell => io.out(completionFor(program, shell)))
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
