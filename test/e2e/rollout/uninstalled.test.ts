import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { CustomResourceDefinition } from '../../../src/api/core/apiextensions-v1.ts'
import { Event } from '../../../src/api/core/core-v1.ts'
import { Canary } from '../../../src/api/flagger/v1beta1.ts'
import { DestinationRule, VirtualService } from '../../../src/api/istio/networking.ts'
import { startAgent } from '../../../src/manager/agent.ts'
import { systemClock } from '../../../src/runtime/clock.ts'
import { newClient } from '../../../src/runtime/http-client.ts'
import { newRolloutContext } from '../../conformance/rollout/case.ts'
import { newNamespace, type RolloutHost, type ServeAt, startRolloutHost } from '../../conformance/rollout/host.ts'
import { eventually } from '../../support/eventually.ts'
import { definitionsOf, installDefinitions } from '../../support/kinds.ts'
import { quickAgent } from '../../support/quick-agent.ts'
import { canary, deployment } from '../../support/rollout.ts'

const interval = '500ms'
const withinMs = 60_000

describe('a Canary whose kinds are not served', { timeout: 170_000 }, () => {
  let host: RolloutHost
  let at: ServeAt
  let close: () => Promise<void>
  const start = async () => {
    const client = newClient({ kubeconfig: at.kubeconfig, clock: systemClock })
    const agent = await startAgent({ ...quickAgent, client, metricsServer: at.metricsServer })
    close = () => agent.close().then(() => client.close())
  }
  before(async () => {
    host = await startRolloutHost({
      env: {},
      async serve(given) {
        at = given
        await start()
        return { close: () => close() }
      },
    })
  })
  after(() => host.close())

  const gone = (ns: string) =>
    eventually(
      `the Canary of ${ns} is gone`,
      async () => !(await host.client.fetchIfExists(Canary, { namespace: ns, name: 'podinfo' })),
      withinMs,
    )

  it('is deleted with its target serving, and an event says what could not be given back', async () => {
    const bare = newRolloutContext(host, 'routes', withinMs)
    const scaled = newRolloutContext(host, 'scaled', withinMs)
    for (const { ns, apply } of [bare, scaled]) {
      await newNamespace(host, ns)
      await apply(deployment(ns, [], 2))
    }
    const autoscalerRef = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name: 'podinfo' } as const
    const scaledObject = {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      metadata: { name: 'podinfo', namespace: scaled.ns },
      spec: { scaleTargetRef: { name: 'podinfo' }, minReplicaCount: 2, triggers: [] },
    }
    await bare.apply(canary(bare.ns, { interval }, { revertOnDeletion: true }))
    await scaled.apply(scaledObject, canary(scaled.ns, { interval }, { revertOnDeletion: true, autoscalerRef }))
    await bare.phase('Initialized')
    await scaled.phase('Initialized')
    await close()
    const kinds = [
      'virtualservices.networking.istio.io',
      'destinationrules.networking.istio.io',
      'scaledobjects.keda.sh',
    ]
    for (const name of kinds) await host.client.delete(CustomResourceDefinition, { name })
    await start()
    for (const { ns } of [bare, scaled]) await host.client.delete(Canary, { namespace: ns, name: 'podinfo' })
    await gone(bare.ns)
    await gone(scaled.ns)
    for (const context of [bare, scaled]) {
      assert.equal((await context.deployment('podinfo')).spec.replicas, 2)
      await context.said(
        'Could not be restored: routes: VirtualService of networking.istio.io is not served by the API',
        /^Terminated canary podinfo/,
      )
    }
    await scaled.said('Could not be restored: autoscaler: ScaledObject of keda.sh is not served by the API')
  })

  it('says what it waits for, and begins when they are installed', async () => {
    const waiting = newRolloutContext(host, 'waiting', withinMs)
    await newNamespace(host, waiting.ns)
    await waiting.apply(deployment(waiting.ns), canary(waiting.ns, { interval }))
    await waiting.said('DestinationRule of networking.istio.io is not served by the API')
    await installDefinitions(host.client, definitionsOf([VirtualService, DestinationRule]))
    await waiting.phase('Initialized')
    const events = (await host.client.list(Event, { namespace: waiting.ns })).items
    const told = events.filter(({ message }) => message?.endsWith('is not served by the API'))
    // One kind after the other is there, and each is told once.
    const counts = told.map(({ message, count }) => [message, count])
    assert.deepEqual(Object.fromEntries(counts), Object.fromEntries(counts.map(([message]) => [message, 1])))
    assert.equal(new Set(counts.map(([message]) => message)).size, counts.length)
  })
})
