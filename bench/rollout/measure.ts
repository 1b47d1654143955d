/** One measurement: so many Canaries on a fresh API, at rest and all rolled out at once. */
import { Deployment } from '../../src/api/core/apps-v1.ts'
import { Canary, type CanaryPhase } from '../../src/api/flagger/v1beta1.ts'
import type { JsonObject } from '../../src/apimachinery/meta.ts'
import type { Client } from '../../src/runtime/client.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { newClient } from '../../src/runtime/http-client.ts'
import type { Informer } from '../../src/runtime/informer.ts'
import { newInformerSet } from '../../src/runtime/informer-set.ts'
import { silentLogger } from '../../src/runtime/log.ts'
import { startHealthyPrometheus } from '../../test/support/healthy-prometheus.ts'
import { simulatePodsOf } from '../../test/support/simulated-pods.ts'
import { type MeasuredServer, startEmbedded, startReal } from '../support/api-servers.ts'
import { cpuMs } from '../support/processes.ts'
import { type BuiltProgram, type MeasuredAgent, startMeasuredAgent } from './agent.ts'
import type { LaneName } from './lanes.ts'
import { podStartMs, simulateNode } from './node.ts'
import { canary, deployment, each, install, intervalSeconds, refOf, steps, waitUntil } from './objects.ts'

/** What Canaries at rest cost. */
export interface RestFigures {
  readonly initialiseAgentSeconds: number
  readonly requestsPerSecond: number
  readonly queriesPerSecond: number
  readonly corePercent: number
  readonly residentMb: number
}

/** What rollouts cost, all together. */
export interface RolloutFigures {
  /** From the first change of a Deployment until the last Canary has succeeded. */
  readonly lastSeconds: number
  /** The intervals, and what the API alone takes to roll as many Deployments down and up. */
  readonly floorSeconds: number
  /** The same with all pods replaced once besides, as those of the primaries are: all that a rollout asks of Deployments. */
  readonly changesAloneSeconds: number
  readonly requestsEach: number
  readonly byKind: Readonly<Record<string, number>>
  readonly agentCpuSeconds: number
  readonly serverCpuSeconds: number
}

/** One row. */
export interface Figures {
  readonly size: number
  readonly rest: RestFigures
  readonly rollout?: RolloutFigures
  /** The agent's most, all the time. */
  readonly peakMb: number
}

const settleMs = 3_000
const restSeconds = 20

/** Measures; `growth` leaves the rollouts out. */
export async function measure(lane: LaneName, size: number, program: BuiltProgram): Promise<Figures> {
  const server =
    lane === 'real' ? await startReal(['deployment-controller', 'replicaset-controller']) : await startEmbedded()
  const client = newClient({ kubeconfig: server.kubeconfig, clock: systemClock })
  const stop = new AbortController()
  const prometheus = await startHealthyPrometheus()
  let agent: MeasuredAgent | undefined
  try {
    await install(client)
    const informers = newInformerSet({ client, clock: systemClock, log: silentLogger, random: Math.random })
    const canaries = informers.informer(Canary)
    const deployments = informers.informer(Deployment)
    if (lane === 'real') simulateNode(client, informers)
    else simulatePodsOf(deployments, client, podStartMs, stop.signal)
    void informers.run(stop.signal)
    await informers.synced()

    await each(size, i => client.create(Deployment, deployment(i)))
    await waitUntil(() => areAllReady(deployments, size, 1), 'all pods run')
    const floors = lane === 'growth' ? undefined : await floorsOf(client, deployments, size)
    agent = await startMeasuredAgent(program, { kubeconfig: server.kubeconfig, metricsServer: prometheus.url })
    await each(size, i => client.create(Canary, canary(i)))
    await allIn(canaries, size, 'Initialized')
    await systemClock.sleep(settleMs)
    const rest = await atRest(agent, prometheus)
    if (!floors) return { size, rest, peakMb: agent.peakMb() }
    const rollout = { ...floors, ...(await allAtOnce(client, canaries, size, server, agent)) }
    return { size, rest, rollout, peakMb: agent.peakMb() }
  } finally {
    stop.abort()
    await agent?.close()
    await client.close()
    await server.close()
    await prometheus.close()
  }
}

type Floors = Pick<RolloutFigures, 'floorSeconds' | 'changesAloneSeconds'>

/** What the API takes for changes of all Deployments, with nobody else at work. */
async function floorsOf(client: Client, deployments: Informer<Deployment>, size: number): Promise<Floors> {
  const seconds = async (specs: readonly JsonObject[]) => {
    const startMs = performance.now()
    for (const spec of specs) {
      await each(size, i => client.patch(Deployment, refOf(i), { type: 'strategic', body: { spec } }))
      await waitUntil(() => areAllReady(deployments, size, Number(spec['replicas'] ?? 1)), 'all are as they were asked')
    }
    return (performance.now() - startMs) / 1000
  }
  const floorSeconds = steps * intervalSeconds + (await seconds([{ replicas: 0 }, { replicas: 1 }]))
  return { floorSeconds, changesAloneSeconds: floorSeconds + (await seconds([{ template: templateOf('1') }])) }
}

function areAllReady(deployments: Informer<Deployment>, size: number, replicas: number): boolean {
  const ready = deployments
    .list()
    .filter(
      ({ metadata, spec, status }) =>
        spec.replicas === replicas &&
        status?.observedGeneration === metadata?.generation &&
        (status?.readyReplicas ?? 0) === replicas &&
        (status?.updatedReplicas ?? 0) === replicas &&
        (status?.replicas ?? 0) === replicas,
    )
  return ready.length === size
}

function allIn(canaries: Informer<Canary>, size: number, phase: CanaryPhase): Promise<void> {
  return waitUntil(() => canaries.list().filter(({ status }) => status?.phase === phase).length === size, phase)
}

async function atRest(agent: MeasuredAgent, prometheus: { queries(): number }): Promise<RestFigures> {
  const initialiseAgentSeconds = agent.cpuSeconds()
  const before = { requests: total(await agent.requests()), queries: prometheus.queries(), cpu: agent.cpuSeconds() }
  await systemClock.sleep(restSeconds * 1000)
  const cpu = agent.cpuSeconds()
  return {
    initialiseAgentSeconds,
    requestsPerSecond: (total(await agent.requests()) - before.requests) / restSeconds,
    queriesPerSecond: (prometheus.queries() - before.queries) / restSeconds,
    corePercent: ((cpu - before.cpu) / restSeconds) * 100,
    residentMb: agent.residentMb(),
  }
}

async function allAtOnce(
  client: Client,
  canaries: Informer<Canary>,
  size: number,
  server: MeasuredServer,
  agent: MeasuredAgent,
): Promise<Omit<RolloutFigures, keyof Floors>> {
  const before = { requests: await agent.requests(), cpu: agent.cpuSeconds(), serverMs: cpuMs(server.pids) }
  const startMs = performance.now()
  const spec = { template: templateOf('2') }
  await each(size, i => client.patch(Deployment, refOf(i), { type: 'strategic', body: { spec } }))
  await allIn(canaries, size, 'Succeeded')
  const lastSeconds = (performance.now() - startMs) / 1000
  await systemClock.sleep(settleMs)
  const requests = await agent.requests()
  const byKind = [...requests].map(([kind, count]) => [kind, count - (before.requests.get(kind) ?? 0)] as const)
  return {
    lastSeconds,
    requestsEach: (total(requests) - total(before.requests)) / size,
    byKind: Object.fromEntries(byKind.filter(([, count]) => count > 0)),
    agentCpuSeconds: agent.cpuSeconds() - before.cpu,
    serverCpuSeconds: (cpuMs(server.pids) - before.serverMs) / 1000,
  }
}

/** A change of the pods' template. */
function templateOf(version: string): JsonObject {
  return { spec: { containers: [{ name: 'app', env: [{ name: 'V', value: version }] }] } }
}

function total(requests: ReadonlyMap<string, number>): number {
  return [...requests.values()].reduce((sum, count) => sum + count, 0)
}
