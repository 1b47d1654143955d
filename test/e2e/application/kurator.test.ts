import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Application } from '../../../src/api/apps/v1alpha1.ts'
import { Deployment } from '../../../src/api/core/apps-v1.ts'
import { Namespace, Service } from '../../../src/api/core/core-v1.ts'
import { Canary } from '../../../src/api/flagger/v1beta1.ts'
import { Kustomization } from '../../../src/api/kustomize/v1.ts'
import { GitRepository } from '../../../src/api/source/v1.ts'
import type { KubernetesObject, ResourceType } from '../../../src/apimachinery/meta.ts'
import { ownerReferenceTo } from '../../../src/apimachinery/owner-references.ts'
import { parseYaml } from '../../../src/apimachinery/yaml.ts'
import type { Client } from '../../../src/runtime/client.ts'
import { eventually } from '../../support/eventually.ts'
import { startTestFleet, type TestFleet } from '../../support/fleet.ts'
import { commandsOf } from '../../support/guide-commands.ts'
import { type Ended, newHome, serin } from '../../support/serin.ts'
import { simulatePods } from '../../support/simulated-pods.ts'

const manifest = path.join(import.meta.dirname, '../../examples/applications/canary.yaml')
const given = parseYaml(readFileSync(manifest, 'utf8')) as unknown as Application // checked by its own tests
const members = ['kurator-member1', 'kurator-member2']
const canaryRef = { namespace: 'webapp', name: 'backend' }
const loaderRef = { namespace: 'webapp', name: 'backend-testloader' }
// Kurator writes without a field manager of its own: the API names it after the program.
const fieldManager = 'fleet-manager'
const withinMs = 20_000

const fleetManager: Deployment = {
  metadata: { namespace: 'default', name: 'kurator-fleet-manager' },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'fleet' } },
    template: {
      metadata: { labels: { app: 'fleet' } },
      spec: { containers: [{ name: 'fleet', image: 'ghcr.io/kurator-dev/fleet-manager:0.6.0' }] },
    },
  },
}

/** What stands in a cluster: kind and name, and the uid that an object has for its life. */
async function standing(client: Client, types: readonly ResourceType[]): Promise<Readonly<Record<string, string>>> {
  const lists = await Promise.all(
    types.map(async type => {
      const { items } = await client.list(type)
      return items.map(({ metadata }) => [`${type.kind} ${metadata?.namespace}/${metadata?.name}`, metadata?.uid ?? ''])
    }),
  )
  return Object.fromEntries(lists.flat())
}

const hostTypes: readonly ResourceType[] = [Application, GitRepository, Kustomization]
const memberTypes: readonly ResourceType[] = [Canary, Deployment, Service]

describe('Applications that Kurator has carried out', { timeout: 180_000 }, () => {
  let fleet: TestFleet
  let before_: Readonly<Record<string, Readonly<Record<string, string>>>>
  let plan: Ended
  let done: Ended
  const all = async ({ host, members: found }: Pick<TestFleet, 'host' | 'members'>) => {
    const ofMembers = Object.entries(found).map(async ([name, { client }]) => [
      name,
      await standing(client, memberTypes),
    ])
    return Object.fromEntries([['host', await standing(host.client, hostTypes)], ...(await Promise.all(ofMembers))])
  }

  before(async () => {
    fleet = await startTestFleet(members, async clusters => {
      await leaveAsKuratorDoes(clusters)
      before_ = await all(clusters)
      const home = await newHome()
      await writeFile(path.join(home.dir, 'host.config'), clusters.host.api.kubeconfig, { mode: 0o600 })
      const [look = '', go = ''] = commandsOf('migrate', 'serin migrate from-kurator')
      const run = (command: string) => serin(home.dir, ...command.split(' ').slice(1))
      plan = await run(look)
      assert.deepEqual(await all(clusters), before_, 'a plan changes nothing')
      await clusters.host.client.create(Deployment, fleetManager)
      const stopPods = await simulatePods(clusters.host.client, 50, 'default')
      done = await run(go)
      await stopPods()
      await home.remove()
    })
  })
  after(() => fleet.close())

  it('are described before anything is done', () => {
    assert.equal(plan.code, 0, plan.stderr)
    assert.match(plan.stdout, /^1\. Kurator's fleet manager does not run in this cluster: nothing to stop\.$/m)
    assert.match(plan.stdout, /^ +default\/rollout-demo: adopts GitRepository rollout-demo as it is$/m)
    for (const member of members) {
      const sync = `Kustomization rollout-demo-0-attachedcluster-${member}`
      assert.match(plan.stdout, new RegExp(`^ +default/rollout-demo: adopts ${sync} as it is$`, 'm'))
      assert.match(plan.stdout, new RegExp(`adopts Canary webapp/backend on ${member} \\(Succeeded\\)$`, 'm'))
    }
    assert.match(
      plan.stdout,
      /removes Kustomization rollout-demo-9-attachedcluster-gone, which no policy makes any more/,
    )
  })

  it("lose Kurator's manager first", async () => {
    assert.equal(done.code, 0, done.stderr)
    const { spec } = await fleet.host.client.fetch(Deployment, { namespace: 'default', name: 'kurator-fleet-manager' })
    assert.equal(spec.replicas, 0)
  })

  it('go on with the objects that are there, and none is made twice', async () => {
    for (const member of members) {
      await eventually(
        `the Canary of ${member} is Serin's`,
        async () => {
          const canary = await fleet.members[member]?.client.fetch(Canary, canaryRef)
          return canary?.metadata.labels?.['serin.dev/application-uid'] !== undefined
        },
        withinMs,
      )
    }
    await eventually(
      'the status tells of every member',
      async () => {
        const { status } = await fleet.host.client.fetch(Application, { namespace: 'default', name: 'rollout-demo' })
        return status?.syncStatus?.length === 4
      },
      withinMs,
    )
    const { [`Kustomization default/rollout-demo-9-attachedcluster-gone`]: _, ...kept } = before_['host'] ?? {}
    await eventually(
      'what no policy makes is gone',
      async () => JSON.stringify(await all(fleet)) === JSON.stringify({ ...before_, host: kept }),
      withinMs,
    )
  })

  it('leave the rollouts as they stood', async () => {
    for (const member of members) {
      const canary = await fleet.members[member]?.client.fetch(Canary, canaryRef)
      assert.equal(canary?.status?.phase, 'Succeeded')
      assert.equal(canary?.metadata.annotations?.['kurator.dev/rollout'], 'rollout-demo-0')
    }
  })
})

/** The objects of the Application, with the names, marks and owners that Kurator gives them. */
async function leaveAsKuratorDoes({ host, members: clusters }: Pick<TestFleet, 'host' | 'members'>): Promise<void> {
  const application = await host.client.create(Application, given)
  const marked = (name: string) => ({
    name,
    namespace: 'default',
    labels: { 'apps.kurator.dev/app-name': 'rollout-demo' },
    ownerReferences: [ownerReferenceTo(Application, application)],
  })
  const { gitRepository } = application.spec.source
  const create = (client: Client, type: ResourceType, object: object) =>
    client.create(type, object as KubernetesObject, { fieldManager })
  const { gitImplementation: _, ...source } = { gitImplementation: '', ...gitRepository }
  await create(host.client, GitRepository, { metadata: marked('rollout-demo'), spec: source })
  for (const [index, { kustomization }] of application.spec.syncPolicies.entries()) {
    for (const member of Object.keys(clusters)) {
      await create(host.client, Kustomization, {
        metadata: marked(`rollout-demo-${index}-attachedcluster-${member}`),
        spec: {
          ...kustomization,
          sourceRef: { kind: 'GitRepository', name: 'rollout-demo' },
          kubeConfig: { secretRef: { name: member, key: 'value' } },
        },
      })
    }
  }
  await create(host.client, Kustomization, {
    metadata: marked('rollout-demo-9-attachedcluster-gone'),
    spec: { interval: '1m', prune: true, sourceRef: { kind: 'GitRepository', name: 'rollout-demo' } },
  })
  for (const { client } of Object.values(clusters)) await leaveRollout(client)
}

async function leaveRollout(client: Client): Promise<void> {
  const annotations = { 'kurator.dev/rollout': 'rollout-demo-0' }
  const labels = { app: loaderRef.name }
  await client.patch(
    Namespace,
    { name: 'webapp' },
    { type: 'merge', body: { metadata: { labels: { 'istio-injection': 'enabled' } } } },
    { fieldManager },
  )
  await client.create(
    Deployment,
    {
      metadata: { ...loaderRef, labels, annotations },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels, annotations: { 'prometheus.io/scrape': 'true' } },
          spec: { containers: [{ name: 'loadtester', image: 'ghcr.io/fluxcd/flagger-loadtester:0.29.0' }] },
        },
      },
    },
    { fieldManager },
  )
  await client.create(
    Service,
    {
      metadata: { ...loaderRef, labels, annotations },
      spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
    },
    { fieldManager },
  )
  await client.create(
    Canary,
    {
      apiVersion: 'flagger.app/v1beta1',
      kind: 'Canary',
      metadata: { ...canaryRef, annotations },
      spec: {
        provider: 'istio',
        targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'backend' },
        progressDeadlineSeconds: 60,
        service: { port: 9898 },
        analysis: { interval: '90s', threshold: 2, stepWeight: 10, maxWeight: 50 },
      },
    },
    { fieldManager },
  )
  await client.patch(
    Canary,
    canaryRef,
    { type: 'merge', body: { status: { phase: 'Succeeded', canaryWeight: 0, failedChecks: 0, iterations: 0 } } },
    { subresource: 'status' },
  )
}
