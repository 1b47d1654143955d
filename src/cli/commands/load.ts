/** `serin load`: traffic from this machine into a local cluster, as the load tester makes it. */
import { generateLoad, summarise } from '../../loadtester/generator.ts'
import { parseLoadCommand } from '../../loadtester/load-plan.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { directoryOf, requireCluster } from '../local/directory.ts'

/** Runs a command of `hey` or `wrk` through the mesh of the cluster, and prints what came of it as JSON. */
export async function load(
  io: Io,
  command: readonly string[],
  options: { readonly dir?: string; readonly cluster: string },
): Promise<void> {
  const cluster = await requireCluster(directoryOf(io, options.dir), options.cluster)
  const plan = planOf(command.map(quoted).join(' '))
  const report = await generateLoad(plan, { clock: io.clock, proxy: new URL(cluster.proxy) }, io.signal)
  io.out(`${JSON.stringify(summarise(report), undefined, 2)}\n`)
  // Who ends it early reads what it came to until then.
  io.signal.throwIfAborted()
  const failed = [...report.statuses].some(([status]) => status >= 500) || report.errors.size > 0
  if (failed) throw new CliError('failed', 'some requests failed')
}

function planOf(line: string) {
  try {
    const plan = parseLoadCommand(line)
    if (plan) return plan
  } catch (cause) {
    throw new CliError('usage', cause instanceof Error ? cause.message : String(cause), { cause })
  }
  throw new CliError('usage', `${JSON.stringify(line)} is no command of hey or wrk, such as hey -z 10s -q 10 URL`)
}

const quoted = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)
