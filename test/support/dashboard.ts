/** A dashboard over clusters whose objects the test writes. */
import type { Application } from '../../src/api/apps/v1alpha1.ts'
import { Application as ApplicationType } from '../../src/api/apps/v1alpha1.ts'
import { AttachedCluster } from '../../src/api/cluster/v1alpha1.ts'
import { Namespace } from '../../src/api/core/core-v1.ts'
import { Canary, type CanaryStatus } from '../../src/api/flagger/v1beta1.ts'
import { Fleet } from '../../src/api/fleet/v1alpha1.ts'
import type { DashboardCluster } from '../../src/dashboard/clusters.ts'
import { type Dashboard, startDashboard } from '../../src/dashboard/server.ts'
import type { Client } from '../../src/runtime/client.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { newInformerSet } from '../../src/runtime/informer-set.ts'
import { silentLogger } from '../../src/runtime/log.ts'
import { startTestCluster, type TestCluster } from './cluster.ts'

const options = { fieldManager: 'test', force: true }

/** A host, a member, and the dashboard of both. */
export interface DashboardUnderTest {
  readonly dashboard: Dashboard
  readonly host: TestCluster
  readonly member: TestCluster
  close(): Promise<void>
}

/** The dashboard's own token. */
export const token = 'let-me-in'

/** Starts all of it; the member is called kurator-member1. */
export async function startDashboardUnderTest(more: Partial<DashboardCluster> = {}): Promise<DashboardUnderTest> {
  const [host, member] = await Promise.all([startTestCluster({ crds: true }), startTestCluster({ crds: true })])
  const stop = new AbortController()
  const deps = { clock: systemClock, log: silentLogger, random: Math.random }
  const informers = [host, member].map(({ client }) => newInformerSet({ ...deps, client }))
  const [ofHost, ofMember] = informers
  if (!ofHost || !ofMember) throw new Error('there are two')
  const dashboard = await startDashboard({
    clusters: [
      { name: 'host', client: host.client, informers: ofHost },
      { name: 'kurator-member1', client: member.client, informers: ofMember, ...more },
    ],
    clock: systemClock,
    log: silentLogger,
    token,
  })
  const running = informers.map(set => set.run(stop.signal))
  await Promise.all(informers.map(set => set.synced()))
  return {
    dashboard,
    host,
    member,
    async close() {
      await dashboard.close()
      stop.abort(new Error('the test is over'))
      await Promise.allSettled(running)
      await Promise.all([host.close(), member.close()])
    },
  }
}

/** The Fleet quickstart with one member, and an Application of the guide's form on it. */
export async function applyFleet({ client }: TestCluster): Promise<Application> {
  const namespace = 'default'
  await client.apply(
    AttachedCluster,
    {
      metadata: { name: 'kurator-member1', namespace },
      spec: { kubeconfig: { name: 'kurator-member1', key: 'value' } },
    },
    options,
  )
  await client.apply(
    Fleet,
    {
      metadata: { name: 'quickstart', namespace },
      spec: {
        clusters: [{ name: 'kurator-member1', kind: 'AttachedCluster' }],
        plugin: { flagger: { trafficRoutingProvider: 'istio' } },
      },
    },
    options,
  )
  const fleetStatus = {
    phase: 'Ready',
    members: [{ name: 'kurator-member1', kind: 'AttachedCluster', ready: true, engine: 'agent' }],
  }
  await client.patch(
    Fleet,
    { namespace, name: 'quickstart' },
    { type: 'merge', body: { status: fleetStatus } },
    { subresource: 'status' },
  )
  const application = {
    metadata: { name: 'rollout-demo', namespace },
    spec: {
      source: { gitRepository: { interval: '3m0s', url: 'https://git.example/podinfo', ref: { branch: 'master' } } },
      syncPolicies: [
        {
          destination: { fleet: 'quickstart' },
          kustomization: { interval: '0s', path: './deploy/webapp', prune: true },
          rollout: {
            trafficRoutingProvider: 'istio',
            workload: { name: 'backend', namespace: 'webapp' },
            serviceName: 'backend',
            port: 9898,
            rolloutPolicy: {
              trafficRouting: { canaryStrategy: { maxWeight: 50, stepWeight: 10 } },
              trafficAnalysis: { checkIntervalSeconds: 90, checkFailedTimes: 2 },
            },
          },
        },
      ],
    },
  }
  return client.apply(ApplicationType, application, options)
}

/** A Canary as the guide's Application makes it, with the given status. */
export async function applyCanary(client: Client, name: string, status: Partial<CanaryStatus>): Promise<void> {
  const namespace = 'webapp'
  await client.apply(
    Canary,
    {
      metadata: { name, namespace },
      spec: {
        provider: 'istio',
        targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        service: { port: 9898 },
        analysis: {
          interval: '90s',
          threshold: 2,
          maxWeight: 50,
          stepWeight: 10,
          metrics: [
            { name: 'request-success-rate', interval: '30s', thresholdRange: { min: 99 } },
            { name: 'request-duration', interval: '30s', thresholdRange: { max: 500 } },
          ],
        },
      },
    },
    options,
  )
  await setStatus(client, name, status)
}

/** Writes what the engine would write. */
export async function setStatus(client: Client, name: string, status: Partial<CanaryStatus>): Promise<void> {
  const defaults = { canaryWeight: 0, failedChecks: 0, iterations: 0, lastTransitionTime: new Date().toISOString() }
  await client.patch(
    Canary,
    { namespace: 'webapp', name },
    { type: 'merge', body: { status: { ...defaults, ...status } } as never }, // a status is JSON
    { subresource: 'status' },
  )
}

/** Makes the namespace of the workloads. */
export async function applyNamespace(client: Client): Promise<void> {
  await client.apply(Namespace, { metadata: { name: 'webapp' } }, options)
}
