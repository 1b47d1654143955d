/** `serin down`: ends what `serin up` started. */
import { rm } from 'node:fs/promises'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { directoryOf, readState } from '../local/directory.ts'
import { isLocked } from '../local/lock.ts'

const stopTimeoutMs = 30_000
const pollMs = 50

/** Asks the clusters of the directory to end, and waits until they have. */
export async function down(io: Io, options: { readonly dir?: string; readonly purge?: boolean }): Promise<void> {
  const dir = directoryOf(io, options.dir)
  const state = await readState(dir)
  if (state) {
    process.kill(state.pid, 'SIGTERM')
    await ended(io, dir, state.pid)
    io.out(`stopped: ${state.clusters.map(({ name }) => name).join(', ')}\n`)
  } else {
    io.out(`nothing runs in ${dir}\n`)
  }
  if (options.purge) await rm(dir, { recursive: true, force: true })
}

async function ended(io: Io, dir: string, pid: number): Promise<void> {
  const endMs = io.clock.monotonicMs() + stopTimeoutMs
  while (isLocked(dir)) {
    if (io.clock.monotonicMs() > endMs)
      throw new CliError('failed', `process ${pid} did not end within ${stopTimeoutMs / 1000} s`)
    await io.clock.sleep(pollMs, io.signal)
  }
}
