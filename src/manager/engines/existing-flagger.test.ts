import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { startTestCluster, type TestCluster } from '../../../test/support/cluster.ts'
import { Deployment } from '../../api/core/apps-v1.ts'
import { Lease } from '../../api/core/coordination-v1.ts'
import { toMicroTimestamp } from '../../apimachinery/time.ts'
import type { EngineInstaller, EngineMember, RolloutPlugin } from '../../controllers/fleet/engine.ts'
import { systemClock } from '../../runtime/clock.ts'
import { newInformerSet } from '../../runtime/informer-set.ts'
import { silentLogger } from '../../runtime/log.ts'
import { besideFlagger } from './existing-flagger.ts'

const now = new Date('2026-01-01T00:01:00Z')
const plugin: RolloutPlugin = { trafficRoutingProvider: 'istio' }

describe('a member that may run Flagger', () => {
  let cluster: TestCluster
  let member: EngineMember
  let calls: string[]
  before(async () => {
    cluster = await startTestCluster()
    const { client } = cluster
    const informers = newInformerSet({ client, clock: systemClock, log: silentLogger, random: Math.random })
    const ref = { namespace: 'default', name: 'm' }
    const owner = { apiVersion: 'fleet.kurator.dev/v1alpha1', kind: 'Fleet', name: 'f', uid: 'u' }
    member = { ref, fleet: 'f', cluster: { client, informers }, kubeConfig: { name: 'm', key: 'value' }, owner }
  })
  after(() => cluster.close())
  beforeEach(() => {
    calls = []
  })

  const inner: EngineInstaller = {
    async ensure() {
      calls.push('ensure')
      return { engine: 'agent', ready: true }
    },
    async remove() {
      calls.push('remove')
    },
  }
  const engineOf = async (given: RolloutPlugin = plugin) => {
    const installer = besideFlagger(inner, { clock: { now: () => now } })
    return (await installer.ensure(member, given, new AbortController().signal)).engine
  }
  const lease = (holderIdentity: string, renewTime: string): Lease => ({
    metadata: { namespace: 'default', name: 'flagger-leader-election' },
    spec: { holderIdentity, leaseDurationSeconds: 15, renewTime: toMicroTimestamp(new Date(renewTime)) },
  })
  const deployment = (labels: Readonly<Record<string, string>>, replicas: number): Deployment => ({
    metadata: { namespace: 'default', name: 'flagger', labels: { 'app.kubernetes.io/name': 'flagger', ...labels } },
    spec: {
      replicas,
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'flagger', image: 'flagger' }] } },
    },
  })

  const cases: readonly {
    name: string
    has: { lease?: Lease; deployment?: Deployment }
    want: string
    calls: string[]
  }[] = [
    { name: 'gets its engine where there is none', has: {}, want: 'agent', calls: ['ensure'] },
    {
      name: 'is left to a Flagger that leads',
      has: { lease: lease('flagger-7d9c_1', '2026-01-01T00:00:50Z') },
      want: 'flagger',
      calls: ['remove'],
    },
    {
      name: 'gets its engine where the Lease of a Flagger is old',
      has: { lease: lease('flagger-7d9c_1', '2026-01-01T00:00:00Z') },
      want: 'agent',
      calls: ['ensure'],
    },
    {
      name: "keeps Serin's agent, which holds the Lease by the same name",
      has: { lease: lease('istio-system-serin-agent-m-5f_1', '2026-01-01T00:00:50Z') },
      want: 'agent',
      calls: ['ensure'],
    },
    {
      name: 'is left to a Flagger whose Deployment is there',
      has: { deployment: deployment({}, 1) },
      want: 'flagger',
      calls: ['remove'],
    },
    {
      name: 'gets its engine where that Deployment was scaled to nothing',
      has: { deployment: deployment({}, 0) },
      want: 'agent',
      calls: ['ensure'],
    },
    {
      name: "is not left alone because of the Fleet's own Flagger",
      has: { deployment: deployment({ 'helm.toolkit.fluxcd.io/name': 'flagger-m' }, 1) },
      want: 'agent',
      calls: ['ensure'],
    },
  ]
  for (const c of cases) {
    it(c.name, async t => {
      const { client } = cluster
      const ref = { namespace: 'default' }
      if (c.has.lease) await client.create(Lease, c.has.lease)
      if (c.has.deployment) await client.create(Deployment, c.has.deployment)
      t.after(async () => {
        if (c.has.lease) await client.delete(Lease, { ...ref, name: 'flagger-leader-election' })
        if (c.has.deployment) await client.delete(Deployment, { ...ref, name: 'flagger' })
      })
      assert.equal(await engineOf(), c.want)
      assert.deepEqual(calls, c.calls)
    })
  }

  it('gets what the Fleet names, where that is the chart of Flagger', async () => {
    await cluster.client.create(Deployment, deployment({}, 1))
    assert.equal(await engineOf({ ...plugin, chart: { name: 'flagger' } }), 'agent')
    assert.deepEqual(calls, ['ensure'])
  })
})
