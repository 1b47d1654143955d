/** `serin migrate`: from another system's programs to Serin's and back. Says what it would do; does it with `--yes`. */
import type { EngineMigrationDeps } from '../../manager/migrate/from-flagger.ts'
import { type Migration, migrationText } from '../../manager/migrate/migration.ts'
import { clusterOf, connect } from '../connect.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'

/** Where to, and whether for real. */
export interface MigrateFlags {
  readonly kubeconfig?: string
  readonly yes?: boolean
  readonly dryRun?: boolean
}

/** The ways there are. */
export const migrations = ['from-flagger', 'to-flagger', 'from-kurator'] as const

/** One of {@link migrations}. */
export type MigrationName = (typeof migrations)[number]

/** Prints the plan, and with `yes` carries it out step by step. @throws CliError where something speaks against it */
export async function migrate(io: Io, name: MigrationName, flags: MigrateFlags): Promise<void> {
  if (flags.yes && flags.dryRun) throw new CliError('usage', '--yes and --dry-run contradict each other')
  const client = await connect(io, await clusterOf(io, flags))
  try {
    const plan = await planOf(name, { client, clock: io.clock, random: Math.random }, io.signal)
    io.out(migrationText(plan))
    if (plan.problems.length > 0) throw new CliError('failed', 'nothing was changed: see above what speaks against it')
    if (!flags.yes) return io.out('\nNothing was changed. Add --yes to do it.\n')
    for (const [at, { run }] of plan.steps.entries()) {
      if (!run) continue
      await run(io.signal)
      io.out(`${at + 1}. done\n`)
    }
  } finally {
    await client.close()
  }
}

async function planOf(name: MigrationName, deps: EngineMigrationDeps, signal: AbortSignal): Promise<Migration> {
  switch (name) {
    case 'from-flagger':
      return (await import('../../manager/migrate/from-flagger.ts')).planFromFlagger(deps, signal)
    case 'to-flagger':
      return (await import('../../manager/migrate/to-flagger.ts')).planToFlagger(deps, signal)
    case 'from-kurator':
      return (await import('../../manager/migrate/from-kurator.ts')).planFromKurator(deps, signal)
  }
}
