/** `serin down`: ends what `serin up` started. */
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { descendantsOf, identityOf, killProcesses } from '../../runtime/process-tree.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { directoryOf, lockHolder, readState } from '../local/directory.ts'
import { isLocked } from '../local/lock.ts'

/** What the command line says. */
export interface DownOptions {
  readonly dir?: string
  readonly purge?: boolean
  /** How long the clusters have to end by themselves. */
  readonly timeoutMs: number
}

// What was killed holds no lock any more as soon as the kernel has let go of its memory.
const killTimeoutMs = 10_000
const pollMs = 50

/**
 * Asks the clusters of the directory to end, also while they start, and waits until they have; those that do not end in time
 * are killed, with all processes of their pods. Throws {@link CliError} where even that does not end them.
 */
export async function down(io: Io, options: DownOptions): Promise<void> {
  const dir = directoryOf(io, options.dir)
  const names = ((await readState(dir))?.clusters.map(({ name }) => name) ?? ['what was starting']).join(', ')
  const pid = await lockHolder(dir)
  if (pid === undefined) io.out(`nothing runs in ${dir}\n`)
  else io.out(await stop(io, dir, { pid, names, timeoutMs: options.timeoutMs }))
  if (options.purge) await purge(dir)
}

/** Says how it went. */
async function stop(
  io: Io,
  dir: string,
  { pid, names, timeoutMs }: { readonly pid: number; readonly names: string; readonly timeoutMs: number },
): Promise<string> {
  const leader = identityOf(pid)
  // Those of pods may outlive a process that was killed, and nobody can tell whose they were then.
  const below = descendantsOf(pid)
  signal(pid, 'SIGTERM')
  // One that was stopped, as by Ctrl-Z, would not hear of it.
  signal(pid, 'SIGCONT')
  if (await ended(io, dir, timeoutMs)) {
    // Such as a program of a pod that has left its process group and all that ends with it.
    killProcesses(below)
    return `stopped: ${names}\n`
  }
  const family = [...below, ...descendantsOf(pid)]
  const killed = killProcesses(leader ? [leader, ...new Map(family.map(each => [each.pid, each])).values()] : family)
  if (!(await ended(io, dir, killTimeoutMs)))
    throw new CliError('failed', `process ${pid} did not end, although it was killed`)
  return `killed: ${names}; process ${pid} did not end within ${timeoutMs / 1000} s (${killed} processes in all)\n`
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended just now.
  }
}

/** Whether nobody holds the directory any more within this time. */
async function ended(io: Io, dir: string, timeoutMs: number): Promise<boolean> {
  const endMs = io.clock.monotonicMs() + timeoutMs
  while (isLocked(dir)) {
    if (io.clock.monotonicMs() > endMs) return false
    await io.clock.sleep(pollMs, io.signal)
  }
  return true
}

/** Removes the directory, if it is one of ours: a slip in `--dir` must not cost anybody their files. */
async function purge(dir: string): Promise<void> {
  if (!existsSync(dir)) return
  if (!existsSync(`${dir}/lock`)) throw new CliError('usage', `${dir} holds no local clusters, so it is not removed`)
  await rm(dir, { recursive: true, force: true, maxRetries: 3 })
}
