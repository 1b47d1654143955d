import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Deployment } from '../../../src/api/core/apps-v1.ts'
import { Namespace } from '../../../src/api/core/core-v1.ts'
import { Canary } from '../../../src/api/flagger/v1beta1.ts'
import { Fleet } from '../../../src/api/fleet/v1alpha1.ts'
import { startTestCluster, type TestCluster } from '../../support/cluster.ts'
import { attachMember } from '../../support/clusters.ts'
import { eventually } from '../../support/eventually.ts'
import { newReplicas, type Replica, type Replicas } from '../../support/replicas.ts'
import { applyObject, canary, deployment } from '../../support/rollout.ts'
import { followRollout, type RolloutHistory } from '../../support/rollout-history.ts'
import { type ScriptedPrometheus, startScriptedPrometheus } from '../../support/scripted-prometheus.ts'
import { simulatePods } from '../../support/simulated-pods.ts'

const namespace = 'web'
const leaseFlags = ['lease-duration=3s', 'renew-deadline=2500ms', 'retry-period=250ms'].map(
  flag => `--leader-election-${flag}`,
)
const patienceMs = 180_000

describe('managers that stand in for one another', { timeout: 480_000 }, () => {
  let host: TestCluster
  let member: TestCluster
  let prometheus: ScriptedPrometheus
  let history: RolloutHistory
  let replicas: Replicas
  let folder: string
  let stopPods: () => Promise<void>
  let leader: Replica | undefined
  const released: number[] = []

  before(async () => {
    ;[host, member] = await Promise.all([startTestCluster({ crds: true }), startTestCluster({ crds: true })])
    folder = await mkdtemp(path.join(tmpdir(), 'serin-managers-'))
    prometheus = await startScriptedPrometheus()
    await member.client.create(Namespace, { metadata: { name: namespace } })
    stopPods = await simulatePods(member.client, 100, namespace)
    history = await followRollout(member.client, namespace)
    await attach(host, member)
    replicas = newReplicas({
      api: host.api,
      folder,
      args: [
        'manager',
        '--engines',
        'hub',
        '--enable-leader-election',
        '--metrics-server',
        prometheus.url,
        ...leaseFlags,
      ],
      onWrite({ path: at, body }, replica) {
        const lease = at.includes('/leases/serin-manager')
        if (lease && body.includes('"holderIdentity":""')) released.push(replica.number)
        else if (lease || at.endsWith('/leases')) leader = replica
      },
    })
    await Promise.all([replicas.add(), replicas.add()])
  })
  after(async () => {
    await replicas?.close()
    await history?.close()
    await stopPods?.()
    await prometheus?.close()
    await member?.close()
    await host?.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  const inPhase = (phase: string) =>
    eventually(`the canary is ${phase}`, () => history.steps.at(-1)?.startsWith(`${phase} `), patienceMs)
  const release = (message: string) => applyObject(member.client, deployment(namespace, [`--ui-message=${message}`], 0))
  const steps = ['Progressing 0', 'Progressing 30', 'Promoting 30', 'Finalising 0', 'Succeeded 0']

  it('run the engines of members that have none of their own', async () => {
    await member.client.create(Deployment, deployment(namespace, ['--ui-message=first'], 1))
    await member.client.create(Canary, canary(namespace, { interval: '10s', stepWeight: 30, maxWeight: 30 }))
    await inPhase('Initialized')
  })

  it('go on with the rollouts of members when the leader is killed', async () => {
    history.forget()
    await release('second')
    await eventually('the canary has traffic', () => history.steps.includes('Progressing 30'), patienceMs)
    const killed = leader
    killed?.kill('SIGKILL')
    assert.equal(await killed?.ended, 'SIGKILL')
    await inPhase('Succeeded')
    assert.deepEqual(history.steps, steps)
    assert.equal(history.promoted.length, 1)
    assert.notEqual(leader?.number, killed?.number)
  })

  it('end the engines before they give up the Lease, so that no two work on one member', async () => {
    history.forget()
    await release('third')
    await eventually('the canary has traffic', () => history.steps.includes('Progressing 30'), patienceMs)
    const asked = leader
    asked?.kill('SIGTERM')
    assert.equal(await asked?.ended, 0)
    assert.deepEqual(released, [asked?.number])
    await inPhase('Succeeded')
    assert.deepEqual(history.steps, steps)
    assert.equal(history.promoted.length, 1)
  })
})

async function attach(host: TestCluster, member: TestCluster): Promise<void> {
  await host.client.create(Namespace, { metadata: { name: 'kube-system' } }).catch(() => {}) // It may be there.
  await attachMember(host.client, { name: 'east', namespace: 'default' }, member.api.kubeconfig)
  await host.client.create(Fleet, {
    apiVersion: 'fleet.kurator.dev/v1alpha1',
    kind: 'Fleet',
    metadata: { name: 'quickstart', namespace: 'default' },
    spec: {
      clusters: [{ kind: 'AttachedCluster', name: 'east' }],
      plugin: { flagger: { trafficRoutingProvider: 'istio' } },
    },
  })
}
