/** What a dashboard in a cluster does, so that every right of its role is used. */
import assert from 'node:assert/strict'
import { Application } from '../../src/api/apps/v1alpha1.ts'
import { AttachedCluster } from '../../src/api/cluster/v1alpha1.ts'
import { Event } from '../../src/api/core/core-v1.ts'
import { Canary } from '../../src/api/flagger/v1beta1.ts'
import { Fleet } from '../../src/api/fleet/v1alpha1.ts'
import { startDashboard } from '../../src/dashboard/server.ts'
import type { Client } from '../../src/runtime/client.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { newInformerSet } from '../../src/runtime/informer-set.ts'
import { silentLogger } from '../../src/runtime/log.ts'
import { eventually } from '../support/eventually.ts'
import { canary } from '../support/rollout.ts'
import type { Access } from './access.ts'
import type { RoleCase } from './role.ts'

/** What the cases work with. */
interface DashboardEnv {
  readonly client: Client
  /** Of the dashboard that runs. */
  url?: string
  close(): Promise<void>
}

/** Starts one over the cluster, which is its own member. */
export async function startDashboardAs(env: DashboardEnv, access: Access): Promise<{ close(): Promise<void> }> {
  const client = access.newClient()
  const shared = { clock: systemClock, random: Math.random, log: silentLogger }
  const informers = newInformerSet({ ...shared, client })
  const server = await startDashboard({ clusters: [{ name: 'host', client, informers }], ...shared })
  const stop = new AbortController()
  const running = informers.run(stop.signal).catch(() => {})
  env.url = server.url
  return {
    async close() {
      stop.abort()
      await running
      await server.close()
      await client.close()
    },
  }
}

/** All of them. */
export const dashboardCases: readonly RoleCase<DashboardEnv>[] = [
  {
    name: 'it shows the fleet, what is delivered, and what happened to a rollout',
    async run({ client, url = '' }, ns) {
      await client.create(AttachedCluster, {
        apiVersion: 'cluster.kurator.dev/v1alpha1',
        kind: 'AttachedCluster',
        metadata: { name: `${ns}-member`, namespace: ns },
        spec: { kubeconfig: { name: 'none', key: 'value' } },
      })
      await client.create(Fleet, {
        apiVersion: 'fleet.kurator.dev/v1alpha1',
        kind: 'Fleet',
        metadata: { name: `${ns}-fleet`, namespace: ns },
        spec: { clusters: [{ kind: 'AttachedCluster', name: `${ns}-member` }] },
      })
      await client.create(Application, {
        apiVersion: 'apps.kurator.dev/v1alpha1',
        kind: 'Application',
        metadata: { name: `${ns}-application`, namespace: ns },
        spec: {
          source: { gitRepository: { interval: '10m', url: 'http://127.0.0.1:1/none.git' } },
          syncPolicies: [{ kustomization: { interval: '10m', path: './', prune: true } }],
        },
      })
      const { metadata } = await client.create(Canary, canary(ns, { interval: '10s' }))
      await client.create(Event, {
        metadata: { name: 'told', namespace: ns },
        involvedObject: { kind: 'Canary', namespace: ns, name: 'podinfo', uid: metadata.uid ?? '' },
        type: 'Normal',
        reason: 'Synced',
        message: `told of ${ns}`,
      })
      const read = async (path: string) => (await fetch(`${url}${path}`)).text()
      await eventually('it shows them', async () => {
        const state = await read('/api/state')
        return [`${ns}-member`, `${ns}-fleet`, `${ns}-application`, `"namespace":"${ns}"`].every(each =>
          state.includes(each),
        )
      })
      assert.match(await read(`/api/rollout?cluster=host&namespace=${ns}&canary=podinfo`), new RegExp(`told of ${ns}`))
      // A watch opens once the first list has been read.
      await client.delete(Canary, { namespace: ns, name: 'podinfo' })
      await eventually(
        'it sees the rollout go',
        async () => !(await read('/api/state')).includes(`"namespace":"${ns}","name":"podinfo"`),
      )
    },
  },
]
