import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { request } from 'undici'
import type { CanarySpec } from '../../../src/api/flagger/v1beta1.ts'
import { HTTPRoute } from '../../../src/api/gateway-api/v1.ts'
import type { Condition } from '../../../src/apimachinery/meta.ts'
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
// These look at what the application itself counted, with which its pods are scraped.
const metrics = requestMetrics('3s')
const onGateway = [{ name: 'public-gateway', namespace: 'istio-system' }]
const onService = [{ group: 'core', kind: 'Service', name: 'podinfo', port: 80 }]
const hostOf = (ns: string) => `${ns}.example`

const version = (ns: string, args: readonly string[] = [], replicas = 0) => {
  const { spec, ...others } = deployment(ns, args, replicas)
  const { metadata, ...pods } = spec.template
  const annotations = { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9898' }
  return { ...others, spec: { ...spec, template: { ...pods, metadata: { ...metadata, annotations } } } }
}

describe('rollouts by HTTPRoutes', { timeout: 240_000, concurrency: 2 }, () => {
  let cluster: RolloutCluster
  before(async () => {
    cluster = await startRolloutCluster({ meshProvider: 'gatewayapi:v1' })
  })
  after(() => cluster.close())

  async function initialised(
    ns: string,
    analysis: Partial<CanarySpec['analysis']> = {},
    spec: Partial<Omit<CanarySpec, 'analysis'>> = {},
  ) {
    const service = { port: 80, targetPort: 9898, hosts: [hostOf(ns)], gatewayRefs: onGateway }
    const manifest = canary(ns, { interval, metrics, ...analysis }, { service, ...spec })
    await cluster.initialised(ns, version(ns, [], 1), manifest)
  }
  const rules = async (ns: string) =>
    (await cluster.client.fetch(HTTPRoute, { namespace: ns, name: 'podinfo' })).spec?.rules ?? []
  const weights = async (ns: string) => (await rules(ns)).at(-1)?.backendRefs?.map(({ weight }) => weight)

  it('promote a good version through a Gateway, and fail no request', async () => {
    const ns = 'gw-good'
    await initialised(ns)
    const stop = cluster.load(ns, { host: hostOf(ns) })
    await cluster.apply(version(ns, ['--ui-message=new']))
    await eventually('half of the requests go to the canary', async () => (await weights(ns))?.[1] === 50, 60_000)
    await cluster.phase(ns, 'Succeeded', 60_000)
    assert.deepEqual((await stop()).failures, [])
    assert.deepEqual(await weights(ns), [100, 0])
    await eventually('the gateway says that it serves the route as it is', async () => {
      const { metadata, status } = await cluster.client.fetch(HTTPRoute, { namespace: ns, name: 'podinfo' })
      const [condition] = (status?.parents[0]?.conditions ?? []) as readonly Condition[] // Kubernetes' own.
      return condition?.status === 'True' && condition.observedGeneration === metadata.generation
    })
  })

  it('roll back a version that answers with errors, by what the application counted', async () => {
    const ns = 'gw-bad'
    await initialised(ns, { stepWeight: 20, maxWeight: 60 })
    const stop = cluster.load(ns, { host: hostOf(ns) })
    await cluster.apply(version(ns, ['--fault=errors=50%']))
    const { status } = await cluster.ended(ns)
    await stop()
    const events = await cluster.events(ns)
    assert.equal(status?.phase, 'Failed', events.join('\n'))
    assert.deepEqual(await weights(ns), [100, 0])
    assert.ok(
      events.some(text => text.startsWith(`Halt podinfo.${ns} advancement success rate`)),
      events.join('\n'),
    )
  })

  it('test a version with those who ask for it, in version v1beta1', async () => {
    const ns = 'gw-ab'
    const match = [{ headers: { 'x-canary': { exact: 'insider' } } }]
    await initialised(ns, { iterations: 2, threshold: 4, match }, { provider: 'gatewayapi:v1beta1' })
    const stops = [
      cluster.load(ns, { host: hostOf(ns), headers: { 'x-canary': 'insider' } }),
      cluster.load(ns, { host: hostOf(ns), perSecond: 5 }),
    ]
    await cluster.apply(version(ns, ['--ui-message=new']))
    await eventually(
      'insiders go to the canary',
      async () => {
        const [tested, others] = await rules(ns)
        return tested?.backendRefs?.[1]?.weight === 100 && others?.backendRefs?.length === 1
      },
      60_000,
    )
    await cluster.phase(ns, 'Succeeded', 60_000)
    for (const stop of stops) await stop()
    await cluster.said(ns, `Advance podinfo.${ns} canary iteration 2/2`)
  })

  it('mirror requests inside the mesh before they switch to a version', async () => {
    const ns = 'gw-mirror'
    const service = { port: 80, targetPort: 9898, gatewayRefs: onService }
    await initialised(ns, { iterations: 2, threshold: 4, mirror: true }, { service })
    const stop = cluster.load(ns)
    await cluster.apply(version(ns, ['--ui-message=new']))
    await eventually(
      'requests are mirrored',
      async () => {
        const [rule] = await rules(ns)
        return rule?.filters?.some(({ requestMirror }) => requestMirror?.backendRef.name === 'podinfo-canary')
      },
      60_000,
    )
    await cluster.phase(ns, 'Succeeded', 60_000)
    await stop()
    assert.deepEqual((await rules(ns))[0]?.filters, undefined)
  })

  it('keep clients on the canary by a cookie while it is tried', async () => {
    const ns = 'gw-cookie'
    await initialised(ns, { sessionAffinity: { cookieName: 'side' } })
    const stop = cluster.load(ns, { host: hostOf(ns) })
    await cluster.apply(version(ns, ['--ui-message=new']))
    const cookie = await eventually(
      'there is a cookie',
      async () => {
        const [sticky] = await rules(ns)
        return (
          sticky?.matches?.[0]?.headers?.[0]?.name === 'Cookie' &&
          (await cluster.getCanary(ns)).status?.sessionAffinityCookie
        )
      },
      60_000,
    )
    const seen = await eventually('an answer of the canary gives it out', async () => {
      const answer = await request(cluster.member.gatewayUrl, { headers: { host: hostOf(ns) } })
      await answer.body.dump()
      return [answer.headers['set-cookie'] ?? []].flat().find(text => text.startsWith(cookie))
    })
    assert.match(seen, /; Max-Age=86400$/)
    await cluster.phase(ns, 'Succeeded', 60_000)
    await stop()
  })

  it('are refused without a gateway, and say so', async () => {
    const ns = 'gw-none'
    await cluster.apply(namespaceOf(ns), version(ns, [], 1), canary(ns, { interval, metrics }))
    const refused = await eventually('it is refused', async () =>
      (await cluster.getCanary(ns)).status?.conditions?.find(({ type }) => type === 'Accepted'),
    )
    assert.match(refused.message ?? '', /GatewayRefs must be specified .* spec\.service\.gatewayRefs/)
  })
})
