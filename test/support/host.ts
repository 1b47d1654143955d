/** The manager's side of a host, for tests of what it does there. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startHost } from '../../src/manager/host.ts'
import type { Host, HostOptions } from '../../src/manager/host-options.ts'
import type { Client } from '../../src/runtime/client.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { silentLogger } from '../../src/runtime/log.ts'
import { newTestClusters } from './clusters.ts'

/** Starts it; the engines of its members are ready from the beginning. Closing it ends what it has opened. */
export async function startTestHost(client: Client, more: Partial<HostOptions> = {}): Promise<Pick<Host, 'close'>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'serin-host-'))
  const clusters = newTestClusters()
  const host = await startHost({
    client,
    clusters,
    clock: systemClock,
    random: Math.random,
    log: silentLogger,
    engines: { ensure: async () => ({ engine: 'agent', ready: true }), remove: async () => {} },
    artifactsFolder: folder,
    ...more,
  })
  return {
    async close() {
      await host.close()
      await clusters.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
