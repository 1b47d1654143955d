import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Agent } from 'undici'
import { Deployment } from '../../../src/api/core/apps-v1.ts'
import { HorizontalPodAutoscaler } from '../../../src/api/core/autoscaling-v2.ts'
import { eventually } from '../../support/eventually.ts'
import { canary, deployment, namespaceOf, type RolloutCluster, startRolloutCluster } from '../../support/rollout.ts'
import { autoscaler, autoscalerRef } from '../../support/rollout-targets.ts'

const ns = 'capacity'
const wantedRequests = 100_000
/** Connections that each send one request after the other. */
const callers = 8

describe('the promotion of an autoscaled application under load', { timeout: 1_800_000 }, () => {
  let cluster: RolloutCluster
  const http = new Agent({ connections: callers })
  before(async () => {
    cluster = await startRolloutCluster({ drainMs: 500 })
  })
  after(async () => {
    await cluster.close()
    await http.close()
  })

  const fetchDeployment = (name: string) => cluster.client.fetch(Deployment, { namespace: ns, name })
  /** What the primary's autoscaler keeps at least. */
  const floor = async () =>
    (await cluster.client.fetch(HorizontalPodAutoscaler, { namespace: ns, name: 'podinfo-primary' })).spec.minReplicas

  /** Calls until told to stop, and long enough for all requests unless the signal aborts. */
  function load(signal: AbortSignal) {
    let requests = 0
    let isOver = false
    const failures: string[] = []
    const call = async () => {
      while (!signal.aborted && (!isOver || requests < wantedRequests)) {
        requests += 1
        try {
          // A proxy's requests have the whole URL as their path.
          const { statusCode, body } = await http.request({
            origin: cluster.member.proxyUrl,
            path: `http://podinfo.${ns}/version`,
            method: 'GET',
            headers: { host: `podinfo.${ns}` },
          })
          await body.dump()
          if (statusCode !== 200) failures.push(`${statusCode}`)
        } catch (error) {
          failures.push(String(error))
        }
      }
    }
    const all = Promise.all(Array.from({ length: callers }, call))
    return async () => {
      isOver = true
      await all
      return { requests, failures }
    }
  }

  it('never drops capacity: of 100,000 requests none fails, though pods take 3 s to start', async ({ signal }) => {
    const slowToStart = {
      readinessProbe: {
        httpGet: { path: '/readyz', port: 9898 },
        initialDelaySeconds: 3,
        periodSeconds: 1,
        timeoutSeconds: 10,
      },
    }
    const version = (args: readonly string[], replicas: number) => deployment(ns, args, replicas, slowToStart)
    // At the last step all traffic is on the canary: nothing but the engine keeps the primary at its size.
    const analysis = { interval: '8s', threshold: 5, stepWeights: [50, 100] }
    await cluster.apply(
      namespaceOf(ns),
      autoscaler(ns, { averageUtilization: 50 }),
      version([], 4),
      canary(ns, analysis, { autoscalerRef, progressDeadlineSeconds: 300 }),
    )
    await cluster.phase(ns, 'Initialized', 120_000)
    assert.equal(await floor(), 2)
    const stop = load(signal)
    let fewest = 4
    const floors = new Set<number | undefined>()
    await cluster.apply(version(['--ui-message=new'], 0))
    await eventually(
      'the rollout ends',
      async () => {
        const [primary, least, { status }] = await Promise.all([
          fetchDeployment('podinfo-primary'),
          floor(),
          cluster.getCanary(ns),
        ])
        fewest = Math.min(fewest, primary.status?.availableReplicas ?? 0)
        if ((status?.canaryWeight ?? 0) > 0) floors.add(least)
        assert.notEqual(status?.phase, 'Failed', (await cluster.events(ns)).join('\n'))
        return status?.phase === 'Succeeded'
      },
      300_000,
    )
    const { requests, failures } = await stop()
    assert.deepEqual(failures.slice(0, 10), [], `${failures.length} of ${requests} failed`)
    assert.ok(requests >= wantedRequests)
    // A rolling update of four may take one away at a time.
    assert.ok(fewest >= 3, `the primary had ${fewest} pods`)
    assert.deepEqual([...floors], [4])
    assert.equal(await floor(), 2)
    const primary = await fetchDeployment('podinfo-primary')
    assert.equal(primary.spec.template.spec?.containers[0]?.command?.at(-1), '--ui-message=new')
    assert.equal((await fetchDeployment('podinfo')).spec.replicas, 0)
  })
})
