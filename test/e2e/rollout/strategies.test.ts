import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { DaemonSet } from '../../../src/api/core/apps-v1.ts'
import { HorizontalPodAutoscaler } from '../../../src/api/core/autoscaling-v2.ts'
import { Service } from '../../../src/api/core/core-v1.ts'
import { VirtualService } from '../../../src/api/istio/networking.ts'
import { eventually } from '../../support/eventually.ts'
import { canary, deployment, type RolloutCluster, requestMetrics, startRolloutCluster } from '../../support/rollout.ts'
import { autoscaler, autoscalerRef, daemonSet, daemonSetRef } from '../../support/rollout-targets.ts'

const interval = '1500ms'
const [success] = requestMetrics('2s')

describe('strategies and kinds of targets', { timeout: 170_000, concurrency: 2 }, () => {
  let cluster: RolloutCluster
  before(async () => {
    cluster = await startRolloutCluster()
  })
  after(() => cluster.close())

  it('tests a version with those who ask for it alone', async () => {
    const ns = 'abtest'
    const match = [{ headers: { 'x-canary': { exact: 'insider' } } }]
    const manifest = canary(ns, { interval, threshold: 4, iterations: 2, match, metrics: [success] })
    await cluster.initialised(ns, deployment(ns), manifest)
    const stops = [cluster.load(ns, { headers: { 'x-canary': 'insider' } }), cluster.load(ns, { perSecond: 10 })]
    await cluster.apply(deployment(ns, ['--ui-message=new'], 0))
    const routes = await eventually('insiders go to the canary', async () => {
      const { spec } = await cluster.client.fetch(VirtualService, { namespace: ns, name: 'podinfo' })
      return spec.http?.[0]?.route?.[1]?.weight === 100 ? spec.http : undefined
    })
    assert.deepEqual(routes, [
      {
        match,
        route: [
          { destination: { host: 'podinfo-primary' }, weight: 0 },
          { destination: { host: 'podinfo-canary' }, weight: 100 },
        ],
      },
      { route: [{ destination: { host: 'podinfo-primary' }, weight: 100 }] },
    ])
    await cluster.phase(ns, 'Succeeded')
    for (const stop of stops) await stop()
    await cluster.said(ns, `Advance podinfo.${ns} canary iteration 2/2`)
  })

  it('rolls out behind a VirtualService of others that delegates to it', async () => {
    const ns = 'delegated'
    const root: VirtualService = {
      apiVersion: 'networking.istio.io/v1beta1',
      kind: 'VirtualService',
      metadata: { name: 'site', namespace: ns },
      spec: {
        hosts: ['site.example'],
        http: [{ match: [{ uri: { prefix: '/' } }], delegate: { name: 'podinfo', namespace: ns } }],
      },
    }
    const service = { port: 80, targetPort: 9898, delegation: true }
    const manifest = canary(ns, { interval, threshold: 4, metrics: [success] }, { service })
    await cluster.initialised(ns, deployment(ns), root, manifest)
    const stop = cluster.load(ns, { host: 'site.example' })
    await cluster.apply(deployment(ns, ['--ui-message=new'], 0))
    await cluster.phase(ns, 'Succeeded')
    const { failed, requests } = await stop()
    assert.equal(failed, 0, `${failed} of ${requests}`)
  })

  it('switches at once after so many checks without a mesh', async () => {
    const ns = 'bluegreen'
    const manifest = canary(ns, { interval: '1s', iterations: 2, metrics: [] }, { provider: 'kubernetes' })
    await cluster.initialised(ns, deployment(ns), manifest)
    await cluster.apply(deployment(ns, ['--ui-message=new'], 0))
    await cluster.phase(ns, 'Succeeded')
    const primary = await cluster.deployment(ns, 'podinfo-primary')
    assert.equal(primary.spec.template.spec?.containers[0]?.command?.at(-1), '--ui-message=new')
    assert.equal(await cluster.client.fetchIfExists(VirtualService, { namespace: ns, name: 'podinfo' }), undefined)
    const { spec } = await cluster.client.fetch(Service, { namespace: ns, name: 'podinfo' })
    assert.deepEqual(spec?.selector, { app: 'podinfo-primary' })
  })

  it('mirrors requests to a version before it switches to it', async () => {
    const ns = 'mirrored'
    const manifest = canary(ns, { interval, threshold: 4, iterations: 2, mirror: true, metrics: [success] })
    await cluster.initialised(ns, deployment(ns), manifest)
    const stop = cluster.load(ns)
    await cluster.apply(deployment(ns, ['--ui-message=new'], 0))
    await eventually('requests are mirrored', async () => {
      const { spec } = await cluster.client.fetch(VirtualService, { namespace: ns, name: 'podinfo' })
      return spec.http?.[0]?.mirror?.host === 'podinfo-canary'
    })
    await cluster.phase(ns, 'Succeeded')
    const { failed, requests } = await stop()
    assert.equal(failed, 0, `${failed} of ${requests}`)
  })

  it('rolls out a DaemonSet', async () => {
    const ns = 'daemonset'
    const manifest = canary(ns, { interval: '1s', metrics: [] }, { targetRef: daemonSetRef })
    await cluster.initialised(ns, daemonSet(ns), manifest)
    await eventually('the target has no pods', async () => {
      const { status } = await cluster.client.fetch(DaemonSet, { namespace: ns, name: 'podinfo' })
      return status?.currentNumberScheduled === 0
    })
    await cluster.apply(daemonSet(ns, ['--ui-message=new']))
    await cluster.phase(ns, 'Succeeded')
    const primary = await cluster.client.fetch(DaemonSet, { namespace: ns, name: 'podinfo-primary' })
    assert.equal(primary.spec.template.spec?.containers[0]?.command?.at(-1), '--ui-message=new')
    assert.equal(primary.spec.template.spec?.nodeSelector, undefined)
  })

  it('gives the primary an autoscaler of its own and keeps its size through the rollout', async () => {
    const ns = 'autoscaled'
    const manifest = canary(ns, { interval: '1s', metrics: [] }, { autoscalerRef })
    await cluster.initialised(ns, autoscaler(ns), deployment(ns, [], 2), manifest)
    const own = await cluster.client.fetch(HorizontalPodAutoscaler, { namespace: ns, name: 'podinfo-primary' })
    assert.equal(own.spec.scaleTargetRef.name, 'podinfo-primary')
    await cluster.apply(deployment(ns, ['--ui-message=new'], 0))
    const sizes = new Set<number>()
    await eventually(
      'the rollout ends',
      async () => {
        sizes.add((await cluster.deployment(ns, 'podinfo-primary')).spec.replicas ?? 0)
        return (await cluster.getCanary(ns)).status?.phase === 'Succeeded'
      },
      30_000,
    )
    assert.deepEqual([...sizes], [2])
    assert.equal((await cluster.deployment(ns, 'podinfo')).spec.replicas, 0)
    const after = await cluster.client.fetch(HorizontalPodAutoscaler, { namespace: ns, name: 'podinfo-primary' })
    assert.equal(after.spec.minReplicas, 2)
  })
})
