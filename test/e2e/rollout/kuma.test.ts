import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Canary, type CanarySpec } from '../../../src/api/flagger/v1beta1.ts'
import { TrafficRoute } from '../../../src/api/kuma/v1alpha1.ts'
import { eventually } from '../../support/eventually.ts'
import {
  canary,
  deployment,
  namespaceOf,
  type RolloutCluster,
  requestMetrics,
  startRolloutCluster,
} from '../../support/rollout.ts'

const interval = '1500ms'
const metrics = requestMetrics('3s')
const annotated = { annotations: { '80.service.kuma.io/protocol': 'http' } }
const service = { port: 80, targetPort: 9898, apex: annotated, primary: annotated, canary: annotated }

describe('rollouts by TrafficRoutes', { timeout: 240_000, concurrency: 2 }, () => {
  let cluster: RolloutCluster
  before(async () => {
    cluster = await startRolloutCluster({ meshProvider: 'kuma' })
  })
  after(() => cluster.close())

  async function initialised(
    ns: string,
    analysis: Partial<CanarySpec['analysis']> = {},
    spec: Partial<Omit<CanarySpec, 'analysis'>> = {},
  ) {
    const manifest = canary(ns, { interval, metrics, ...analysis }, { service, ...spec })
    await cluster.initialised(ns, deployment(ns), manifest)
  }
  const routeOf = async (ns: string) => {
    const { items } = await cluster.client.list(TrafficRoute)
    return items.find(({ spec }) => spec.destinations?.[0]?.match?.['kuma.io/service'] === `podinfo_${ns}_svc_80`)
  }
  const weights = async (ns: string) => (await routeOf(ns))?.spec.conf?.split?.map(({ weight }) => weight)

  it('promote good versions of two services of one name, and fail no request', async () => {
    const namespaces = ['kuma-good', 'kuma-good-too']
    for (const ns of namespaces) await initialised(ns)
    const stops = namespaces.map(ns => cluster.load(ns))
    for (const ns of namespaces) await cluster.apply(deployment(ns, ['--ui-message=new'], 0))
    for (const ns of namespaces) {
      await cluster.phase(ns, 'Succeeded', 60_000)
      await cluster.said(ns, `Advance podinfo.${ns} canary weight 50`)
      assert.deepEqual(await weights(ns), [100, 0])
    }
    for (const stop of stops) assert.deepEqual((await stop()).failures, [])
  })

  it('roll back a version that answers with errors, by what its sidecar counted', async () => {
    const ns = 'kuma-bad'
    await initialised(ns, { stepWeight: 20, maxWeight: 60 })
    const stop = cluster.load(ns)
    await cluster.apply(deployment(ns, ['--fault=errors=50%'], 0))
    const { status } = await cluster.ended(ns)
    await stop()
    const events = await cluster.events(ns)
    assert.equal(status?.phase, 'Failed', events.join('\n'))
    assert.ok(
      events.some(text => text.startsWith(`Halt podinfo.${ns} advancement success rate`)),
      events.join('\n'),
    )
    assert.deepEqual(await weights(ns), [100, 0])
  })

  it('switch to a version at once after so many checks', async () => {
    const ns = 'kuma-bg'
    await initialised(ns, { iterations: 2, metrics: [] })
    await cluster.apply(deployment(ns, ['--ui-message=new'], 0))
    await eventually('all requests go to the canary', async () => (await weights(ns))?.[1] === 100, 60_000)
    await cluster.phase(ns, 'Succeeded', 60_000)
    assert.deepEqual(await weights(ns), [100, 0])
  })

  it('go when the Canary goes and everything is to be as before', async () => {
    const ns = 'kuma-gone'
    await initialised(ns, {}, { revertOnDeletion: true })
    assert.ok(await routeOf(ns))
    await cluster.client.delete(Canary, { namespace: ns, name: 'podinfo' })
    await eventually('the route is gone', async () => (await routeOf(ns)) === undefined, 60_000)
  })

  it('cannot test a version with some requests alone, and say so', async () => {
    const ns = 'kuma-ab'
    const match = [{ headers: { 'x-canary': { exact: 'insider' } } }]
    await cluster.apply(namespaceOf(ns), deployment(ns), canary(ns, { iterations: 2, match }, { service }))
    const refused = await eventually('it is refused', async () =>
      (await cluster.getCanary(ns)).status?.conditions?.find(({ type }) => type === 'Accepted'),
    )
    assert.match(refused.message ?? '', /^spec\.analysis\.match: the provider kuma cannot match requests/)
  })
})
