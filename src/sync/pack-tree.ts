/** From the files of a source to its artifact: ignore rules, order, folders. */
import { type PackedArchive, packArchive, type TreeFile } from './archive.ts'
import { readContents, type TreeEntry } from './git/tree.ts'
import { type IgnoreFilter, newIgnoreFilter } from './ignore-files.ts'
import type { SyncLimits } from './limits.ts'

/** Packs what the ignore rules leave; `.sourceignore` files count in their folders, `ignore` at the root. */
export async function packTree(
  file: string,
  entries: readonly TreeEntry[],
  options: { readonly ignore?: string; readonly limits: SyncLimits; readonly signal: AbortSignal },
): Promise<PackedArchive> {
  const isIgnored = await filterOf(entries, options.ignore)
  return packArchive(file, inWalkOrder(entries, isIgnored), options.limits, options.signal)
}

async function filterOf(entries: readonly TreeEntry[], ignore: string | undefined): Promise<IgnoreFilter> {
  const texts = []
  for await (const { entry, content } of readContents(
    entries.filter(({ path }) => /(^|\/)\.sourceignore$/.test(path)),
  )) {
    texts.push({ folder: folderOf(entry.path), text: content.toString('utf8') })
  }
  return newIgnoreFilter(texts, ignore)
}

/** Depth first, names in lexical order, each folder before what is in it. */
async function* inWalkOrder(
  entries: readonly TreeEntry[],
  isIgnored: IgnoreFilter,
): AsyncGenerator<TreeFile | { readonly folder: string }> {
  const sorted = entries
    .map(entry => ({ entry, parts: entry.path.split('/') }))
    .sort((a, b) => comparePaths(a.parts, b.parts))
    .map(({ entry }) => entry)
  const seen = new Set<string>()
  // Folders whose files are all ignored are kept, unless they are ignored themselves.
  const newFolders = (path: string) =>
    parentsOf(path).filter(folder => !seen.has(folder) && seen.add(folder) && !isIgnored(folder, true))
  const kept = sorted.filter(({ path }) => !isIgnored(path, false))
  const contents = readContents(kept)
  const isKept = new Set(kept)
  for (const entry of sorted) {
    for (const folder of newFolders(entry.path)) yield { folder }
    if (!isKept.has(entry)) continue
    const next = await contents.next()
    if (next.done) return
    const { path, isExecutable } = next.value.entry
    yield { path, isExecutable, content: next.value.content }
  }
}

function comparePaths(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [left = '', right = ''] = [a[i], b[i]]
    if (left !== right) return left < right ? -1 : 1
  }
  return a.length - b.length
}

function parentsOf(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'))
}

function folderOf(path: string): string {
  return path.split('/').slice(0, -1).join('/')
}
