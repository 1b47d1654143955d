/** Where local clusters are kept, and what is known of the ones that run. */
import { existsSync, statSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { identityOf } from '../../runtime/process-tree.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { isLocked } from './lock.ts'

/** One cluster of a running set. */
export interface ClusterState {
  readonly name: string
  readonly server: string
  readonly kubeconfig: string
  /** Base URL of the ingress gateway. */
  readonly gateway: string
  /** HTTP proxy into the mesh. */
  readonly proxy: string
  readonly prometheus: string
  /** For the `http_sd_configs` of a Prometheus that the user runs; absent where Serin runs it. */
  readonly targets?: string
  /** Base URL of the rollout engine; absent on the host. */
  readonly engine?: string
}

/** A running set: what `serin status --json` prints. */
export interface LocalState {
  readonly pid: number
  readonly dir: string
  readonly startedAt: string
  readonly clusters: readonly ClusterState[]
  readonly dashboard: string
  /** The dashboard's address with the token that lets its buttons work. */
  readonly dashboardSignIn: string
  readonly git: string
}

/** The directory that `--dir`, `SERIN_DIR` or the XDG state folder gives. */
export function directoryOf(io: Pick<Io, 'env' | 'cwd'>, dir: string | undefined): string {
  const chosen = dir ?? io.env['SERIN_DIR']
  if (chosen) return path.resolve(io.cwd, chosen)
  return path.join(io.env['XDG_STATE_HOME'] || path.join(homedir(), '.local', 'state'), 'serin')
}

const stateFile = (dir: string) => path.join(dir, 'state.json')

/** Says what runs in `dir`. */
export async function writeState(state: LocalState): Promise<void> {
  const file = stateFile(state.dir)
  await writeFile(`${file}.part`, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 })
  await rename(`${file}.part`, file)
}

/** Nothing runs in `dir` any more, or not yet. */
export async function clearState(dir: string): Promise<void> {
  await rm(stateFile(dir), { force: true })
}

const pidFile = (dir: string) => path.join(dir, 'pid')

/** Whoever holds the lock says which process it is, before anything is ready. */
export async function writePid(dir: string): Promise<void> {
  await writeFile(pidFile(dir), `${process.pid}\n`)
}

/** The process that holds the lock of `dir`; undefined where nobody does, or it has not said so yet. */
export async function lockHolder(dir: string): Promise<number | undefined> {
  if (!existsSync(pidFile(dir)) || !isLocked(dir)) return undefined
  const pid = Number(await readFile(pidFile(dir), 'utf8'))
  return Number.isInteger(pid) && pid > 0 && isAlive(pid) ? pid : undefined
}

/** What runs in `dir`; undefined where nothing does, or where it is still starting. */
export async function readState(dir: string): Promise<LocalState | undefined> {
  if (!existsSync(stateFile(dir))) return undefined
  try {
    const state = JSON.parse(await readFile(stateFile(dir), 'utf8')) as LocalState // written by writeState
    // One that was killed left its state behind, and another process is starting.
    return state.pid === (await lockHolder(dir)) ? state : undefined
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  // One that was killed can still be signalled until its parent has waited for it, and the next one may hold its lock.
  if (existsSync('/proc/self/stat')) return identityOf(pid) !== undefined
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** {@link readState}, or an error that says how to start. */
export async function requireState(dir: string): Promise<LocalState> {
  const state = await readState(dir)
  if (state) return state
  throw new CliError('unreachable', `no local cluster runs in ${dir}; start one with: serin up --dir ${dir}`)
}

/** The cluster of that name in the set that runs in `dir`. Throws {@link CliError} where there is none. */
export async function requireCluster(dir: string, name: string): Promise<ClusterState> {
  const { clusters } = await requireState(dir)
  const cluster = clusters.find(candidate => candidate.name === name)
  if (cluster) return cluster
  const names = clusters.map(each => each.name).join(', ')
  throw new CliError('usage', `there is no cluster ${JSON.stringify(name)}; there are ${names}`)
}

/** Makes the directory. Throws {@link CliError} where that cannot be. */
export async function makeDirectory(dir: string): Promise<void> {
  try {
    await makeWithParents(dir)
  } catch (cause) {
    throw new CliError('unavailable', `cannot make the directory ${dir}: ${codeOf(cause)}`, { cause })
  }
}

// Node's own `recursive` never ends where the file system lets nobody make directories, as below /proc.
async function makeWithParents(dir: string): Promise<void> {
  if (existsSync(dir)) {
    if (!statSync(dir).isDirectory()) throw Object.assign(new Error(`${dir} is a file`), { code: 'EEXIST' })
    return
  }
  const parent = path.dirname(dir)
  if (!existsSync(parent)) await makeWithParents(parent)
  await mkdir(dir).catch(error => {
    // Somebody else may have been faster.
    if (!existsSync(dir)) throw error
  })
}

/** The system's code of an error in words. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: string }).code // the system's errors have one
  const words: Readonly<Record<string, string>> = {
    EACCES: 'permission denied',
    EPERM: 'not permitted',
    EROFS: 'the file system is read-only',
    ENOTDIR: 'a part of the path is not a directory',
    EEXIST: 'there is a file of that name',
    ENOSPC: 'no space left',
    ENOENT: 'no such file or directory',
    EISDIR: 'it is a directory',
    EADDRINUSE: 'the port is in use',
  }
  return words[code ?? ''] ?? (error instanceof Error ? error.message : String(error))
}
