import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Application } from '../../api/apps/v1alpha1.ts'
import type { Client } from '../../runtime/client.ts'
import { systemClock } from '../../runtime/clock.ts'
import { newInformerSet } from '../../runtime/informer-set.ts'
import { silentLogger } from '../../runtime/log.ts'
import type { RemoteCluster, RemoteClusters } from '../../runtime/remote-clusters.ts'
import { DestinationError, newMembers } from './members.ts'
import { hostTarget } from './names.ts'

const client = {} as Client // Nothing is asked: the caches are empty and do not run.
const clusters = {} as RemoteClusters
const { signal } = new AbortController()
const informers = newInformerSet({ client, clock: systemClock, log: silentLogger, random: Math.random })
const policy = { kustomization: { interval: '1m', path: '.', prune: true } }
const application = { metadata: { name: 'web', namespace: 'default' }, spec: { source: {}, syncPolicies: [policy] } }

describe('members of an Application without a fleet', () => {
  const web = application as unknown as Application // As much of it as is read here.

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

describe('the connection to a member', () => {
  const kubeConfig = { name: 'far', key: 'value' }
  const attached = { kind: 'AttachedCluster', name: 'far', kubeConfig } as const
  const cluster = { kind: 'Cluster', name: 'far', kubeConfig } as const

  /** A host that has the Secret, and counts how often it is asked for it. */
  function connecting() {
    const read: string[] = []
    const remote = new Map<string, RemoteCluster>()
    const members = newMembers({
      client: {
        async fetch(_: unknown, ref: { readonly name: string }) {
          read.push(ref.name)
          return { data: { value: Buffer.from('config').toString('base64') } }
        },
      } as unknown as Client,
      informers,
      clusters: {
        connected: key => remote.get(key),
        connect(key) {
          const made = { client, informers }
          remote.set(key, made)
          return made
        },
        disconnect: key => void remote.delete(key),
        close: async () => {},
      },
    })
    return { members, read, remote }
  }

  it('is made from its Secret, and taken as it is while whoever probes the member keeps it', async () => {
    const { members, read, remote } = connecting()
    const first = await members.connect('default', attached, signal)
    assert.equal(await members.connect('default', attached, signal), first)
    assert.deepEqual(read, ['far'])
    remote.clear()
    await members.connect('default', attached, signal)
    assert.deepEqual(read, ['far', 'far'])
  })

  it('is that of the Secret each time where nobody probes it', async () => {
    const { members, read } = connecting()
    await members.connect('default', cluster, signal)
    await members.connect('default', cluster, signal)
    assert.deepEqual(read, ['far', 'far'])
  })
})
