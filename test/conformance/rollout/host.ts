/** An API with workload controllers, ours or the real ones, simulated pods, a scripted Prometheus, and an agent. */
import { rolloutKinds, trafficKinds } from '../../../src/api/all-kinds.ts'
import { Namespace } from '../../../src/api/core/core-v1.ts'
import { Canary } from '../../../src/api/flagger/v1beta1.ts'
import type { ObjectMeta } from '../../../src/apimachinery/meta.ts'
import { startAgent } from '../../../src/manager/agent.ts'
import type { Client } from '../../../src/runtime/client.ts'
import { systemClock } from '../../../src/runtime/clock.ts'
import { newClient } from '../../../src/runtime/http-client.ts'
import { newInformerSet } from '../../../src/runtime/informer-set.ts'
import { silentLogger } from '../../../src/runtime/log.ts'
import { type ApiProxyOptions, startApiProxy } from '../../support/api-proxy.ts'
import { eventually } from '../../support/eventually.ts'
import { definitionsOf, installDefinitions, openDefinition } from '../../support/kinds.ts'
import { quickAgent } from '../../support/quick-agent.ts'
import { newRolloutJudge, type RolloutJudge } from '../../support/rollout-judge.ts'
import { type ScriptedPrometheus, startScriptedPrometheus } from '../../support/scripted-prometheus.ts'
import { type ScriptedServer, startScriptedServer } from '../../support/scripted-server.ts'
import { startWorkloadHost } from '../workloads/host.ts'

/** A running host; one serves all cases, each in a namespace of its own. */
export interface RolloutHost {
  readonly client: Client
  readonly kubeconfig: string
  readonly prometheus: ScriptedPrometheus
  readonly gates: Gates
  readonly judge: RolloutJudge
  /** What the status of a namespace's Canary said, one entry a change: phase, weight, iterations. */
  trail(namespace: string): readonly string[]
  /** Whether the trail knows the Canary as it is here, or newer. */
  hasSeen(canary: Canary): boolean
  /** Breaks the agent's watches. */
  dropWatches(): void
  close(): Promise<void>
}

/** A receiver of webhooks: closed gates answer 403. */
export interface Gates {
  readonly server: ScriptedServer
  open(path: string): void
}

/** KEDA's kind as far as the engine minds it; KEDA itself is not needed. */
export const scaledObjects = openDefinition('keda.sh', 'ScaledObject')

/** What differs from a host on which everything works. */
export interface RolloutHostOptions {
  /** Names the API; see {@link startWorkloadHost}. */
  readonly env?: NodeJS.ProcessEnv
  /** What the agent's requests to the API meet. */
  readonly fault?: ApiProxyOptions['fault']
  /** Sees the agent's writes after the judge. */
  readonly written?: ApiProxyOptions['written']
  /** Starts what serves the Canaries; by default an agent of this process. */
  readonly serve?: (at: ServeAt) => Promise<{ close(): Promise<void> }>
}

/** Where an agent finds its API and its metrics. */
export interface ServeAt {
  readonly kubeconfig: string
  readonly metricsServer: string
}

/** Starts the host on the API that `SERIN_CONFORMANCE` names. */
export async function startRolloutHost(options: RolloutHostOptions = {}): Promise<RolloutHost> {
  const { env = process.env, fault, serve = serveHere } = options
  const workloads = await startWorkloadHost(env)
  const { client, api } = workloads
  await installDefinitions(client, [...definitionsOf([...rolloutKinds, ...trafficKinds]), scaledObjects])
  await eventually(
    'Canaries are served',
    () =>
      client
        .list(Canary)
        .then(() => true)
        .catch(() => false),
    60_000,
  )
  const judge = newRolloutJudge(client)
  const proxy = await startApiProxy({
    api,
    ...(fault ? { fault } : {}),
    async written(request, object) {
      await judge.written(request, object)
      await options.written?.(request, object)
    },
  })
  const prometheus = await startScriptedPrometheus()
  const gates = await startGates()
  const agent = await serve({ kubeconfig: proxy.kubeconfig, metricsServer: prometheus.url })
  const trails = new Map<string, string[]>()
  const seen = new Map<string | undefined, number>()
  const stop = new AbortController()
  const informers = newInformerSet({ client, clock: systemClock, log: silentLogger, random: Math.random })
  const note = ({ metadata, status }: Canary) => {
    const { namespace = '' } = metadata
    const { phase, canaryWeight = 0, iterations = 0 } = status ?? {}
    seen.set(metadata.uid, versionOf(metadata))
    if (!phase) return
    const entry = `${phase} ${canaryWeight} ${iterations}`
    const trail = trails.get(namespace) ?? []
    if (trail.at(-1) !== entry) trail.push(entry)
    trails.set(namespace, trail)
  }
  informers.informer(Canary).addHandler({ added: note, updated: (_, canary) => note(canary) })
  const running = informers.run(stop.signal)
  await informers.synced()
  return {
    client,
    kubeconfig: api.kubeconfig,
    prometheus,
    gates,
    judge,
    trail: namespace => trails.get(namespace) ?? [],
    hasSeen: ({ metadata }) => (seen.get(metadata.uid) ?? 0) >= versionOf(metadata),
    dropWatches: () => proxy.dropWatches(),
    async close() {
      stop.abort()
      await Promise.allSettled([running])
      await agent.close()
      await proxy.close()
      await prometheus.close()
      await gates.server.close()
      await workloads.close()
    },
  }
}

async function serveHere({ kubeconfig, metricsServer }: ServeAt): Promise<{ close(): Promise<void> }> {
  const client = newClient({ kubeconfig, clock: systemClock })
  const agent = await startAgent({ ...quickAgent, client, metricsServer })
  return {
    async close() {
      await agent.close()
      await client.close()
    },
  }
}

/** Makes the namespace of a case. */
export async function newNamespace({ client }: RolloutHost, name: string): Promise<void> {
  await client.create(Namespace, { metadata: { name } })
}

async function startGates(): Promise<Gates> {
  const opened = new Set<string>()
  const server = await startScriptedServer(({ url }, response) => {
    response.writeHead(opened.has(url) ? 200 : 403)
    response.end(opened.has(url) ? 'Approved' : 'Forbidden')
  })
  return { server, open: path => void opened.add(path) }
}

function versionOf({ resourceVersion }: ObjectMeta): number {
  return Number(resourceVersion)
}
