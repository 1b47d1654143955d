/** The CLI as a user runs it: a process of its own, in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { eventually } from './eventually.ts'

/** How a run ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A run under way. */
export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Standard output by now. */
  said(): string
  /** Resolves when standard output holds `text`. */
  saying(text: string): Promise<void>
}

/** The program in this clone. */
export const executable = path.join(import.meta.dirname, '..', '..', 'bin', 'serin')

/** A folder that stands for a user's home and temporary folder. */
export async function newHome(): Promise<{ readonly dir: string; remove(): Promise<void> }> {
  const dir = await mkdtemp(path.join(tmpdir(), 'serin-test-'))
  return { dir, remove: () => rm(dir, { recursive: true, force: true, maxRetries: 5 }) }
}

/** An environment in which temporary folders and state go below `home`. */
export function homeEnv(home: string): NodeJS.ProcessEnv {
  return { ...process.env, TMPDIR: home, XDG_STATE_HOME: path.join(home, 'state'), NO_COLOR: '1' }
}

/** Starts `serin ARGS`; temporary folders and state go below `home`. */
export function start(home: string, ...args: readonly string[]): Running {
  const child = spawn(executable, args, {
    cwd: home,
    env: homeEnv(home),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  const waiting: { readonly text: string; readonly found: () => void }[] = []
  child.stdout.setEncoding('utf8').on('data', chunk => {
    stdout += chunk
    for (const { text, found } of waiting) if (stdout.includes(text)) found()
  })
  child.stderr.setEncoding('utf8').on('data', chunk => {
    stderr += chunk
  })
  const ended = new Promise<Ended>(resolve => child.once('close', code => resolve({ code, stdout, stderr })))
  return {
    child,
    ended,
    said: () => stdout,
    saying: text =>
      new Promise((resolve, reject) => {
        waiting.push({ text, found: resolve })
        if (stdout.includes(text)) resolve()
        void ended.then(() => reject(new Error(`ended without saying ${text}: ${stdout}${stderr}`)))
      }),
  }
}

/** Runs `serin ARGS` to its end. */
export function serin(home: string, ...args: readonly string[]): Promise<Ended> {
  return start(home, ...args).ended
}

/** The command lines of processes that name `text` in their arguments or environment's TMPDIR. */
async function processesOf(text: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue
    // A process may end while it is looked at.
    const [command, environment] = await Promise.all(
      ['cmdline', 'environ'].map(file => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
    )
    if (`${command}${environment}`.includes(text)) found.push(`${pid} ${command?.replaceAll('\0', ' ')}`)
  }
  return found
}

/** Resolves when no process names `text` any more; whoever has just ended takes a moment to go. */
export async function noProcessesOf(text: string): Promise<void> {
  let left: readonly string[] = []
  await eventually(`no process of ${text}`, async () => {
    left = await processesOf(text)
    return left.length === 0
  }).catch(error => {
    throw new Error(`still there: ${left.join('; ')}`, { cause: error })
  })
}
