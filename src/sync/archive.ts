/** Artifacts as files: a tar.gz that depends on its content alone, and unpacking that trusts nobody. */
import { createHash } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { extract, pack } from 'tar-stream'
import { RefusedError, type SyncLimits } from './limits.ts'

/** One file of a tree. The path has no `./` and only forward slashes. */
export interface TreeFile {
  readonly path: string
  readonly isExecutable: boolean
  readonly content: Buffer
}

/** What was written. */
export interface PackedArchive {
  /** `sha256:` and 64 hexadecimal digits of the file. */
  readonly digest: string
  readonly sizeBytes: number
}

const epoch = new Date(0)
const owner = { uid: 0, gid: 0, mtime: epoch }

/**
 * Packs a tree into `file`. `folders` and `files` come in the order in which they are stored: each folder before
 * what is in it. Modes, times and owners are fixed, so that equal trees give equal archives.
 */
export async function packArchive(
  file: string,
  entries: AsyncIterable<TreeFile | { readonly folder: string }>,
  limits: SyncLimits,
  signal: AbortSignal,
): Promise<PackedArchive> {
  const tar = quiet(pack())
  const hash = createHash('sha256')
  let sizeBytes = 0
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sizeBytes += chunk.length
      hash.update(chunk)
      done(sizeBytes > limits.archiveBytes ? tooLarge('the archive', limits.archiveBytes) : null, chunk)
    },
  })
  const fill = async () => {
    try {
      await add(tar, { ...owner, name: '.', type: 'directory', mode: 0o750 })
      for await (const entry of entries) {
        signal.throwIfAborted()
        if ('folder' in entry) await add(tar, { ...owner, name: entry.folder, type: 'directory', mode: 0o750 })
        else await add(tar, { ...owner, name: entry.path, mode: entry.isExecutable ? 0o700 : 0o600 }, entry.content)
      }
      tar.finalize()
    } catch (error) {
      tar.destroy(error as Error)
      throw error
    }
  }
  await Promise.all([
    pipeline(tar, createGzip(), measure, createWriteStream(file, { mode: 0o600 }), { signal }),
    fill(),
  ])
  return { digest: `sha256:${hash.digest('hex')}`, sizeBytes }
}

/**
 * Whoever reads or writes the stream hears of its error; when they have left already, as with an abort, it must not end the
 * process, as errors of these streams do that have no listener.
 */
function quiet<T extends Pick<EventEmitter, 'on'>>(stream: T): T {
  stream.on('error', () => {})
  return stream
}

function add(tar: ReturnType<typeof pack>, header: Parameters<typeof tar.entry>[0], content?: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error | null) => (error ? reject(error) : resolve())
    quiet(content === undefined ? tar.entry(header, done) : tar.entry(header, content, done))
  })
}

/** The files of an archive, as they come. Links and devices are left out; folders are implied by paths. */
export async function* readArchive(
  file: string,
  limits: SyncLimits,
  signal: AbortSignal,
): AsyncGenerator<TreeFile & { readonly isFolder: boolean }> {
  const tar = quiet(extract())
  const source = pipeline(createReadStream(file), createGunzip(), tar, { signal })
  // The loop below sees the same error; it must not go unhandled where the caller leaves early.
  source.catch(() => {})
  let [treeBytes, count] = [0, 0]
  for await (const entry of tar) {
    quiet(entry)
    const { name, type, size = 0, mode = 0 } = entry.header
    const clean = cleanPath(name, limits)
    treeBytes += size
    count += 1
    if (size > limits.fileBytes) throw tooLarge(JSON.stringify(clean), limits.fileBytes)
    if (treeBytes > limits.treeBytes) throw tooLarge('the unpacked tree', limits.treeBytes)
    if (count > limits.files) throw new RefusedError(`the archive has more than ${limits.files} files`)
    if ((type !== 'file' && type !== 'directory') || clean === '') {
      entry.resume()
      continue
    }
    const chunks: Buffer[] = []
    for await (const chunk of entry) chunks.push(chunk as Buffer)
    yield {
      path: clean,
      isFolder: type === 'directory',
      isExecutable: (mode & 0o111) !== 0,
      content: Buffer.concat(chunks),
    }
  }
  await source
}

/**
 * Unpacks an archive into an empty folder: plain files and folders only, readable by this user alone.
 * @throws RefusedError where it is larger than allowed or a name points elsewhere
 */
export async function unpackArchive(
  file: string,
  folder: string,
  limits: SyncLimits,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const made = new Set<string>([folder])
  const ensure = async (wanted: string) => {
    if (made.has(wanted)) return
    await mkdir(wanted, { recursive: true, mode: 0o700 })
    made.add(wanted)
  }
  for await (const entry of readArchive(file, limits, signal)) {
    const target = path.join(folder, entry.path)
    await ensure(entry.isFolder ? target : path.dirname(target))
    // `wx`: two entries of one name are not from us, and a second could only mean harm.
    if (!entry.isFolder) await writeFile(target, entry.content, { mode: 0o600, flag: 'wx' })
  }
}

/** @throws RefusedError where the name is absolute, leads up or has a backslash */
function cleanPath(name: string, limits: SyncLimits): string {
  const parts = name.split('/').filter(part => part !== '' && part !== '.')
  if (name === '' || name.startsWith('/') || name.includes('\\') || name.includes('\0') || parts.includes('..')) {
    throw new RefusedError(`tar contained invalid name error ${JSON.stringify(name)}`)
  }
  if (parts.length > limits.depth) throw new RefusedError(`${JSON.stringify(name)} is more than ${limits.depth} deep`)
  return parts.join('/')
}

function tooLarge(what: string, bytes: number): RefusedError {
  return new RefusedError(`${what} is larger than ${bytes} bytes`)
}
