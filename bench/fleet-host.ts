// The host's controllers in a process of their own, for fleet.ts: so that their CPU, memory and requests can be told apart.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startHost } from '../src/manager/host.ts'
import type { Client } from '../src/runtime/client.ts'
import { systemClock } from '../src/runtime/clock.ts'
import { newClient } from '../src/runtime/http-client.ts'
import { silentLogger } from '../src/runtime/log.ts'
import { newRemoteClusters, type RemoteCluster } from '../src/runtime/remote-clusters.ts'
import { type CountedClient, counted } from '../test/support/counted-client.ts'

process.once('message', async (kubeconfig: string) => {
  const shared = { clock: systemClock, random: Math.random, log: silentLogger }
  const host = counted(newClient({ kubeconfig, clock: systemClock }))
  const remote = newRemoteClusters({ ...shared, userAgent: 'serin-bench' })
  const members = new Map<Client, { readonly counts: CountedClient; readonly cluster: RemoteCluster }>()
  const clusters = {
    ...remote,
    connected: (key: string) => members.get(remote.connected(key)?.client as Client)?.cluster,
    connect(key: string, text: string): RemoteCluster {
      const { client, informers } = remote.connect(key, text)
      const known = members.get(client)
      if (known) return known.cluster
      const counts = counted(client)
      const cluster = { client: counts.client, informers }
      members.set(client, { counts, cluster })
      return cluster
    },
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'serin-bench-fleet-'))
  await startHost({
    ...shared,
    client: host.client,
    clusters,
    // What members do by themselves is measured by rollout.ts.
    engines: { ensure: async () => ({ engine: 'agent', ready: true }), remove: async () => {} },
    artifactsFolder: folder,
  })
  process.on('message', () => {
    // Git and kustomize run as children.
    const [own, children] = [process.resourceUsage(), childrenCpuMs()]
    process.send?.({
      host: Object.fromEntries(host.counts),
      members: sum([...members.values()].map(({ counts }) => counts.counts)),
      cpuMs: (own.userCPUTime + own.systemCPUTime) / 1000 + children,
      rssBytes: process.memoryUsage.rss(),
    })
  })
  process.on('disconnect', async () => {
    await rm(folder, { recursive: true, force: true })
    process.exit(0)
  })
  process.send?.('started')
})

function sum(all: readonly ReadonlyMap<string, number>[]): Record<string, number> {
  const result: Record<string, number> = {}
  for (const counts of all) for (const [name, count] of counts) result[name] = (result[name] ?? 0) + count
  return result
}

/** CPU time of the children that have ended. */
function childrenCpuMs(): number {
  const { readFileSync } = process.getBuiltinModule('node:fs')
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  // In ticks of 10 ms (USER_HZ).
  return (Number(fields[13]) + Number(fields[14])) * 10
}
