import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Ingress } from '../../../src/api/core/networking-v1.ts'
import type { CanarySpec } from '../../../src/api/flagger/v1beta1.ts'
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
const prefix = 'nginx.ingress.kubernetes.io/canary'
const hostOf = (ns: string) => `${ns}.example`

const ingress = (ns: string): Ingress => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'web', namespace: ns, annotations: { 'nginx.ingress.kubernetes.io/rewrite-target': '/' } },
  spec: {
    rules: [
      {
        host: hostOf(ns),
        http: {
          paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'podinfo', port: { number: 80 } } } }],
        },
      },
    ],
  },
})

const manifest = (ns: string, analysis: Partial<CanarySpec['analysis']>) =>
  canary(
    ns,
    { interval, metrics, ...analysis },
    { provider: 'nginx', ingressRef: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'web' } },
  )

describe('rollouts behind ingress-nginx', { timeout: 240_000, concurrency: 2 }, () => {
  let cluster: RolloutCluster
  before(async () => {
    cluster = await startRolloutCluster({ meshProvider: 'nginx' })
  })
  after(() => cluster.close())

  const initialised = (ns: string, analysis: Partial<CanarySpec['analysis']> = {}) =>
    cluster.initialised(ns, deployment(ns), ingress(ns), manifest(ns, analysis))
  const canaryIngress = (ns: string) => cluster.client.fetch(Ingress, { namespace: ns, name: 'web-canary' })
  const trafficAnnotations = async (ns: string) =>
    Object.fromEntries(
      Object.entries((await canaryIngress(ns)).metadata?.annotations ?? {}).filter(([key]) => key.startsWith(prefix)),
    )
  const none = { [prefix]: 'true', [`${prefix}-weight`]: '0' }

  it('promotes a good version by weight, and fails no request', async () => {
    const ns = 'ngx-good'
    await initialised(ns)
    const stop = cluster.load(ns, { host: hostOf(ns) })
    await cluster.apply(deployment(ns, ['--ui-message=new'], 0))
    await eventually(
      'half of the requests go to the canary',
      async () => {
        return (await trafficAnnotations(ns))[`${prefix}-weight`] === '50'
      },
      60_000,
    )
    await cluster.phase(ns, 'Succeeded', 60_000)
    assert.deepEqual((await stop()).failures, [])
    assert.deepEqual(await trafficAnnotations(ns), none)
    const { spec, metadata } = await canaryIngress(ns)
    assert.equal(spec?.rules?.[0]?.http?.paths[0]?.backend.service?.name, 'podinfo-canary')
    assert.equal(metadata?.annotations?.['nginx.ingress.kubernetes.io/rewrite-target'], '/')
  })

  it('rolls back a version that answers with errors, by what ingress-nginx counted', async () => {
    const ns = 'ngx-bad'
    await initialised(ns, { stepWeight: 20, maxWeight: 60 })
    const stop = cluster.load(ns, { host: hostOf(ns) })
    await cluster.apply(deployment(ns, ['--fault=errors=50%'], 0))
    const { status } = await cluster.ended(ns)
    await stop()
    const events = await cluster.events(ns)
    assert.equal(status?.phase, 'Failed', events.join('\n'))
    assert.deepEqual(await trafficAnnotations(ns), none)
    await cluster.said(ns, `Rolling back podinfo.${ns} failed checks threshold reached 2`)
    assert.ok(
      events.some(text => text.startsWith(`Halt podinfo.${ns} advancement success rate`)),
      events.join('\n'),
    )
  })

  it('tests a version with those who send the header or the cookie', async () => {
    const ns = 'ngx-ab'
    const match = [{ headers: { 'x-canary': { exact: 'insider' } } }, { headers: { cookie: { exact: 'canary' } } }]
    await initialised(ns, { iterations: 2, threshold: 4, match })
    const stops = [
      cluster.load(ns, { host: hostOf(ns), headers: { 'x-canary': 'insider' } }),
      cluster.load(ns, { host: hostOf(ns), headers: { cookie: 'canary=always' }, perSecond: 5 }),
      cluster.load(ns, { host: hostOf(ns), perSecond: 5 }),
    ]
    await cluster.apply(deployment(ns, ['--ui-message=new'], 0))
    const annotations = await eventually(
      'insiders go to the canary',
      async () => {
        const now = await trafficAnnotations(ns)
        return now[`${prefix}-by-header`] ? now : undefined
      },
      60_000,
    )
    assert.deepEqual(annotations, {
      ...none,
      [`${prefix}-by-header`]: 'x-canary',
      [`${prefix}-by-header-value`]: 'insider',
      [`${prefix}-by-cookie`]: 'canary',
    })
    await cluster.phase(ns, 'Succeeded', 60_000)
    for (const stop of stops) await stop()
    await cluster.said(ns, `Advance podinfo.${ns} canary iteration 2/2`)
    assert.deepEqual(await trafficAnnotations(ns), none)
  })

  it('switches to a version at once after so many checks', async () => {
    const ns = 'ngx-bg'
    await initialised(ns, { iterations: 2, metrics: [] })
    const stop = cluster.load(ns, { host: hostOf(ns) })
    await cluster.apply(deployment(ns, ['--ui-message=new'], 0))
    await eventually(
      'all requests go to the canary',
      async () => {
        return (await trafficAnnotations(ns))[`${prefix}-weight`] === '100'
      },
      60_000,
    )
    await cluster.phase(ns, 'Succeeded', 60_000)
    await stop()
  })

  it('waits for the Ingress that the Canary names, and says so', async () => {
    const ns = 'ngx-late'
    await cluster.apply(namespaceOf(ns), deployment(ns), manifest(ns, {}))
    await cluster.said(ns, `ingress web.${ns} not found`)
    await cluster.apply(ingress(ns))
    await cluster.phase(ns, 'Initialized', 60_000)
  })

  it('refuses a match that ingress-nginx cannot make', async () => {
    const ns = 'ngx-refused'
    const match = [{ headers: { 'x-canary': { prefix: 'in' } } }]
    await cluster.apply(namespaceOf(ns), deployment(ns), ingress(ns), manifest(ns, { iterations: 2, match }))
    const refused = await eventually('it is refused', async () =>
      (await cluster.getCanary(ns)).status?.conditions?.find(condition => condition.type === 'Accepted'),
    )
    assert.equal(
      refused.message,
      'spec.analysis.match[0].headers[x-canary]: the provider nginx can match exact or regex alone',
    )
  })
})
