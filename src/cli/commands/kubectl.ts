/** `serin kubectl`: the bundled kubectl, pointed at a local cluster. */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { bundledTool } from '../../runtime/bundled-tools.ts'
import type { Io } from '../io.ts'
import { directoryOf, requireCluster } from '../local/directory.ts'

/** Runs it; the exit code is kubectl's. */
export async function kubectl(
  io: Io,
  args: readonly string[],
  options: { readonly dir?: string; readonly cluster: string },
): Promise<void> {
  const cluster = await requireCluster(directoryOf(io, options.dir), options.cluster)
  const executable = await bundledTool('kubectl')
  const child = spawn(executable, args, { stdio: 'inherit', env: { ...io.env, KUBECONFIG: cluster.kubeconfig } })
  // Ctrl-C reaches kubectl by the terminal; others pass it on from here.
  io.signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true })
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 1)))
  })
}
