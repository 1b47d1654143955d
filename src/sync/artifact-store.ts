/** Where artifacts are kept and served from: one folder, and plain HTTP over it. */
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { KubernetesObject, ResourceType } from '../apimachinery/meta.ts'
import { toTimestamp } from '../apimachinery/time.ts'
import type { Clock } from '../runtime/clock.ts'
import { sendText, startHttpServer } from '../runtime/http-server.ts'
import type { Logger } from '../runtime/log.ts'
import type { PackedArchive } from './archive.ts'

/** What a source's status says of its artifact. */
export interface Artifact {
  readonly path: string
  readonly url: string
  readonly revision: string
  readonly digest: string
  readonly size?: number
  readonly lastUpdateTime: string
  readonly metadata?: Readonly<Record<string, string>>
}

/** The object that an artifact is of. */
export interface ArtifactOwner {
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** Whose artifacts those of the object are. */
export function artifactOwner({ kind }: ResourceType, { metadata }: KubernetesObject): ArtifactOwner {
  return { kind, namespace: metadata?.namespace ?? '', name: metadata?.name ?? '' }
}

/** The artifacts of one process. */
export interface ArtifactStore {
  /** The base of all artifacts' URLs. */
  readonly url: string
  /** Stores what `produce` writes into the file that it is given. A file of that name is replaced at once. */
  store(
    owner: ArtifactOwner,
    fileName: string,
    revision: string,
    produce: (file: string) => Promise<PackedArchive>,
  ): Promise<Artifact>
  /** The artifact with the URL that it has now. */
  located<T extends { readonly path: string; readonly url: string }>(artifact: T): T
  /** What is wrong with the stored file; undefined where it is there and its digest holds. */
  problem(artifact: { readonly path: string; readonly digest: string }): Promise<string | undefined>
  /** The file of an artifact on this machine. */
  fileOf(artifact: { readonly path: string }): string
  /** Removes files of the owner other than `current` that are older than the retention, and all but the newest two. */
  collect(owner: ArtifactOwner, current: string): Promise<void>
  /** Removes everything of the owner. */
  removeAll(owner: ArtifactOwner): Promise<void>
  close(): Promise<void>
}

/** Options of {@link newArtifactStore}. */
export interface ArtifactStoreOptions {
  readonly folder: string
  readonly clock: Clock
  readonly log: Logger
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Default 0: any free one. */
  readonly port?: number
  /** `host[:port]` that consumers reach it by. Default: what it listens on. */
  readonly advertisedHost?: string
  /** How long a replaced artifact stays for those who are fetching it. Default 60,000 ms, as in Flux. */
  readonly retentionMs?: number
}

const keptFiles = 2

/** Starts a store; it creates the folder. Close it when done. */
export async function newArtifactStore(options: ArtifactStoreOptions): Promise<ArtifactStore> {
  const { folder, clock, log, host, port, retentionMs = 60_000 } = options
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const server = await startHttpServer({
    clock,
    log,
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    handler: (request, response, signal) => serveFile(folder, request, response, signal),
  })
  const url = options.advertisedHost ? `http://${options.advertisedHost}` : server.url
  const folderOf = (owner: ArtifactOwner) => path.join(owner.kind.toLowerCase(), owner.namespace, owner.name)
  const fileOf = (artifact: { readonly path: string }) => {
    const file = path.resolve(folder, artifact.path)
    if (!file.startsWith(path.resolve(folder) + path.sep)) throw new Error(`no artifact at ${artifact.path}`)
    return file
  }
  return {
    url,
    fileOf,
    async store(owner, fileName, revision, produce) {
      const artifactPath = path.posix.join(folderOf(owner), fileName)
      const file = fileOf({ path: artifactPath })
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
      // Written aside, so that nobody fetches half a file.
      const temporary = `${file}.${randomUUID()}.part`
      try {
        const { digest, sizeBytes } = await produce(temporary)
        await rename(temporary, file)
        const lastUpdateTime = toTimestamp(clock.now())
        return { path: artifactPath, url: `${url}/${artifactPath}`, revision, digest, size: sizeBytes, lastUpdateTime }
      } finally {
        await rm(temporary, { force: true })
      }
    },
    located: artifact => ({ ...artifact, url: `${url}/${artifact.path}` }),
    async problem(artifact) {
      try {
        const actual = await digestOf(fileOf(artifact))
        if (actual === artifact.digest) return undefined
        return `computed digest doesn't match '${artifact.digest}'`
      } catch (error) {
        return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'no such file' : String(error)
      }
    },
    async collect(owner, current) {
      const place = path.join(folder, folderOf(owner))
      const names = await readdir(place).catch(() => [] as string[])
      const others = await Promise.all(
        names
          .filter(name => name !== current)
          .map(async name => ({ name, at: await modifiedAt(path.join(place, name)) })),
      )
      const newestFirst = others.sort((a, b) => b.at - a.at)
      const oldest = clock.now().getTime() - retentionMs
      const gone = newestFirst.filter(({ at }, i) => at < oldest || i >= keptFiles - 1)
      await Promise.all(gone.map(({ name }) => rm(path.join(place, name), { force: true })))
    },
    async removeAll(owner) {
      await rm(path.join(folder, folderOf(owner)), { recursive: true, force: true })
    },
    close: () => server.close(),
  }
}

/** `sha256:` and the hexadecimal digest of a file. */
export async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  return `sha256:${hash.digest('hex')}`
}

async function modifiedAt(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.mtimeMs ?? 0
}

/** Plain files below the folder, by GET and HEAD; no listings, no links. */
async function serveFile(folder: string, request: IncomingMessage, response: ServerResponse, signal: AbortSignal) {
  if (request.method !== 'GET' && request.method !== 'HEAD') return sendText(response, 405, 'method not allowed\n')
  const file = servedFile(folder, request.url ?? '/')
  const found = file === undefined ? undefined : await lstat(file).catch(() => undefined)
  if (file === undefined || !found?.isFile()) return sendText(response, 404, '404 page not found\n')
  response.writeHead(200, {
    // Opaque bytes: a content encoding would make clients unpack it, and the digest is of the packed file.
    'content-type': 'application/octet-stream',
    'content-length': found.size,
    'last-modified': found.mtime.toUTCString(),
  })
  if (request.method === 'HEAD') return void response.end()
  await pipeline(createReadStream(file), response, { signal })
}

/** The file that a URL's path means; undefined where it has anything but plain names. */
function servedFile(folder: string, url: string): string | undefined {
  const parts = (url.split('?')[0] ?? '').split('/').slice(1)
  const isPlain = parts.length > 0 && parts.every(part => /^[A-Za-z0-9][\w.+~:-]*$/.test(part))
  return isPlain && !url.split('?')[0]?.endsWith('.part') ? path.join(folder, ...parts) : undefined
}
