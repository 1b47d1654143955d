/** The demo's Git repository: its manifests, and the releases that are committed to it. */
import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { placedFile } from '../../runtime/placed-file.ts'

/** What a release changes. */
export interface Release {
  readonly tag: string
  /** `--fault` of the demo app; absent: nothing is wrong with it. */
  readonly fault?: string
}

/** A work tree that pushes to the local Git server. */
export interface DemoRepository {
  readonly url: string
  /** The branch that is pushed. */
  readonly branch: string
  /** Commits the release and pushes it; gives the commit's short hash. */
  release(release: Release): Promise<string>
}

const run = promisify(execFile)
const branch = 'main'
const manifests = placedFile(import.meta, 'manifests', 'manifests')
const image = /image: (\S+):\S+/
const command = /--port-metrics=9797(\n\s+- --fault=\S+)?/
// Whatever the user's Git is set up to do (signing, hooks, other branches) must not reach the demo.
const ownSettings = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' }
const author = ['-c', 'user.name=Serin demo', '-c', 'user.email=demo@serin.invalid']

/** Makes the work tree in `folder` with the manifests of the demo; nothing is committed yet. */
export async function newDemoRepository(deps: {
  readonly folder: string
  /** Base URL of the Git server. */
  readonly server: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
}): Promise<DemoRepository> {
  const { folder, server, signal } = deps
  const url = `${server}/demo.git`
  const git = async (...args: readonly string[]) => {
    const { stdout } = await run('git', ['-C', folder, ...author, ...args], {
      env: { ...deps.env, ...ownSettings },
      signal,
    })
    return stdout.trim()
  }
  const target = path.join(folder, 'deploy', 'webapp')
  await mkdir(target, { recursive: true })
  await cp(manifests, target, { recursive: true })
  await git('init', '--quiet', `--initial-branch=${branch}`)
  const deployment = path.join(target, 'deployment.yaml')
  return {
    url,
    branch,
    async release({ tag, fault }) {
      const before = await readFile(deployment, 'utf8')
      const flags = ['--port-metrics=9797', ...(fault ? [`--fault=${fault}`] : [])]
      const after = before.replace(image, `image: $1:${tag}`).replace(command, flags.join('\n            - '))
      await writeFile(deployment, after)
      await git('add', '--all')
      await git('commit', '--quiet', '--allow-empty', '-m', `Release backend ${tag}`)
      await git('push', '--quiet', url, `HEAD:refs/heads/${branch}`)
      return git('rev-parse', '--short', 'HEAD')
    },
  }
}
