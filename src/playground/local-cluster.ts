/** The local cluster set: one host and its members, each a whole cluster, and a Git server, in one process tree. */
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { allKinds } from '../api/all-kinds.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Logger } from '../runtime/log.ts'
import { type GitServer, startGitServer } from './git/server.ts'
import type { ImageMapping } from './kubelet/images.ts'
import { freePort, readPorts, writePorts } from './local-ports.ts'
import { type Member, type MemberPorts, startMember } from './member.ts'
import type { RealPrometheusChoice } from './prometheus/external/choice.ts'
import { newSharedParts, type SharedParts } from './shared-parts.ts'

/** What the set is made of. */
export interface LocalClusterOptions {
  /** Everything is kept here: kubeconfigs, objects, Git repositories, pods' files. */
  readonly dir: string
  /** Whether objects survive a restart. */
  readonly durable: boolean
  /** Names of the members beside the host. */
  readonly members: readonly string[]
  readonly images: readonly ImageMapping[]
  /** Instead of the embedded Prometheus of each cluster. */
  readonly prometheus?: RealPrometheusChoice
  readonly clock: Clock
  /** Numbers from 0 up to but without 1. */
  readonly random: () => number
  readonly log: Logger
}

/** A running set. */
export interface LocalCluster {
  readonly host: Member
  readonly members: readonly Member[]
  readonly git: GitServer
  /** The kubeconfig file of a cluster. */
  kubeconfigOf(name: string): string
  /** Ends everything; nothing of it runs then. */
  close(): Promise<void>
}

/** The host's name. */
export const hostName = 'host'

/** Starts the set; resolves when all of it serves. Throws what the first part that failed says, with nothing left. */
export async function startLocalCluster(options: LocalClusterOptions): Promise<LocalCluster> {
  const { dir, clock, log } = options
  const kubeconfigOf = (name: string) => path.join(dir, 'kubeconfig', `${name}.config`)
  await mkdir(path.join(dir, 'kubeconfig'), { recursive: true })
  const names = [hostName, ...options.members]
  const last = await readPorts(dir)
  const shared = newSharedParts(allKinds)
  const closeAll = async (parts: readonly { close(): Promise<void> }[]) => {
    // Whatever becomes of the others, no process of a pod is left.
    await Promise.allSettled(parts.map(part => part.close()))
    await shared.close()
  }
  const started = await Promise.allSettled([
    startGitServer({ folder: path.join(dir, 'git'), port: await freePort(last.git), clock, log }),
    ...names.map((name, index) => startOne(options, shared, name, index + 1, last.clusters?.[name])),
  ])
  const failed = started.find(result => result.status === 'rejected')
  if (failed) {
    await closeAll(started.flatMap(result => (result.status === 'fulfilled' ? [result.value] : [])))
    throw failed.reason
  }
  const [git, host, ...members] = started.map(result => (result as PromiseFulfilledResult<unknown>).value) as [
    GitServer,
    Member,
    ...Member[],
  ]
  for (const member of [host, ...members]) {
    await writeFile(kubeconfigOf(member.name), member.api.kubeconfig, { mode: 0o600 })
  }
  await writePorts(dir, git, [host, ...members])
  return {
    host,
    members,
    git,
    kubeconfigOf,
    async close() {
      await closeAll([git, host, ...members])
    },
  }
}

async function startOne(
  options: LocalClusterOptions,
  shared: SharedParts,
  name: string,
  index: number,
  last: Partial<MemberPorts> = {},
): Promise<Member> {
  const { dir, durable, images, prometheus, clock, random, log } = options
  return startMember({
    name,
    // 127.0.0.0/16 is everybody's; the members' networks begin well above it.
    network: 10 + index,
    kinds: allKinds,
    shared,
    ...(durable ? { dir: path.join(dir, 'clusters', name) } : {}),
    podFolder: path.join(dir, 'pods'),
    images,
    ...(prometheus ? { prometheus } : {}),
    clock,
    random,
    log: log.with({ cluster: name }),
    ports: {
      proxy: await freePort(last.proxy),
      gateway: await freePort(last.gateway),
      prometheus: await freePort(last.prometheus),
    },
  })
}
