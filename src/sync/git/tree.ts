/** The files of a commit, read out of the object store: no working tree, so no hooks, filters or links. */
import path from 'node:path'
import { RefusedError, type SyncLimits } from '../limits.ts'
import { parseGitUrl } from './access.ts'
import { GitReferenceError } from './reference.ts'
import type { GitCopy } from './repository.ts'

/** A file that can be read when it is needed. */
export interface TreeEntry {
  readonly path: string
  readonly isExecutable: boolean
  readonly sizeBytes: number
  readonly source: { readonly copy: GitCopy; readonly oid: string } | { readonly content: Buffer }
}

/** A submodule that a tree names. */
export interface Submodule {
  readonly path: string
  readonly url: string
  readonly commit: string
}

/**
 * The plain files of a commit; links are left out. Submodules come apart.
 * @throws RefusedError where there is more than `limits` allow
 */
export async function readTree(
  copy: GitCopy,
  commit: string,
  limits: SyncLimits,
): Promise<{ readonly files: readonly TreeEntry[]; readonly links: readonly { path: string; commit: string }[] }> {
  const listing = await copy.read(['ls-tree', '-r', '-l', '-z', '--full-tree', commit])
  const files: TreeEntry[] = []
  const links: { path: string; commit: string }[] = []
  let treeBytes = 0
  for (const line of listing.toString('utf8').split('\0')) {
    const [, mode = '', type = '', oid = '', size = '', name = ''] =
      /^(\d+) (\w+) ([0-9a-f]+) +(\S+)\t([\s\S]+)$/.exec(line) ?? []
    if (type === 'commit') links.push({ path: name, commit: oid })
    if (type !== 'blob' || mode === '120000') continue
    const sizeBytes = Number(size)
    treeBytes += sizeBytes
    checkName(name, limits)
    if (sizeBytes > limits.fileBytes) {
      throw new RefusedError(`${JSON.stringify(name)} has ${sizeBytes} bytes, more than ${limits.fileBytes}`)
    }
    files.push({ path: name, isExecutable: mode === '100755', sizeBytes, source: { copy, oid } })
  }
  if (treeBytes > limits.treeBytes) throw new RefusedError(`the tree has more than ${limits.treeBytes} bytes`)
  if (files.length > limits.files)
    throw new RefusedError(`the tree has ${files.length} files, more than ${limits.files}`)
  return { files, links }
}

function checkName(name: string, limits: SyncLimits): void {
  const parts = name.split('/')
  if (parts.some(part => part === '' || part === '.' || part === '..') || name.includes('\\')) {
    throw new RefusedError(`the file name ${JSON.stringify(name)} is not allowed`)
  }
  if (parts.length > limits.depth) throw new RefusedError(`${JSON.stringify(name)} is more than ${limits.depth} deep`)
}

/** The submodules of a commit, with URLs that lead from that of the repository. */
export async function readSubmodules(
  copy: GitCopy,
  commit: string,
  links: readonly { readonly path: string; readonly commit: string }[],
): Promise<readonly Submodule[]> {
  if (links.length === 0) return []
  const listing = await copy.read(['config', '--blob', `${commit}:.gitmodules`, '--list', '-z'])
  const settings = new Map<string, { path?: string; url?: string }>()
  for (const line of listing.toString('utf8').split('\0')) {
    const [, name = '', key = '', value = ''] = /^submodule\.([\s\S]+)\.(path|url)\n([\s\S]*)$/.exec(line) ?? []
    if (name) settings.set(name, { ...settings.get(name), [key]: value })
  }
  return links.map(link => {
    const found = [...settings.values()].find(setting => setting.path === link.path)
    if (!found?.url) throw new GitReferenceError(`no url found for submodule path '${link.path}' in .gitmodules`)
    return { ...link, url: submoduleUrl(copy.access.url, found.url) }
  })
}

function submoduleUrl(parent: string, url: string): string {
  if (!/^\.\.?\//.test(url)) return parseGitUrl(url).href
  const resolved = new URL(parent)
  resolved.pathname = path.posix.join(resolved.pathname, url)
  return resolved.href
}

/** One call of git reads at most this much, so that memory stays bounded. */
const batchBytes = 16 << 20

/** The contents of the entries, in their order. */
export async function* readContents(
  entries: readonly TreeEntry[],
): AsyncGenerator<{ readonly entry: TreeEntry; readonly content: Buffer }> {
  for (let start = 0; start < entries.length; ) {
    const first = entries[start] as TreeEntry // Below the length.
    if ('content' in first.source) {
      yield { entry: first, content: first.source.content }
      start += 1
      continue
    }
    const { copy } = first.source
    const batch: TreeEntry[] = []
    let bytes = 0
    for (let i = start; i < entries.length; i++) {
      const entry = entries[i] as TreeEntry // Below the length.
      if (!('copy' in entry.source) || entry.source.copy !== copy) break
      if (batch.length > 0 && bytes + entry.sizeBytes > batchBytes) break
      batch.push(entry)
      bytes += entry.sizeBytes
    }
    yield* readBlobs(copy, batch, bytes)
    start += batch.length
  }
}

async function* readBlobs(copy: GitCopy, batch: readonly TreeEntry[], bytes: number) {
  const oids = batch.map(({ source }) => ('oid' in source ? source.oid : ''))
  const headerBytes = 128 * batch.length
  const output = await copy.read(['cat-file', '--batch'], {
    input: `${oids.join('\n')}\n`,
    maxOutputBytes: bytes + headerBytes,
  })
  let at = 0
  for (const entry of batch) {
    // `<oid> blob <size>\n<content>\n`
    const end = output.indexOf(0x0a, at)
    const size = Number(output.toString('latin1', at, end).split(' ')[2])
    if (!Number.isInteger(size)) throw new GitReferenceError(`git has no content for ${JSON.stringify(entry.path)}`)
    yield { entry, content: output.subarray(end + 1, end + 1 + size) }
    at = end + 1 + size + 1
  }
}
