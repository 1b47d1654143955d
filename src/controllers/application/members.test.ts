import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Application } from '../../api/apps/v1alpha1.ts'
import type { Client } from '../../runtime/client.ts'
import { systemClock } from '../../runtime/clock.ts'
import { newInformerSet } from '../../runtime/informer-set.ts'
import { silentLogger } from '../../runtime/log.ts'
import type { RemoteClusters } from '../../runtime/remote-clusters.ts'
import { DestinationError, newMembers } from './members.ts'
import { hostTarget } from './names.ts'

const client = {} as Client // Nothing is asked: the caches are empty and do not run.
const clusters = {} as RemoteClusters
const informers = newInformerSet({ client, clock: systemClock, log: silentLogger, random: Math.random })
const policy = { kustomization: { interval: '1m', path: '.', prune: true } }
const application = { metadata: { name: 'web', namespace: 'default' }, spec: { source: {}, syncPolicies: [policy] } }

describe('members of an Application without a fleet', () => {
  const web = application as unknown as Application // As much of it as is read here.
  const { signal } = new AbortController()

  it('are the host', async () => {
    const members = newMembers({ client, informers, clusters })
    assert.deepEqual(await members.targetsOf(web, policy, signal), [hostTarget])
  })

  it('are refused where the host takes no workloads', async () => {
    const members = newMembers({ client, informers, clusters, hostWorkloads: false })
    await assert.rejects(
      async () => members.targetsOf(web, policy, signal),
      (error: unknown) => error instanceof DestinationError && error.reason === 'HostNotServed',
    )
  })
})
