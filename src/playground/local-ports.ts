/** The ports of a local set, kept over restarts so that addresses that somebody noted down stay right. */
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'
import type { GitServer } from './git/server.ts'
import type { Member, MemberPorts } from './member.ts'

/** The ports used last; what is absent was never used. */
export interface LocalPorts {
  readonly git?: number
  /** By the clusters' names. */
  readonly clusters?: Readonly<Record<string, Partial<MemberPorts>>>
}

const fileIn = (dir: string) => path.join(dir, 'ports.json')

/** Those used last in `dir`; none where that is not known. */
export async function readPorts(dir: string): Promise<LocalPorts> {
  try {
    return JSON.parse(await readFile(fileIn(dir), 'utf8')) as LocalPorts // written by writePorts
  } catch {
    return {}
  }
}

/** Notes the ports in use down. */
export async function writePorts(dir: string, git: GitServer, members: readonly Member[]): Promise<void> {
  const portOf = (url: string) => Number(new URL(url).port)
  const clusters = Object.fromEntries(
    members.map(({ name, proxyUrl, gatewayUrl, prometheusUrl, targetsUrl }) => [
      name,
      { proxy: portOf(proxyUrl), gateway: portOf(gatewayUrl), prometheus: portOf(targetsUrl ?? prometheusUrl) },
    ]),
  )
  await writeFile(fileIn(dir), JSON.stringify({ git: portOf(git.url), clusters } satisfies LocalPorts))
}

/** `wanted` where nobody listens there, else 0: any free one. */
export async function freePort(wanted: number | undefined): Promise<number> {
  if (!wanted) return 0
  const server = createServer()
  return new Promise(resolve => {
    server.once('error', () => resolve(0))
    server.listen(wanted, '127.0.0.1', () => server.close(() => resolve(wanted)))
  })
}
