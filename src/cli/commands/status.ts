/** `serin status`: what runs, and where to reach it. */
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { directoryOf, type LocalState, requireState } from '../local/directory.ts'

/** Prints all of it, or `what` alone: `git`, `clusters`, or `CLUSTER.gateway` and the like. */
export async function status(
  io: Io,
  what: string | undefined,
  options: { readonly dir?: string; readonly json?: boolean },
): Promise<void> {
  const state = await requireState(directoryOf(io, options.dir))
  if (what !== undefined) return io.out(`${oneOf(state, what)}\n`)
  if (options.json) return io.out(`${JSON.stringify(state, undefined, 2)}\n`)
  const lines = state.clusters.flatMap(cluster => [
    cluster.name,
    ...clusterFields.map(field => `  ${field.padEnd(10)}  ${cluster[field]}`),
    ...(cluster.targets ? [`  targets     ${cluster.targets}`] : []),
  ])
  lines.push(`dashboard     ${state.dashboardSignIn}`)
  lines.push(`git           ${state.git}`, `directory     ${state.dir} (process ${state.pid})`)
  io.out(`${lines.join('\n')}\n`)
}

const clusterFields = ['server', 'kubeconfig', 'gateway', 'proxy', 'prometheus'] as const

function oneOf(state: LocalState, what: string): string {
  const values = new Map<string, string>([
    ['git', state.git],
    ['dashboard', state.dashboardSignIn],
    ['dir', state.dir],
    ['clusters', state.clusters.map(({ name }) => name).join('\n')],
    ...state.clusters.flatMap(cluster =>
      clusterFields.map(field => [`${cluster.name}.${field}`, cluster[field]] as const),
    ),
  ])
  const value = values.get(what)
  if (value !== undefined) return value
  throw new CliError('usage', `there is no ${JSON.stringify(what)}; there are ${[...values.keys()].join(', ')}`)
}
