/** A host cluster with the sync controllers, a Git server and a repository to push to. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { Namespace } from '../../../src/api/core/core-v1.ts'
import { GitRepository } from '../../../src/api/source/v1.ts'
import type { KubernetesObject, ResourceType } from '../../../src/apimachinery/meta.ts'
import { newGitRepositoryController } from '../../../src/controllers/gitrepository/controller.ts'
import { type GitServer, startGitServer } from '../../../src/playground/git/server.ts'
import type { Client } from '../../../src/runtime/client.ts'
import { systemClock } from '../../../src/runtime/clock.ts'
import type { Controller } from '../../../src/runtime/controller.ts'
import { newEventRecorder } from '../../../src/runtime/events.ts'
import { newInformerSet } from '../../../src/runtime/informer-set.ts'
import { silentLogger } from '../../../src/runtime/log.ts'
import { type ArtifactStore, newArtifactStore } from '../../../src/sync/artifact-store.ts'
import { startTestCluster, type TestCluster } from '../../support/cluster.ts'
import { eventually } from '../../support/eventually.ts'

/** What the controllers under test are made from. */
export type SyncDeps = Parameters<typeof newGitRepositoryController>[0]

/** A running host. */
export interface SyncHost {
  readonly cluster: TestCluster
  readonly client: Client
  readonly git: GitServer
  readonly folder: string
  readonly artifacts: ArtifactStore
  readonly artifactFolder: string
  readonly deps: SyncDeps
  close(): Promise<void>
}

const run = promisify(execFile)

/** Starts a host whose controllers are those that `controllers` makes. */
export async function startSyncHost(
  options: {
    readonly controllers?: (deps: SyncDeps) => readonly Controller[]
    readonly limits?: SyncDeps['limits']
    readonly retentionMs?: number
  } = {},
): Promise<SyncHost> {
  const folder = await mkdtemp(path.join(tmpdir(), 'serin-sync-'))
  const [clock, random, log] = [systemClock, Math.random, silentLogger]
  const cluster = await startTestCluster({ crds: true })
  const { client } = cluster
  const git = await startGitServer({ folder: path.join(folder, 'bare'), clock, log })
  const artifactFolder = path.join(folder, 'artifacts')
  const { retentionMs } = options
  const artifacts = await newArtifactStore({
    folder: artifactFolder,
    clock,
    log,
    ...(retentionMs === undefined ? {} : { retentionMs }),
  })
  const informers = newInformerSet({ client, clock, log, random })
  const events = newEventRecorder({ client, clock, random, log, component: 'source-controller' })
  const { limits } = options
  const deps: SyncDeps = { client, informers, artifacts, events, clock, random, log, ...(limits ? { limits } : {}) }
  const controllers = options.controllers?.(deps) ?? [newGitRepositoryController(deps)]
  const stop = new AbortController()
  const runs = [informers.run(stop.signal), ...controllers.map(controller => controller.run(stop.signal))]
  return {
    cluster,
    client,
    git,
    folder,
    artifacts,
    artifactFolder,
    deps,
    async close() {
      stop.abort()
      await Promise.all(runs)
      await events.close()
      await artifacts.close()
      await git.close()
      await cluster.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A working copy whose commits are pushed at once. */
export interface WorkingCopy {
  readonly url: string
  /** Writes files (null deletes), commits and pushes; gives the commit. */
  commit(message: string, files: Readonly<Record<string, string | Buffer | null>>, branch?: string): Promise<string>
  git(...args: string[]): Promise<string>
  readonly folder: string
}

/** A new repository of that name on the host's server. */
export async function newWorkingCopy(host: SyncHost, name: string): Promise<WorkingCopy> {
  const folder = path.join(host.folder, 'work', name)
  const url = `${host.git.url}/${name}.git`
  await mkdir(folder, { recursive: true })
  const git = async (...args: string[]) => {
    const identity = ['-c', 'user.name=me', '-c', 'user.email=me@example.org', '-c', 'protocol.file.allow=always']
    return (await run('git', [...identity, '-C', folder, ...args])).stdout.trim()
  }
  await git('init', '--quiet', '--initial-branch=master')
  return {
    url,
    folder,
    git,
    async commit(message, files, branch = 'master') {
      for (const [file, content] of Object.entries(files)) {
        const place = path.join(folder, file)
        await mkdir(path.dirname(place), { recursive: true })
        if (content === null) await rm(place, { recursive: true })
        else await writeFile(place, content)
      }
      await git('add', '--all', '--force')
      await git('commit', '--quiet', '--allow-empty', '-m', message)
      await git('push', '--quiet', '--force', url, `HEAD:refs/heads/${branch}`)
      return git('rev-parse', 'HEAD')
    },
  }
}

/** A request that came to a gate. */
export interface GateRequest {
  readonly authorization: string | undefined
  /** What git asks for (protocol v2): `ls-refs` or `fetch`; absent where it only says hello. */
  readonly command: string | undefined
  readonly wasLetIn: boolean
}

/** Stands before the host's Git server: notes each request, and passes on what `letsIn` says. */
export async function startGitGate(
  host: SyncHost,
  letsIn: (headers: IncomingHttpHeaders) => boolean = () => true,
): Promise<{ readonly url: string; readonly requests: readonly GateRequest[]; close(): void }> {
  const requests: GateRequest[] = []
  const gate = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const wasLetIn = letsIn(request.headers)
    const command = /command=([a-z-]+)/.exec(body.toString('latin1'))?.[1]
    requests.push({ authorization: request.headers.authorization, command, wasLetIn })
    if (!wasLetIn) return void response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
    const target = new URL(request.url ?? '/', host.git.url)
    const { method = 'GET', headers } = request
    const { 'transfer-encoding': _, ...others } = headers
    const onward = httpRequest(
      target,
      {
        method,
        headers: { ...others, host: target.host, ...(body.length > 0 ? { 'content-length': body.length } : {}) },
      },
      answer => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      },
    )
    onward.end(body)
  })
  await new Promise<void>(resolve => gate.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(gate.address() as AddressInfo).port}`, requests, close: () => gate.close() }
}

/** Makes a namespace and gives its name. */
export async function newNamespace(client: Client, name: string): Promise<string> {
  await client.create(Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  return name
}

/** Makes a GitRepository with a long interval, so that only changes make it run. */
export function createGitRepository(
  client: Client,
  ref: { readonly namespace: string; readonly name: string },
  spec: Partial<GitRepository['spec']>,
): Promise<GitRepository> {
  return client.create(GitRepository, {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: ref,
    spec: { url: 'http://127.0.0.1:1/none.git', interval: '10m', ...spec },
  })
}

/** Anything with conditions. */
interface WithConditions extends KubernetesObject {
  readonly metadata?: KubernetesObject['metadata'] & { readonly generation?: number }
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly reason: string
      readonly message: string
      readonly observedGeneration?: number
    }[]
  }
}

/** Waits until Ready has that status for the current generation and `check` holds, and gives the object. */
export function untilReady<T extends WithConditions>(
  client: Client,
  type: ResourceType<T>,
  ref: { readonly namespace: string; readonly name: string },
  status: 'True' | 'False',
  check: (object: T, message: string) => boolean = () => true,
): Promise<T> {
  let last: unknown
  return eventually(
    `${type.kind} ${ref.name} is Ready=${status}`,
    async () => {
      const object = await client.fetch(type, ref)
      const ready = object.status?.conditions?.find(condition => condition.type === 'Ready')
      last = object.status?.conditions
      const isCurrent = ready?.observedGeneration === object.metadata?.generation
      const isOver = status === 'False' || !object.status?.conditions?.some(({ type }) => type === 'Reconciling')
      return ready?.status === status && isCurrent && isOver && check(object, ready.message) ? object : undefined
    },
    20_000,
  ).catch(error => {
    throw new Error(`${error.message}; last ${JSON.stringify(last)}`)
  })
}

/** Asks for a reconcile and waits until it was done. */
export async function requestReconcile<T extends WithConditions>(
  client: Client,
  type: ResourceType<T>,
  ref: { readonly namespace: string; readonly name: string },
  at: string,
): Promise<T> {
  const annotations = { 'reconcile.fluxcd.io/requestedAt': at }
  await client.patch(type, ref, { type: 'merge', body: { metadata: { annotations } } })
  return eventually(
    `${ref.name} has handled ${at}`,
    async () => {
      const object = await client.fetch(type, ref)
      // Every kind of Flux's has it in its status.
      const handled = (object.status as { lastHandledReconcileAt?: string } | undefined)?.lastHandledReconcileAt
      return handled === at ? object : undefined
    },
    20_000,
  )
}
