import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Service } from '../../../src/api/core/core-v1.ts'
import { Canary, type CanarySpec } from '../../../src/api/flagger/v1beta1.ts'
import { carryOut } from '../../../src/dashboard/actions.ts'
import { eventually } from '../../support/eventually.ts'
import { canary, deployment, namespaceOf, type RolloutCluster, startRolloutCluster } from '../../support/rollout.ts'
import { type ScriptedServer, startScriptedServer } from '../../support/scripted-server.ts'

type Webhooks = NonNullable<CanarySpec['analysis']['webhooks']>

describe('what people can do to a rollout', { timeout: 170_000, concurrency: 2 }, () => {
  let cluster: RolloutCluster
  let gates: ScriptedServer
  const open = new Set<string>()
  before(async () => {
    cluster = await startRolloutCluster()
    gates = await startScriptedServer(({ url }, response) => {
      response.writeHead(open.has(url) ? 200 : 403)
      response.end(open.has(url) ? 'Approved' : 'Forbidden')
    })
  })
  after(async () => {
    await cluster.close()
    await gates.close()
  })

  const hook = (type: NonNullable<Webhooks[number]['type']>, at: string): Webhooks[number] => ({
    name: `${type} hook`,
    type,
    url: `${gates.url}${at}`,
  })
  /** Without metrics every check passes, so that only the hooks decide. */
  const quick = (ns: string, webhooks: Webhooks = [], spec: Partial<Omit<CanarySpec, 'analysis'>> = {}) =>
    canary(ns, { interval: '1s', stepWeight: 50, maxWeight: 50, metrics: [], webhooks }, spec)
  const replicas = async (ns: string, name: string) => (await cluster.deployment(ns, name)).spec.replicas

  it('waits for approval before the rollout and before the promotion, and goes on when it comes', async () => {
    const ns = 'gated'
    const webhooks = [hook('confirm-rollout', '/gated/start'), hook('confirm-promotion', '/gated/promote')]
    await cluster.apply(namespaceOf(ns), deployment(ns), quick(ns, webhooks))
    await cluster.phase(ns, 'Initialized')
    await cluster.apply(deployment(ns, ['--ui-message=new'], 0))
    await cluster.phase(ns, 'Waiting')
    assert.equal(await replicas(ns, 'podinfo'), 0)
    open.add('/gated/start')
    const { status } = await cluster.phase(ns, 'WaitingPromotion')
    assert.equal(status?.canaryWeight, 50)
    open.add('/gated/promote')
    await cluster.phase(ns, 'Succeeded')
    for (const message of [
      `Halt podinfo.${ns} advancement waiting for approval confirm-rollout hook`,
      'Confirm-rollout check confirm-rollout hook passed',
      `Halt podinfo.${ns} advancement waiting for promotion approval confirm-promotion hook`,
    ]) {
      await cluster.said(ns, message)
    }
    const { body } = gates.seen.find(({ url }) => url === '/gated/start') ?? { body: '{}' }
    const { checksum, ...payload } = JSON.parse(body) as Record<string, unknown>
    assert.deepEqual(payload, { name: 'podinfo', namespace: ns, phase: 'Initialized' })
    assert.match(String(checksum), /^[0-9a-f]{16}$/)
  })

  it('rolls back when a rollback hook says so', async () => {
    const ns = 'byhand'
    const webhooks = [hook('rollback', '/byhand/rollback'), hook('confirm-promotion', '/byhand/never')]
    await cluster.apply(namespaceOf(ns), deployment(ns), quick(ns, webhooks))
    await cluster.phase(ns, 'Initialized')
    await cluster.apply(deployment(ns, ['--ui-message=new'], 0))
    await cluster.phase(ns, 'WaitingPromotion')
    open.add('/byhand/rollback')
    await cluster.phase(ns, 'Failed')
    await cluster.said(ns, `Rolling back podinfo.${ns} manual webhook invoked`)
  })

  it('analyses a revision that failed again when that is asked for', async () => {
    const ns = 'retried'
    const webhooks = [hook('rollback', '/retried/rollback'), hook('confirm-promotion', '/retried/promote')]
    await cluster.apply(namespaceOf(ns), deployment(ns), quick(ns, webhooks))
    await cluster.phase(ns, 'Initialized')
    open.add('/retried/rollback')
    await cluster.apply(deployment(ns, ['--ui-message=new'], 0))
    await cluster.phase(ns, 'Failed')
    open.delete('/retried/rollback')
    open.add('/retried/promote')
    await carryOut('retry', cluster.client, { namespace: ns, name: 'podinfo' }, new AbortController().signal)
    await cluster.phase(ns, 'Succeeded')
  })

  it('does nothing while it is suspended, and goes on afterwards', async () => {
    const ns = 'suspended'
    await cluster.apply(namespaceOf(ns), deployment(ns), quick(ns))
    await cluster.phase(ns, 'Initialized')
    await cluster.apply(quick(ns, [], { suspend: true }))
    await eventually('the suspension is seen', async () =>
      (await cluster.events(ns)).includes('skipping canary run as object is suspended'),
    )
    await cluster.apply(deployment(ns, ['--ui-message=new'], 0))
    await eventually('the agent saw the new revision', async () => {
      const answer = await fetch(`${cluster.agent.url}/api/v1/canaries/${ns}/podinfo/decisions`)
      const { decisions } = (await answer.json()) as { decisions: { times: number; waitsFor?: string }[] }
      return (decisions.at(-1)?.times ?? 0) > 1
    })
    assert.equal((await cluster.getCanary(ns)).status?.phase, 'Initialized')
    assert.equal(await replicas(ns, 'podinfo'), 0)
    await cluster.apply(quick(ns))
    await cluster.phase(ns, 'Succeeded')
  })

  it('gives the target its pods and traffic back when the Canary is deleted with revertOnDeletion', async () => {
    const ns = 'deleted'
    const service: Service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'podinfo', namespace: ns },
      spec: { selector: { app: 'podinfo' }, ports: [{ name: 'http', port: 80, targetPort: 9898 }] },
    }
    await cluster.apply(namespaceOf(ns), service, deployment(ns, [], 2), quick(ns, [], { revertOnDeletion: true }))
    await cluster.phase(ns, 'Initialized')
    const apex = async () => (await cluster.client.fetch(Service, { namespace: ns, name: 'podinfo' })).spec?.selector
    assert.deepEqual(await apex(), { app: 'podinfo-primary' })
    const stop = cluster.load(ns)
    await cluster.client.delete(Canary, { namespace: ns, name: 'podinfo' })
    await eventually(
      'the Canary is gone',
      async () => (await cluster.client.fetchIfExists(Canary, { namespace: ns, name: 'podinfo' })) === undefined,
      30_000,
    )
    assert.equal(await replicas(ns, 'podinfo'), 2)
    assert.deepEqual(await apex(), { app: 'podinfo' })
    const { failed, requests } = await stop()
    assert.equal(failed, 0, `${failed} of ${requests}`)
  })

  it('promotes without checks where analysis is skipped', async () => {
    const ns = 'skipped'
    await cluster.apply(namespaceOf(ns), deployment(ns), quick(ns, [], { skipAnalysis: true }))
    await cluster.phase(ns, 'Initialized')
    await cluster.apply(deployment(ns, ['--ui-message=new'], 0))
    await cluster.phase(ns, 'Succeeded')
    await cluster.said(ns, `Promotion completed! Canary analysis was skipped for podinfo.${ns}`)
  })

  it('holds the rollout while Prometheus cannot be asked, and goes on when it can', async () => {
    const ns = 'blind'
    let answers = false
    const prometheus = await startScriptedServer((_, response) => {
      response.writeHead(answers ? 200 : 503, { 'content-type': 'application/json' })
      const result = [{ metric: {}, value: [1, '100'] }]
      response.end(answers ? JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }) : 'down')
    })
    const metrics = [{ name: 'request-success-rate', interval: '10s', thresholdRange: { min: 99 } }]
    const manifest = canary(ns, { interval: '1s', metrics }, { metricsServer: prometheus.url })
    await cluster.apply(namespaceOf(ns), deployment(ns), manifest)
    await cluster.phase(ns, 'Initialized')
    await cluster.apply(deployment(ns, ['--ui-message=new'], 0))
    await eventually('a condition says so', async () => {
      const { status } = await cluster.getCanary(ns)
      assert.notEqual(status?.phase, 'Failed')
      return status?.conditions?.find(({ type, status: value }) => type === 'MetricsAvailable' && value === 'False')
    })
    assert.equal((await cluster.getCanary(ns)).status?.failedChecks, 0)
    answers = true
    await cluster.phase(ns, 'Succeeded')
    await prometheus.close()
  })
})
