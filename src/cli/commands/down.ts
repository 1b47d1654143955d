/** `serin down`: ends what `serin up` started. */
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { directoryOf, lockHolder, readState } from '../local/directory.ts'
import { isLocked } from '../local/lock.ts'

const stopTimeoutMs = 30_000
const pollMs = 50

/** Asks the clusters of the directory to end, also while they start, and waits until they have. */
export async function down(io: Io, options: { readonly dir?: string; readonly purge?: boolean }): Promise<void> {
  const dir = directoryOf(io, options.dir)
  const names = (await readState(dir))?.clusters.map(({ name }) => name) ?? ['what was starting']
  const pid = await lockHolder(dir)
  if (pid === undefined) {
    io.out(`nothing runs in ${dir}\n`)
  } else {
    process.kill(pid, 'SIGTERM')
    await ended(io, dir, pid)
    io.out(`stopped: ${names.join(', ')}\n`)
  }
  if (options.purge) await purge(dir)
}

async function ended(io: Io, dir: string, pid: number): Promise<void> {
  const endMs = io.clock.monotonicMs() + stopTimeoutMs
  while (isLocked(dir)) {
    if (io.clock.monotonicMs() > endMs)
      throw new CliError('failed', `process ${pid} did not end within ${stopTimeoutMs / 1000} s`)
    await io.clock.sleep(pollMs, io.signal)
  }
}

/** Removes the directory, if it is one of ours: a slip in `--dir` must not cost anybody their files. */
async function purge(dir: string): Promise<void> {
  if (!existsSync(dir)) return
  if (!existsSync(`${dir}/lock`)) throw new CliError('usage', `${dir} holds no local clusters, so it is not removed`)
  await rm(dir, { recursive: true, force: true, maxRetries: 3 })
}
