import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { DaemonSet, Deployment, ReplicaSet } from '../../src/api/core/apps-v1.ts'
import { Pod } from '../../src/api/core/core-v1.ts'
import type { Client } from '../../src/runtime/client.ts'
import { eventually } from '../support/eventually.ts'
import { brokenImage, startWorkloadHost, type WorkloadHost } from './workloads/host.ts'

const namespace = 'default'
const withinMs = 30_000

describe('conformance of workload controllers', { timeout: 240_000 }, () => {
  let host: WorkloadHost
  let client: Client
  before(async () => {
    host = await startWorkloadHost()
    client = host.client
  })
  after(() => host.close())

  const template = (app: string, image: string) => ({
    metadata: { labels: { app } },
    spec: { containers: [{ name: 'web', image }] },
  })
  const create = (name: string, spec: Partial<Deployment['spec']> = {}, image = 'web:1') =>
    client.create(Deployment, {
      metadata: { name, namespace },
      spec: { replicas: 3, selector: { matchLabels: { app: name } }, template: template(name, image), ...spec },
    })
  const change = (name: string, spec: object) =>
    client.patch(Deployment, { namespace, name }, { type: 'merge', body: JSON.parse(JSON.stringify({ spec })) })
  const setsOf = async (name: string) => {
    const { items } = await client.list(ReplicaSet, { namespace, labelSelector: `app=${name}` })
    return items
      .map(({ metadata, spec, status }) => ({
        revision: Number(metadata?.annotations?.['deployment.kubernetes.io/revision']),
        replicas: spec.replicas,
        ready: status?.readyReplicas ?? 0,
      }))
      .sort((a, b) => a.revision - b.revision)
  }
  const reach = async (name: string, what: string, holds: (deployment: Deployment) => boolean) =>
    eventually(
      `${name}: ${what}`,
      async () => {
        const deployment = await client.fetch(Deployment, { namespace, name })
        const seen = (deployment.status?.observedGeneration ?? 0) >= (deployment.metadata?.generation ?? 0)
        return seen && holds(deployment) ? deployment : undefined
      },
      withinMs,
    )
  const has = (deployment: Deployment, type: string, text: string) =>
    (deployment.status?.conditions ?? []).some(c => c.type === type && `${c.status} ${c.reason}` === text)
  const complete = (name: string) =>
    reach(
      name,
      'is complete',
      d =>
        d.status?.updatedReplicas === d.spec.replicas &&
        d.status?.availableReplicas === d.spec.replicas &&
        d.status?.replicas === d.spec.replicas &&
        has(d, 'Progressing', 'True NewReplicaSetAvailable'),
    )

  it('brings a Deployment up', async () => {
    await create('up')
    const { status } = await complete('up')
    const { replicas, updatedReplicas, readyReplicas, availableReplicas, unavailableReplicas } = status ?? {}
    assert.deepEqual(
      { replicas, updatedReplicas, readyReplicas, availableReplicas, unavailableReplicas },
      { replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3, unavailableReplicas: undefined },
    )
    assert.deepEqual(await setsOf('up'), [{ revision: 1, replicas: 3, ready: 3 }])
  })

  it('stops at maxSurge and maxUnavailable when new pods are not ready, and says so when its time is up', async () => {
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } } as const
    await create('stuck', { strategy, progressDeadlineSeconds: 3 })
    await complete('stuck')
    await change('stuck', { template: template('stuck', brokenImage) })
    const { status } = await reach('stuck', 'ran out of time', d =>
      has(d, 'Progressing', 'False ProgressDeadlineExceeded'),
    )
    assert.deepEqual(await setsOf('stuck'), [
      { revision: 1, replicas: 2, ready: 2 },
      { revision: 2, replicas: 2, ready: 0 },
    ])
    assert.deepEqual(
      [status?.replicas, status?.updatedReplicas, status?.availableReplicas, status?.unavailableReplicas],
      [4, 2, 2, 2],
    )
    await change('stuck', { template: template('stuck', 'web:1') })
    await complete('stuck')
    assert.deepEqual(await setsOf('stuck'), [
      { revision: 2, replicas: 0, ready: 0 },
      { revision: 3, replicas: 3, ready: 3 },
    ])
  })

  it('shares a change of replicas among ReplicaSets in the middle of a rollout', async () => {
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } as const
    await create('shared', { replicas: 10, strategy })
    await complete('shared')
    await change('shared', { template: template('shared', brokenImage) })
    const sizes = async () => (await setsOf('shared')).map(({ replicas }) => replicas)
    await eventually('it is stuck', async () => (await sizes()).join() === '8,5', withinMs)
    await change('shared', { replicas: 15 })
    await eventually('both grew', async () => (await sizes()).join() === '11,7', withinMs)
  })

  it('scales but does not roll while it is paused', async () => {
    await create('paused', { replicas: 2 })
    await complete('paused')
    await change('paused', { paused: true, replicas: 4, template: template('paused', 'web:2') })
    await reach(
      'paused',
      'has four',
      d => d.status?.availableReplicas === 4 && has(d, 'Progressing', 'Unknown DeploymentPaused'),
    )
    assert.deepEqual(await setsOf('paused'), [{ revision: 1, replicas: 4, ready: 4 }])
    await change('paused', { paused: false })
    await complete('paused')
    assert.deepEqual(
      (await setsOf('paused')).map(({ replicas }) => replicas),
      [0, 4],
    )
  })

  it('recreates', async () => {
    await create('recreated', { strategy: { type: 'Recreate' } })
    await complete('recreated')
    await change('recreated', { template: template('recreated', 'web:2') })
    await complete('recreated')
    assert.deepEqual(
      (await setsOf('recreated')).map(({ replicas }) => replicas),
      [0, 3],
    )
  })

  it('keeps as much history as it is told to', async () => {
    await create('history', { revisionHistoryLimit: 1 })
    for (const image of ['web:2', 'web:3']) {
      await complete('history')
      await change('history', { template: template('history', image) })
    }
    await complete('history')
    await eventually(
      'one old one is left',
      async () => (await setsOf('history')).map(s => s.revision).join() === '2,3',
      withinMs,
    )
  })

  it('replaces pods that are deleted', async () => {
    const list = async () => (await client.list(Pod, { namespace, labelSelector: 'app=up' })).items
    const [first] = await list()
    await client.delete(Pod, { namespace, name: first?.metadata?.name ?? '' })
    await eventually(
      'there are three others',
      async () => {
        const pods = await list()
        return pods.length === 3 && pods.every(pod => pod.metadata?.uid !== first?.metadata?.uid)
      },
      withinMs,
    )
  })

  it('runs a DaemonSet on every node', async () => {
    const name = 'agent'
    await client.create(DaemonSet, {
      metadata: { name, namespace },
      spec: { selector: { matchLabels: { app: name } }, template: template(name, 'web:1') },
    })
    const status = await eventually(
      'it is everywhere',
      async () => {
        const { status } = await client.fetch(DaemonSet, { namespace, name })
        return status?.numberAvailable === 2 ? status : undefined
      },
      withinMs,
    )
    assert.deepEqual(
      [
        status.desiredNumberScheduled,
        status.currentNumberScheduled,
        status.updatedNumberScheduled,
        status.numberReady,
        status.numberMisscheduled,
      ],
      [2, 2, 2, 2, 0],
    )
  })
})
