/** A host with members that have an API and nothing else: enough for what controllers plan and prune. */

import { Namespace, Service } from '../../src/api/core/core-v1.ts'
import { Fleet } from '../../src/api/fleet/v1alpha1.ts'
import { newApplicationController } from '../../src/controllers/application/controller.ts'
import { newAttachedClusterController } from '../../src/controllers/attachedcluster/controller.ts'
import { newFleetController } from '../../src/controllers/fleet/controller.ts'
import type { EngineInstaller } from '../../src/controllers/fleet/engine.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { newEventRecorder } from '../../src/runtime/events.ts'
import { newInformerSet } from '../../src/runtime/informer-set.ts'
import { silentLogger } from '../../src/runtime/log.ts'
import { startTestCluster, type TestCluster } from './cluster.ts'
import { attachMember, newTestClusters } from './clusters.ts'

/** What a test of the host's controllers has. */
export interface TestFleet {
  readonly host: TestCluster
  readonly members: Readonly<Record<string, TestCluster>>
  /** Members whose engine was asked for, by the order of asking. */
  readonly engines: { readonly ensured: string[]; readonly removed: string[] }
  close(): Promise<void>
}

/**
 * Starts host and members, attaches them, and runs the controllers of Application, Fleet and AttachedCluster; `prepare`
 * is waited for before these begin.
 */
export async function startTestFleet(
  names: readonly string[],
  prepare: (fleet: Pick<TestFleet, 'host' | 'members'>) => Promise<void> = async () => {},
): Promise<TestFleet> {
  const [host, ...clusters] = await Promise.all([newCluster(), ...names.map(() => newCluster())])
  const members = Object.fromEntries(names.map((name, at) => [name, clusters[at] as TestCluster]))
  for (const [name, member] of Object.entries(members)) {
    await attachMember(host.client, { name, namespace: 'default' }, member.api.kubeconfig)
    await prepareWorkload(member)
  }
  await host.client.create(Fleet, {
    apiVersion: 'fleet.kurator.dev/v1alpha1',
    kind: 'Fleet',
    metadata: { name: 'quickstart', namespace: 'default' },
    spec: {
      clusters: names.map(name => ({ kind: 'AttachedCluster', name })),
      plugin: { flagger: { trafficRoutingProvider: 'istio' } },
    },
  })
  await prepare({ host, members })
  const engines = { ensured: [] as string[], removed: [] as string[] }
  const stop = runControllers(host, {
    async ensure(member) {
      if (!engines.ensured.includes(member.ref.name)) engines.ensured.push(member.ref.name)
      return { engine: 'agent', ready: true }
    },
    async remove(member) {
      engines.removed.push(member.name)
    },
  })
  return {
    host,
    members,
    engines,
    async close() {
      await stop()
      await Promise.all([host, ...clusters].map(cluster => cluster.close()))
    },
  }
}

function newCluster(): Promise<TestCluster> {
  return startTestCluster({ crds: true })
}

/** The Service that a sync would have brought. */
async function prepareWorkload({ client }: TestCluster): Promise<void> {
  await client.create(Namespace, { metadata: { name: 'webapp' } })
  await client.create(Service, {
    metadata: { name: 'backend', namespace: 'webapp' },
    spec: { selector: { app: 'backend' }, ports: [{ name: 'http', port: 9898, targetPort: 'http' }] },
  })
}

function runControllers(host: TestCluster, engines: EngineInstaller): () => Promise<void> {
  const shared = { clock: systemClock, random: Math.random, log: silentLogger }
  const client = host.newClient()
  const informers = newInformerSet({ client, ...shared })
  const clusters = newTestClusters({ requestTimeoutMs: 2_000 })
  const events = newEventRecorder({ client, ...shared, component: 'serin-manager' })
  const deps = { ...shared, client, informers, clusters, events }
  const controllers = [
    newAttachedClusterController(deps),
    newFleetController({ ...deps, engines }),
    newApplicationController(deps),
  ]
  const stop = new AbortController()
  const running = [informers.run(stop.signal), ...controllers.map(controller => controller.run(stop.signal))]
  return async () => {
    stop.abort(new Error('the test is over'))
    await Promise.allSettled(running)
    await events.close()
    await clusters.close()
  }
}
