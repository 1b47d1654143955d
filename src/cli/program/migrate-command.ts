/** The command that hands rollouts from one system to another. */
import { type Command, InvalidArgumentError } from 'commander'
import type { Io } from '../io.ts'
import { examples } from './options.ts'

const ways = ['from-flagger', 'to-flagger', 'from-kurator']

/** Adds it. */
export function addMigrateCommand(program: Command, io: Io): void {
  program
    .command('migrate')
    .description(
      'Say what it takes to hand rollouts from Flagger or Kurator to Serin, or back to Flagger; do it with --yes.',
    )
    .argument('<way>', ways.join(', '), way)
    .option('--kubeconfig <file>', 'the member, or the host for from-kurator (default: as kubectl finds it)')
    .option('--yes', 'do it')
    .option('--dry-run', 'only say what would be done, as without --yes')
    .addHelpText(
      'after',
      examples(
        'serin migrate from-flagger --kubeconfig east.config',
        'serin migrate to-flagger --kubeconfig east.config --yes',
      ),
    )
    .action(async (name, options) => (await import('../commands/migrate.ts')).migrate(io, name, options))
}

function way(value: string): string {
  if (ways.includes(value)) return value
  throw new InvalidArgumentError(`It must be one of ${ways.join(', ')}.`)
}
