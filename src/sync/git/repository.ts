/** A bare copy of a remote repository in a temporary folder, and what can be asked of it by the git program. */
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Clock } from '../../runtime/clock.ts'
import { redact } from '../../runtime/redact.ts'
import { RefusedError, type SyncLimits } from '../limits.ts'
import { runTool, ToolError } from '../process.ts'
import { type GitAccess, gitEnvironment } from './access.ts'
import { GitReferenceError, type RemoteRefs } from './reference.ts'

/** What working with Git takes. */
export interface GitContext {
  readonly clock: Clock
  readonly limits: SyncLimits
  /** Bounds each call of git. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Where git is found. Default: this process's. */
  readonly searchPath?: string
  readonly mirrors?: Mirrors
}

/** Repositories that are fetched from elsewhere: from the URL that a source names to the one to use instead. */
export type Mirrors = ReadonlyMap<string, string>

/** One repository. */
export interface GitCopy {
  readonly access: GitAccess
  /** The remote's names that match `patterns` (all, where there are none). Tags stand for their commits. */
  remoteRefs(patterns?: readonly string[]): Promise<RemoteRefs>
  /**
   * Gets what `ref` names and gives its commit. `ref` may be a commit where the server allows to ask for one.
   * @throws GitReferenceError, RefusedError where it is too large
   */
  fetch(ref: string, options?: { readonly fullHistory?: boolean }): Promise<string>
  /** Gets all branches and tags with their history. */
  fetchAll(): Promise<void>
  /** Whether the commit is here. */
  has(commit: string): Promise<boolean>
  /** Output of any git command that reads. */
  read(
    args: readonly string[],
    options?: { readonly input?: string; readonly maxOutputBytes?: number },
  ): Promise<Buffer>
  /** Removes the copy. */
  remove(): Promise<void>
}

const sizeCheckMs = 250

/** An empty copy; remove it when done. */
export async function newGitCopy(access: GitAccess, context: GitContext): Promise<GitCopy> {
  const { clock, limits, timeoutMs, signal } = context
  // Credentials stay bound to the server that the source names.
  const remoteUrl = context.mirrors?.get(access.url) ?? access.url
  const folder = path.join(tmpdir(), `serin-git-${randomUUID()}`)
  const repository = path.join(folder, 'repository')
  await mkdir(repository, { recursive: true, mode: 0o700 })
  const env = await gitEnvironment(access, folder, context.searchPath ?? process.env['PATH'] ?? '/usr/bin:/bin')
  const git = (
    args: readonly string[],
    options: { input?: string; maxOutputBytes?: number; signal?: AbortSignal } = {},
  ) => runTool({ command: 'git', args: ['-C', repository, ...args], env, clock, timeoutMs, signal, ...options })

  async function remote<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call()
    } catch (error) {
      throw error instanceof ToolError
        ? new GitReferenceError(`unable to clone '${access.url}': ${explain(error)}`)
        : error
    }
  }

  /** Git itself has no bound on what it fetches. */
  async function bounded(args: readonly string[]): Promise<void> {
    const stop = new AbortController()
    let done = false
    const watch = async () => {
      while (!done) {
        if ((await sizeOf(repository)) > limits.fetchBytes) {
          stop.abort(new RefusedError(`the repository '${access.url}' is larger than ${limits.fetchBytes} bytes`))
        }
        await clock.sleep(sizeCheckMs, AbortSignal.any([signal, stop.signal])).catch(() => {
          done = true
        })
      }
    }
    const watching = watch()
    try {
      await git(args, { signal: AbortSignal.any([signal, stop.signal]) })
      if ((await sizeOf(repository)) > limits.fetchBytes) {
        throw new RefusedError(`the repository '${access.url}' is larger than ${limits.fetchBytes} bytes`)
      }
    } finally {
      done = true
      stop.abort(new Error('fetched'))
      await watching
    }
  }

  const fetchArgs = ['fetch', '--quiet', '--no-tags', '--no-recurse-submodules', '--no-write-fetch-head', '--force']
  // Asking the remote for its names, which is all that most looks at a source do, takes no repository.
  let initialized: Promise<unknown> | undefined
  const init = () => {
    initialized ??= git(['init', '--quiet', '--bare', '--template=', '.'])
    return initialized
  }
  return {
    access,
    async remoteRefs(patterns = []) {
      const answer = await remote(() => git(['ls-remote', '--quiet', '--', remoteUrl, ...patterns]))
      return parseRemoteRefs(answer.toString('utf8'))
    },
    async fetch(ref, options = {}) {
      await init()
      const depth = options.fullHistory ? [] : ['--depth=1']
      await remote(() => bounded([...fetchArgs, ...depth, '--', remoteUrl, `+${ref}:refs/serin/wanted`]))
      return (await git(['rev-parse', '--verify', 'refs/serin/wanted^{commit}'])).toString('utf8').trim()
    },
    async fetchAll() {
      await init()
      const all = ['+refs/heads/*:refs/remote/heads/*', '+refs/tags/*:refs/remote/tags/*']
      await remote(() => bounded([...fetchArgs, '--', remoteUrl, ...all]))
    },
    has: commit =>
      git(['cat-file', '-e', `${commit}^{commit}`]).then(
        () => true,
        () => false,
      ),
    read: (args, options) => git(args, options),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** A tag's line is replaced by that of the commit that it stands for (`refs/tags/x^{}`). */
function parseRemoteRefs(text: string): RemoteRefs {
  const refs = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [hash, name] = line.split('\t')
    if (hash && name) refs.set(name.replace(/\^\{\}$/, ''), hash)
  }
  return refs
}

/** The line of git's that says why, in the words that Flux's users know where there are such. */
function explain(error: ToolError): string {
  const missing = /couldn't find remote ref (\S+)/.exec(error.stderr)
  if (missing) return `couldn't find remote ref ${JSON.stringify(missing[1])}`
  if (/Authentication failed|could not read Username|terminal prompts disabled/.test(error.stderr)) {
    return 'authentication required'
  }
  if (error.reason !== 'ToolFailed') return error.message
  const lines = error.stderr.split('\n').filter(line => line.trim() !== '')
  const at = lines.findIndex(line => line.startsWith('fatal:'))
  // Where ssh failed, it said why just before.
  const isSsh = lines[at] === 'fatal: Could not read from remote repository.'
  const line = (isSsh ? lines[at - 1] : undefined) ?? lines[at] ?? lines.at(-1) ?? error.message
  return redact(line.replace(/^(fatal|error): /, ''))
}

async function sizeOf(folder: string): Promise<number> {
  // Everything that a fetch brings ends up in packs, the one under way too.
  const packs = path.join(folder, 'objects', 'pack')
  const names = await readdir(packs).catch(() => [] as string[])
  const sizes = await Promise.all(
    names.map(name =>
      stat(path.join(packs, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
