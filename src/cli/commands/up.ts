/** `serin up`: local clusters that stay until they are stopped. */
import { flushCompileCache } from 'node:module'
import path from 'node:path'
import { systemClock } from '../../runtime/clock.ts'
import { newLogger } from '../../runtime/log.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import {
  clearState,
  codeOf,
  directoryOf,
  type LocalState,
  makeDirectory,
  readState,
  writePid,
  writeState,
} from '../local/directory.ts'
import { endInTime } from '../local/force-end.ts'
import { isLocked, takeLock } from '../local/lock.ts'
import { memberNames } from '../local/member-names.ts'
import { mirrorsOf } from '../local/mirrors.ts'
import { startDetached } from '../local/start-detached.ts'
import { keepHeapSmall } from '../small-heap.ts'

/** What the command line says. */
export interface UpOptions {
  readonly dir?: string
  readonly members: string
  readonly image: readonly string[]
  readonly mirror: readonly string[]
  readonly detach?: boolean
  readonly timeScale: number
  /** The URL or the program of a real Prometheus. */
  readonly prometheus?: string
  readonly verbose?: boolean
}

/** Runs clusters until `io.signal` aborts; with `--detach`, in a process of their own. */
export async function up(io: Io, options: UpOptions): Promise<void> {
  const dir = directoryOf(io, options.dir)
  const members = memberNames(options.members)
  const { parseImageMapping } = await import('../../playground/kubelet/images.ts')
  const images = options.image.map(parseImageMapping)
  const prometheus = await prometheusOf(io, options)
  const mirrors = mirrorsOf(options.mirror)
  await makeDirectory(dir)
  if (options.detach) return detach(io, dir, options)
  const lock = lockOf(dir)
  if (!lock) return alreadyUp(io, dir)
  const mustEnd = endInTime(io, systemClock)
  try {
    await writePid(dir)
    await clearState(dir)
    const { startLocalSet } = await import('../local/local-set.ts')
    const { scaledClock } = await import('../local/scaled-clock.ts')
    const clock = scaledClock(systemClock, options.timeScale)
    const set = await startLocalSet({
      dir,
      durable: true,
      members,
      images,
      ...(prometheus ? { prometheus } : {}),
      mirrors,
      clock,
      random: Math.random,
      log: newLogger({ clock, write: io.err, level: options.verbose ? 'info' : 'error' }),
      minIntervalMs: shortestIntervalMs,
      signal: io.signal,
    })
    try {
      await writeState(set.state)
      keepHeapSmall()
      io.out(readyText(set.state))
      // At the end this process may be killed, and would not keep what it has compiled.
      flushCompileCache()
      await untilStopped(io.signal, set.host.ended)
    } finally {
      mustEnd()
      await clearState(dir)
      await set.close()
    }
  } finally {
    mustEnd()
    lock.release()
  }
}

// Flagger's shortest is ten seconds; on a machine of one's own nobody has to wait for that.
const shortestIntervalMs = 1_000
const pollMs = 50
const startTimeoutMs = 90_000

/** A real Prometheus lives in real time, and would see nothing in the windows of a faster clock. */
async function prometheusOf({ cwd, env }: Io, { prometheus, timeScale }: UpOptions) {
  if (prometheus === undefined) return undefined
  if (timeScale !== 1) throw new CliError('usage', '--prometheus and --time-scale cannot be used together')
  const { choosePrometheus } = await import('../../playground/prometheus/external/choice.ts')
  return choosePrometheus(prometheus, { cwd, searchPath: env['PATH'] ?? '' })
}

function lockOf(dir: string) {
  try {
    return takeLock(dir)
  } catch (cause) {
    throw new CliError('unavailable', `cannot write to the directory ${dir}: ${codeOf(cause)}`, { cause })
  }
}

/** Another process runs this directory: waits until it is ready, and says so. */
async function alreadyUp(io: Io, dir: string): Promise<void> {
  const state = await settled(io, dir)
  if (!state) throw new CliError('unavailable', `another serin works in ${dir}, but does not become ready`)
  io.out(`already running (process ${state.pid})\n${readyText(state)}`)
}

async function settled(io: Io, dir: string): Promise<LocalState | undefined> {
  const endMs = io.clock.monotonicMs() + startTimeoutMs
  while (io.clock.monotonicMs() < endMs) {
    const state = await readState(dir)
    if (state || !isLocked(dir)) return state
    await io.clock.sleep(pollMs, io.signal)
  }
  return undefined
}

async function detach(io: Io, dir: string, options: UpOptions): Promise<void> {
  if (isTaken(dir)) return alreadyUp(io, dir)
  io.out(readyText(await startDetached(io, dir, options)))
}

function isTaken(dir: string): boolean {
  const lock = lockOf(dir)
  lock?.release()
  return lock === undefined
}

function untilStopped(signal: AbortSignal, ended: Promise<void>): Promise<void> {
  const stopped = new Promise<void>(resolve => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  return Promise.race([stopped, ended])
}

function readyText(state: LocalState): string {
  const names = state.clusters.map(({ name }) => name)
  return [
    `ready: ${names.join(', ')}`,
    `  kubeconfigs  ${path.join(state.dir, 'kubeconfig')}`,
    `  git          ${state.git}/NAME.git`,
    `  dashboard    ${state.dashboardSignIn}`,
    `  next         serin kubectl --dir ${state.dir} get fleet,attachedcluster`,
    '',
  ].join('\n')
}
