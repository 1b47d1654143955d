/** `serin status`: what runs, and where to reach it. */
import type { Io } from '../io.ts'
import { directoryOf, requireState } from '../local/directory.ts'

/** Prints it. */
export async function status(io: Io, options: { readonly dir?: string; readonly json?: boolean }): Promise<void> {
  const state = await requireState(directoryOf(io, options.dir))
  if (options.json) return io.out(`${JSON.stringify(state, undefined, 2)}\n`)
  const lines = state.clusters.flatMap(cluster => [
    cluster.name,
    `  server      ${cluster.server}`,
    `  kubeconfig  ${cluster.kubeconfig}`,
    `  gateway     ${cluster.gateway}`,
    `  proxy       ${cluster.proxy}`,
    `  prometheus  ${cluster.prometheus}`,
    ...(cluster.targets ? [`  targets     ${cluster.targets}`] : []),
  ])
  lines.push(`dashboard     ${state.dashboardSignIn}`)
  lines.push(`git           ${state.git}`, `directory     ${state.dir} (process ${state.pid})`)
  io.out(`${lines.join('\n')}\n`)
}
