import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { DaemonSet, Deployment, ReplicaSet } from '../../../src/api/core/apps-v1.ts'
import { HorizontalPodAutoscaler } from '../../../src/api/core/autoscaling-v2.ts'
import { Job } from '../../../src/api/core/batch-v1.ts'
import { type Container, Namespace, Pod, Service } from '../../../src/api/core/core-v1.ts'
import { EndpointSlice } from '../../../src/api/core/discovery-v1.ts'
import { eventually } from '../../support/eventually.ts'
import { startTestMember, type TestMember } from '../../support/member.ts'

const namespace = 'test'
const images = [{ repository: 'test/sh', program: { command: ['sh'] as const } }]
const demo: Container = { name: 'web', image: 'ghcr.io/stefanprodan/podinfo:6.1.0' }
const withinMs = 30_000

function shell(script: string, more: Partial<Container> = {}): Container {
  return { name: 'main', image: 'test/sh:1', args: ['-c', script], ...more }
}

describe('workloads on a member of two nodes', { timeout: 180_000 }, () => {
  let test: TestMember
  before(async () => {
    test = await startTestMember({ images, nodes: 2 })
    await test.member.client.create(Namespace, { metadata: { name: namespace } })
  })
  after(() => test.close())

  const podsOf = async (app: string) => {
    const { items } = await test.member.client.list(Pod, { namespace, labelSelector: `app=${app}` })
    return items.filter(pod => !pod.metadata?.deletionTimestamp)
  }
  const template = (app: string, container: Container, restartPolicy: 'Always' | 'Never' = 'Always') => ({
    metadata: { labels: { app } },
    spec: { restartPolicy, terminationGracePeriodSeconds: 1, containers: [container] },
  })
  const patchJob = (name: string, spec: Record<string, number | boolean>) =>
    test.member.client.patch(Job, { namespace, name }, { type: 'merge', body: { spec } })
  const selector = (app: string) => ({ matchLabels: { app } })

  it('runs one pod of a DaemonSet on each node, and replaces them one by one', async () => {
    await test.member.client.create(DaemonSet, {
      metadata: { name: 'agent', namespace },
      spec: { selector: selector('agent'), template: template('agent', demo) },
    })
    await test.run(`-n ${namespace} rollout status daemonset agent --timeout=30s`)
    const nodes = (await podsOf('agent')).map(pod => pod.spec?.nodeName)
    assert.deepEqual(nodes.sort(), ['member-node-1', 'member-node-2'])
    await test.run(`-n ${namespace} set image daemonset/agent web=ghcr.io/stefanprodan/podinfo:6.2.0`)
    await test.run(`-n ${namespace} rollout status daemonset agent --timeout=60s`)
    const now = (await podsOf('agent')).map(pod => pod.spec?.containers[0]?.image)
    assert.deepEqual(new Set(now), new Set(['ghcr.io/stefanprodan/podinfo:6.2.0']))
    assert.match(await test.run(`-n ${namespace} get daemonset agent`), /agent\s+2\s+2\s+2\s+2\s+2/)
  })

  it('spreads the pods of a Deployment over the nodes, and reads their logs from either', async () => {
    await test.run(`-n ${namespace} create deployment spread --image=${demo.image} --replicas=4`)
    await test.run(`-n ${namespace} rollout status deployment spread --timeout=30s`)
    const pods = await podsOf('spread')
    assert.deepEqual(new Set(pods.map(pod => pod.spec?.nodeName)), new Set(['member-node-1', 'member-node-2']))
    for (const { metadata } of pods) {
      assert.match(await test.run(`-n ${namespace} logs ${metadata?.name} --tail=1`), /Starting HTTP Server/)
    }
  })

  it('rolls a Deployment back to an older revision', async () => {
    await test.run(`-n ${namespace} set image deployment/spread podinfo=ghcr.io/stefanprodan/podinfo:6.2.0`)
    await test.run(`-n ${namespace} rollout status deployment spread --timeout=60s`)
    await test.run(`-n ${namespace} rollout undo deployment spread`)
    await test.run(`-n ${namespace} rollout status deployment spread --timeout=60s`)
    const { items } = await test.member.client.list(ReplicaSet, { namespace, labelSelector: 'app=spread' })
    const revisions = items
      .map(({ metadata, spec }) => `${metadata?.annotations?.['deployment.kubernetes.io/revision']}: ${spec.replicas}`)
      .sort()
    assert.deepEqual(revisions, ['2: 0', '3: 4'])
    assert.match(await test.run(`-n ${namespace} rollout history deployment spread`), /^2 .*\n3 /m)
  })

  it('replaces a pod that is deleted, and scales to nothing', async () => {
    const [first] = await podsOf('spread')
    await test.run(`-n ${namespace} delete pod ${first?.metadata?.name} --wait=false`)
    await eventually('there are four again', async () => {
      const pods = await podsOf('spread')
      return pods.length === 4 && pods.every(pod => pod.metadata?.uid !== first?.metadata?.uid)
    })
    await test.run(`-n ${namespace} scale deployment spread --replicas=0`)
    await eventually('they are gone', async () => (await podsOf('spread')).length === 0, withinMs)
  })

  it('runs a Job to its end', async () => {
    await test.member.client.create(Job, {
      metadata: { name: 'count', namespace },
      spec: { completions: 3, parallelism: 2, template: template('count', shell('echo done'), 'Never') },
    })
    await test.run(`-n ${namespace} wait job/count --for=condition=complete --timeout=30s`)
    const { status } = await test.member.client.fetch(Job, { namespace, name: 'count' })
    assert.deepEqual([status?.succeeded, status?.active, status?.failed], [3, undefined, undefined])
    assert.match(await test.run(`-n ${namespace} get job count`), /count\s+Complete\s+3\/3/)
  })

  it('gives a Job up that fails too often', async () => {
    await test.member.client.create(Job, {
      metadata: { name: 'hopeless', namespace },
      spec: { backoffLimit: 1, template: template('hopeless', shell('exit 1'), 'Never') },
    })
    await test.run(`-n ${namespace} wait job/hopeless --for=condition=failed --timeout=90s`)
    const { status } = await test.member.client.fetch(Job, { namespace, name: 'hopeless' })
    const failure = status?.conditions?.find(({ type }) => type === 'Failed')
    assert.deepEqual([status?.failed, failure?.reason], [2, 'BackoffLimitExceeded'])
  })

  it('gives each pod of an Indexed Job its index, and removes the Job when its time has come', async () => {
    const script = 'echo index $JOB_COMPLETION_INDEX; sleep 600'
    await test.member.client.create(Job, {
      metadata: { name: 'indexed', namespace },
      spec: {
        completionMode: 'Indexed',
        completions: 2,
        parallelism: 2,
        ttlSecondsAfterFinished: 0,
        activeDeadlineSeconds: 600,
        template: template('indexed', shell(script), 'Never'),
      },
    })
    const logs = () => test.run(`-n ${namespace} logs -l app=indexed`)
    await eventually(
      'both say their index',
      async () => /index 0/.test(await logs()) && /index 1/.test(await logs()),
      withinMs,
    )
    await patchJob('indexed', { activeDeadlineSeconds: 1 })
    await test.run(`-n ${namespace} wait job/indexed --for=delete --timeout=60s`)
    await eventually('its pods are gone', async () => (await podsOf('indexed')).length === 0, withinMs)
  })

  it('holds a suspended Job back, and starts it when it goes on', async () => {
    await test.member.client.create(Job, {
      metadata: { name: 'held', namespace },
      spec: { suspend: true, template: template('held', shell('echo done'), 'Never') },
    })
    await test.run(`-n ${namespace} wait job/held --for=condition=suspended --timeout=60s`)
    assert.match(await test.run(`-n ${namespace} get job held`), /held\s+Suspended\s+0\/1/)
    await patchJob('held', { suspend: false })
    await test.run(`-n ${namespace} wait job/held --for=condition=complete --timeout=60s`)
  })

  it('gives a Job up that takes too long', async () => {
    await test.member.client.create(Job, {
      metadata: { name: 'slow', namespace },
      spec: { activeDeadlineSeconds: 1, template: template('slow', shell('sleep 600'), 'Never') },
    })
    await test.run(`-n ${namespace} wait job/slow --for=condition=failed --timeout=30s`)
    await eventually('its pod is gone', async () => (await podsOf('slow')).length === 0)
  })

  it('keeps a Service to the ready pods that its selector meets, by the names of their ports', async () => {
    const container = shell('sleep 600', {
      ports: [{ name: 'web', containerPort: 8080 }],
      readinessProbe: { exec: { command: ['false'] }, periodSeconds: 1 },
    })
    await test.member.client.create(Service, {
      metadata: { name: 'web', namespace },
      spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'web' }] },
    })
    await test.member.client.create(Pod, {
      metadata: { name: 'web-1', namespace, labels: { app: 'web' } },
      ...{ spec: template('web', container).spec },
    })
    const slice = (what: string, want: { ready: boolean } | undefined) =>
      eventually(what, async () => {
        const { items } = await test.member.client.list(EndpointSlice, {
          namespace,
          labelSelector: 'kubernetes.io/service-name=web',
        })
        const endpoint = items[0]?.endpoints?.[0]
        if (endpoint?.conditions?.ready !== want?.ready) return undefined
        return { ports: items[0]?.ports, endpoint }
      })
    const { ports } = await slice('the pod is there, not ready', { ready: false })
    assert.deepEqual(
      ports?.map(({ name, port }) => [name, port]),
      [['http', 8080]],
    )
    const readyContainer = { ...container, readinessProbe: { exec: { command: ['true'] }, periodSeconds: 1 } }
    await test.run(`-n ${namespace} delete pod web-1`)
    await slice('it is gone', undefined)
    await test.member.client.create(Pod, {
      metadata: { name: 'web-2', namespace, labels: { app: 'web' } },
      spec: template('web', readyContainer).spec,
    })
    const { endpoint } = await slice('another one is ready', { ready: true })
    assert.deepEqual(endpoint?.targetRef?.name, 'web-2')
  })

  const autoscaler = (name: string, bounds: { minReplicas: number; maxReplicas: number }): HorizontalPodAutoscaler => ({
    metadata: { name, namespace },
    spec: {
      ...bounds,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
      ],
    },
  })
  const replicasOf = async (name: string) =>
    (await test.member.client.fetch(Deployment, { namespace, name })).spec.replicas

  it('keeps a Deployment within the bounds of its autoscaler where nobody measures', async () => {
    await test.run(`-n ${namespace} create deployment bounded --image=${demo.image} --replicas=1`)
    await test.member.client.create(HorizontalPodAutoscaler, autoscaler('bounded', { minReplicas: 2, maxReplicas: 3 }))
    await eventually('it has two', async () => (await replicasOf('bounded')) === 2)
    const { status } = await eventually('its status is there', async () => {
      const hpa = await test.member.client.fetch(HorizontalPodAutoscaler, { namespace, name: 'bounded' })
      return hpa.status?.desiredReplicas === 2 ? hpa : undefined
    })
    const active = status?.conditions?.find(({ type }) => type === 'ScalingActive')
    assert.deepEqual([active?.status, active?.reason], ['False', 'FailedGetResourceMetric'])
  })

  it('adds pods while processes use more CPU than wanted', { timeout: 90_000 }, async () => {
    const container = shell('while :; do i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 0.2; done', {
      resources: { requests: { cpu: '10m' } },
    })
    await test.member.client.create(Deployment, {
      metadata: { name: 'busy', namespace },
      spec: { replicas: 1, selector: selector('busy'), template: template('busy', container) },
    })
    await test.run(`-n ${namespace} rollout status deployment busy --timeout=30s`)
    await test.member.client.create(HorizontalPodAutoscaler, autoscaler('busy', { minReplicas: 1, maxReplicas: 2 }))
    await eventually('it has two', async () => (await replicasOf('busy')) === 2, 60_000)
    assert.match(await test.run(`-n ${namespace} get events -o custom-columns=R:.reason`), /SuccessfulRescale/)
    await test.run(`-n ${namespace} delete deployment busy`)
  })

  it('leaves nothing of a namespace that is deleted', async () => {
    await test.run(`delete namespace ${namespace} --timeout=60s`)
    const { items } = await test.member.client.list(Pod)
    assert.deepEqual(items, [])
  })
})
