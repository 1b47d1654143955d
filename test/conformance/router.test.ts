import { after, before, describe, it } from 'node:test'
import { meshKinds, trafficKinds } from '../../src/api/all-kinds.ts'
import { Canary } from '../../src/api/flagger/v1beta1.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { type ClusterView, newClusterView } from '../../src/runtime/cluster-view.ts'
import { newInformerSet } from '../../src/runtime/informer-set.ts'
import { silentLogger } from '../../src/runtime/log.ts'
import { startTestCluster, type TestCluster } from '../support/cluster.ts'
import { eventually } from '../support/eventually.ts'
import { definitionsOf, installDefinitions } from '../support/kinds.ts'
import { routerCases } from './router/cases.ts'
import { newRouterContext } from './router/context.ts'
import { routerSubjects } from './router/subjects.ts'

describe('conformance of traffic routers', { timeout: 300_000 }, () => {
  let cluster: TestCluster
  let view: ClusterView
  const stop = new AbortController()
  let running: Promise<unknown>
  before(async () => {
    cluster = await startTestCluster()
    const { client } = cluster
    const kinds = [Canary, ...trafficKinds, ...meshKinds]
    await installDefinitions(client, definitionsOf(kinds))
    for (const kind of kinds) {
      const isServed = () =>
        client.list(kind).then(
          () => true,
          () => false,
        )
      await eventually(`${kind.kind} is served`, isServed, 30_000)
    }
    const deps = { client, clock: systemClock, random: Math.random, log: silentLogger }
    const informers = newInformerSet(deps)
    view = newClusterView({ client, informers, clock: systemClock })
    running = informers.run(stop.signal)
  })
  after(async () => {
    stop.abort(new Error('the test is over'))
    await running.catch(() => {})
    await cluster.close()
  })

  for (const subject of routerSubjects) {
    describe(`provider ${subject.provider}`, () => {
      for (const [index, { name, needs = [], run }] of routerCases.entries()) {
        const missing = needs.filter(feature => !subject.features.has(feature))
        const skip = missing.length > 0 ? `${subject.provider} has no ${missing.join(', ')}` : false
        it(name, { skip }, async () => {
          const namespace = `${subject.provider.replace(/[^a-z0-9]/g, '-')}-${index}`
          await run(await newRouterContext({ client: cluster.client, view }, subject, namespace))
        })
      }
    })
  }
})
