/** Runs `serin up` as a process of its own that outlives this one. */
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { endsWithin } from '../../runtime/deadline.ts'
import { withCompileCache } from '../../runtime/long-lived-process.ts'
import { placedFile } from '../../runtime/placed-file.ts'
import { descendantsOf, killProcesses } from '../../runtime/process-tree.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { type LocalState, readState } from './directory.ts'
import { endTimeoutMs } from './force-end.ts'

/** What it is started with; as on the command line. */
export interface DetachedOptions {
  readonly members: string
  readonly image: readonly string[]
  readonly mirror: readonly string[]
  readonly timeScale: number
  readonly prometheus?: string
}

const pollMs = 20
const startTimeoutMs = 90_000
const main = placedFile(import.meta, '../main.ts', 'cli.js')

/** Starts it and waits until it is ready; its log is `<dir>/serin.log`. Throws {@link CliError}, with it ended. */
export async function startDetached(io: Io, dir: string, options: DetachedOptions): Promise<LocalState> {
  const logFile = path.join(dir, 'serin.log')
  const log = openSync(logFile, 'w', 0o600)
  const { members, timeScale, image, mirror, prometheus } = options
  const args = ['up', '--dir', dir, '--members', members, '--time-scale', String(timeScale), '--verbose']
  if (prometheus !== undefined) args.push('--prometheus', prometheus)
  for (const mapping of image) args.push('--image', mapping)
  for (const mapping of mirror) args.push('--mirror', mapping)
  const child = spawn(process.execPath, [...process.execArgv, main, ...args], {
    env: withCompileCache(process.env),
    detached: true,
    cwd: io.cwd,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  let hasEnded = false
  void ended.then(() => {
    hasEnded = true
  })
  try {
    const endMs = io.clock.monotonicMs() + startTimeoutMs
    while (io.clock.monotonicMs() < endMs && !hasEnded) {
      const state = await readState(dir)
      if (state) {
        child.unref()
        return state
      }
      await io.clock.sleep(pollMs, io.signal)
    }
    throw new CliError('failed', `the clusters did not start: ${await lastLine(logFile)}`)
  } catch (error) {
    child.kill('SIGTERM')
    // It ends itself within that time; see endInTime.
    if (!(await endsWithin(io.clock, 2 * endTimeoutMs, ended))) {
      const processes = child.pid === undefined ? [] : descendantsOf(child.pid)
      child.kill('SIGKILL')
      killProcesses(processes)
    }
    throw error
  }
}

async function lastLine(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return (
    text
      .trimEnd()
      .split('\n')
      .at(-1)
      ?.replace(/^serin: /, '') || `see ${file}`
  )
}
