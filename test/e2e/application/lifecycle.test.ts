import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Application } from '../../../src/api/apps/v1alpha1.ts'
import { AttachedCluster } from '../../../src/api/cluster/v1alpha1.ts'
import { Deployment } from '../../../src/api/core/apps-v1.ts'
import { Namespace } from '../../../src/api/core/core-v1.ts'
import { Canary } from '../../../src/api/flagger/v1beta1.ts'
import { Fleet } from '../../../src/api/fleet/v1alpha1.ts'
import { Kustomization } from '../../../src/api/kustomize/v1.ts'
import { parseYaml } from '../../../src/apimachinery/yaml.ts'
import { eventually } from '../../support/eventually.ts'
import { startTestFleet, type TestFleet } from '../../support/fleet.ts'

const manifest = path.join(import.meta.dirname, '../../examples/applications/canary.yaml')
const application = parseYaml(readFileSync(manifest, 'utf8')) as unknown as Application // checked by its own tests
const ref = { namespace: 'default', name: 'rollout-demo' }
const canaryRef = { namespace: 'webapp', name: 'backend' }
const names = ['kurator-member1', 'kurator-member2']
// Generous for slow machines; what has to be quick is measured by benchmarks.
const withinMs = 20_000

describe('an Application over its life', { timeout: 180_000 }, () => {
  let fleet: TestFleet
  before(async () => {
    fleet = await startTestFleet(names)
  })
  after(() => fleet.close())

  const member = (name: string) => {
    const cluster = fleet.members[name]
    assert.ok(cluster)
    return cluster
  }
  const canaryOn = (name: string) => member(name).client.fetchIfExists(Canary, canaryRef)
  const current = () => fleet.host.client.fetch(Application, ref)
  const conditionOf = async (type: string) =>
    (await current()).status?.conditions?.find(condition => condition.type === type)
  const patch = (spec: object) =>
    fleet.host.client.patch(Application, ref, { type: 'merge', body: JSON.parse(JSON.stringify({ spec })) })

  it('finds its members ready, with their engines', async () => {
    const ready = await eventually(
      'the Fleet is ready',
      async () => {
        const { status } = await fleet.host.client.fetch(Fleet, { namespace: 'default', name: 'quickstart' })
        return status?.readyClusters === 2 ? status : undefined
      },
      withinMs,
    )
    assert.deepEqual(
      ready.members?.map(({ name, ready: is, engine }) => [name, is, engine]),
      names.map(name => [name, true, 'agent']),
    )
    assert.deepEqual([...fleet.engines.ensured].sort(), names)
  })

  it('becomes one sync a policy and member, and a Canary in every member', async () => {
    await fleet.host.client.create(Application, application)
    for (const name of names) await eventually(`${name} has the Canary`, () => canaryOn(name), withinMs)
    const { items } = await fleet.host.client.list(Kustomization, { namespace: 'default' })
    assert.deepEqual(
      items.map(item => item.metadata.name).sort(),
      [0, 1].flatMap(policy => names.map(name => `rollout-demo-${policy}-attachedcluster-${name}`)).sort(),
    )
    const canary = await canaryOn('kurator-member1')
    assert.equal(canary?.spec.service?.targetPort, 'http')
    const namespace = await member('kurator-member1').client.fetch(Namespace, { name: 'webapp' })
    assert.equal(namespace.metadata?.labels?.['istio-injection'], 'enabled')
    await member('kurator-member1').client.fetch(Deployment, { namespace: 'webapp', name: 'backend-testloader' })
  })

  it('shows what a Canary says within moments', async () => {
    const body = { status: { phase: 'Progressing', canaryWeight: 20, failedChecks: 0, iterations: 0 } }
    await member('kurator-member2').client.patch(Canary, canaryRef, { type: 'merge', body }, { subresource: 'status' })
    const entry = await eventually(
      'the Application shows it',
      async () => {
        const { status } = await current()
        return status?.syncStatus?.find(
          candidate => candidate.rolloutStatus?.rolloutStatusInCluster?.canaryWeight === 20,
        )
      },
      withinMs,
    )
    assert.deepEqual(
      [entry.name, entry.rolloutStatus?.clusterName, entry.rolloutStatus?.rolloutNameInCluster],
      ['rollout-demo-0-attachedcluster-kurator-member2', 'kurator-member2', 'backend'],
    )
    assert.equal((await current()).status?.summary?.rollout, 'Initializing')
  })

  it('writes nothing when nothing has changed', async () => {
    const before = await Promise.all([current(), canaryOn('kurator-member1')])
    await fleet.host.client.patch(Application, ref, {
      type: 'merge',
      body: { metadata: { annotations: { touched: 'yes' } } },
    })
    await eventually('the reconcile is over', async () => (await current()).metadata.annotations?.['touched'] === 'yes')
    const after = await Promise.all([current(), canaryOn('kurator-member1')])
    assert.deepEqual(after[0].status, before[0].status)
    assert.equal(after[1]?.metadata.resourceVersion, before[1]?.metadata.resourceVersion)
  })

  it('takes its policy out of the members when only the rollout section is removed', async () => {
    const [first, second] = application.spec.syncPolicies
    const { rollout: _, ...withoutRollout } = first ?? {}
    await patch({ syncPolicies: [withoutRollout, second] })
    for (const name of names) {
      await eventually(`${name} lost the Canary`, async () => (await canaryOn(name)) === undefined, withinMs)
      await eventually(
        `${name} lost the load tester`,
        async () =>
          (await member(name).client.fetchIfExists(Deployment, { namespace: 'webapp', name: 'backend-testloader' })) ===
          undefined,
        withinMs,
      )
    }
    assert.equal((await fleet.host.client.list(Kustomization, { namespace: 'default' })).items.length, 4)
    await patch({ syncPolicies: application.spec.syncPolicies })
    for (const name of names) await eventually(`${name} has the Canary again`, () => canaryOn(name), withinMs)
  })

  it('removes the syncs of a policy that is gone', async () => {
    await patch({ syncPolicies: application.spec.syncPolicies.slice(0, 1) })
    await eventually(
      'two syncs are left',
      async () => (await fleet.host.client.list(Kustomization, { namespace: 'default' })).items.length === 2,
      withinMs,
    )
  })

  it('leaves a member that its selector does not choose any more, and cleans it', async () => {
    await fleet.host.client.patch(
      AttachedCluster,
      { namespace: 'default', name: 'kurator-member1' },
      { type: 'merge', body: { metadata: { labels: { env: 'prod' } } } },
    )
    const [first] = application.spec.syncPolicies
    const chosen = { ...first, destination: { fleet: 'quickstart', clusterSelector: { matchLabels: { env: 'prod' } } } }
    await patch({ syncPolicies: [chosen] })
    await eventually(
      'member 2 lost the Canary',
      async () => (await canaryOn('kurator-member2')) === undefined,
      withinMs,
    )
    assert.ok(await canaryOn('kurator-member1'))
    await patch({ syncPolicies: [first] })
    await eventually('member 2 has it again', () => canaryOn('kurator-member2'), withinMs)
  })

  it('goes on with the others while a member is away, and says which one and since when', async () => {
    await member('kurator-member2').api.close()
    await eventually(
      'the cluster is known to be away',
      async () => {
        const cluster = await fleet.host.client.fetch(AttachedCluster, {
          namespace: 'default',
          name: 'kurator-member2',
        })
        return cluster.status?.ready === false
      },
      40_000,
    )
    const [first] = application.spec.syncPolicies
    const rollout = {
      ...first?.rollout,
      rolloutPolicy: { ...first?.rollout?.rolloutPolicy, rolloutTimeoutSeconds: 700 },
    }
    await patch({ syncPolicies: [{ ...first, rollout }] })
    await eventually(
      'member 1 has the change',
      async () => (await canaryOn('kurator-member1'))?.spec.progressDeadlineSeconds === 700,
      40_000,
    )
    const entry = await eventually(
      'the status says who is away',
      async () => (await current()).status?.syncStatus?.find(candidate => candidate.unreachableSince),
      40_000,
    )
    assert.equal(entry.rolloutStatus?.clusterName, 'kurator-member2')
    const health = await conditionOf('RolloutsHealthy')
    assert.deepEqual([health?.status, health?.reason], ['Unknown', 'MemberUnreachable'])
  })

  it('waits with its deletion for the member that is away, until it is told to give up', async () => {
    await fleet.host.client.delete(Application, ref)
    await eventually('member 1 is clean', async () => (await canaryOn('kurator-member1')) === undefined, 40_000)
    const ready = await eventually(
      'the status says what it waits for',
      async () => {
        const condition = await conditionOf('Ready')
        return condition?.reason === 'MemberUnreachable' ? condition : undefined
      },
      40_000,
    )
    assert.match(ready.message, /kurator-member2 .*apps\.kurator\.dev\/force-delete=true/)
    const body = { metadata: { annotations: { 'apps.kurator.dev/force-delete': 'true' } } }
    await fleet.host.client.patch(Application, ref, { type: 'merge', body })
    await eventually(
      'the Application is gone',
      async () => (await fleet.host.client.fetchIfExists(Application, ref)) === undefined,
      40_000,
    )
  })
})
