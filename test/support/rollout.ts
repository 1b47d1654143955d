/** A member with an agent on it, an application to roll out, and people who call it. */
import { Agent } from 'undici'
import { DaemonSet, Deployment } from '../../src/api/core/apps-v1.ts'
import { HorizontalPodAutoscaler } from '../../src/api/core/autoscaling-v2.ts'
import { ConfigMap, type Container, Event, Namespace, Secret, Service } from '../../src/api/core/core-v1.ts'
import { Ingress } from '../../src/api/core/networking-v1.ts'
import {
  AlertProvider,
  Canary,
  type CanaryPhase,
  type CanarySpec,
  MetricTemplate,
} from '../../src/api/flagger/v1beta1.ts'
import { VirtualService } from '../../src/api/istio/networking.ts'
import type { KubernetesObject, ResourceType } from '../../src/apimachinery/meta.ts'
import { ScaledObject } from '../../src/controllers/canary/scaler.ts'
import { startAgent } from '../../src/manager/agent.ts'
import type { AgentOptions, Agent as RolloutAgent } from '../../src/manager/agent-options.ts'
import type { Client } from '../../src/runtime/client.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { newClient } from '../../src/runtime/http-client.ts'
import { type CountedClient, counted } from './counted-client.ts'
import { eventually } from './eventually.ts'
import { startTestMember, type TestMember } from './member.ts'
import { quickAgent } from './quick-agent.ts'

/** What the tests of rollouts need. */
export interface RolloutCluster {
  readonly member: TestMember['member']
  readonly client: Client
  readonly agent: RolloutAgent
  readonly counted: CountedClient
  /** Creates or changes objects as a person with kubectl would. */
  apply(...objects: readonly KubernetesObject[]): Promise<void>
  /** Creates a namespace with objects, and waits until its Canary is initialised. */
  initialised(namespace: string, ...objects: readonly KubernetesObject[]): Promise<void>
  getCanary(namespace: string, name?: string): Promise<Canary>
  deployment(namespace: string, name: string): Promise<Deployment>
  /** Weights of the VirtualService's first route, primary first. */
  weights(namespace: string): Promise<readonly (number | undefined)[]>
  /** Waits until the Canary is in the phase. */
  phase(namespace: string, phase: CanaryPhase, timeoutMs?: number): Promise<Canary>
  /** Waits until the Canary has succeeded or failed. */
  ended(namespace: string): Promise<Canary>
  /** Messages of the Canary's events, oldest first. */
  events(namespace: string): Promise<readonly string[]>
  /** Waits for an event of the Canary that ends so: later ones are shown combined. */
  said(namespace: string, message: string): Promise<void>
  /** Calls a service of the mesh all the time until the result is called; gives what was answered. */
  load(namespace: string, options?: LoadOptions): () => Promise<LoadResult>
  close(): Promise<void>
}

/** How a service is called. */
export interface LoadOptions {
  readonly perSecond?: number
  readonly host?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** What callers met. */
export interface LoadResult {
  readonly requests: number
  readonly failed: number
  /** What the first ones that failed met. */
  readonly failures: readonly string[]
}

/** Starts everything; close it when done. */
export async function startRolloutCluster(
  options: Partial<AgentOptions> & { readonly wrap?: (client: Client) => Client } = {},
): Promise<RolloutCluster> {
  const { wrap = (client: Client) => client, ...agentOptions } = options
  const test = await startTestMember({ scrapeIntervalMs: 200 })
  const { member } = test
  const own = newClient({ kubeconfig: member.api.kubeconfig, clock: systemClock })
  const countedClient = counted(wrap(own))
  const agent = await startAgent({
    ...quickAgent,
    client: countedClient.client,
    metricsServer: member.prometheusUrl,
    drainMs: 200,
    ...agentOptions,
  })
  const { client } = member
  const http = new Agent({ connections: 20 })
  const stops = new Set<() => Promise<LoadResult>>()
  const getCanary = (namespace: string, name = 'podinfo') => client.fetch(Canary, { namespace, name })
  const inPhase = (phases: readonly string[], namespace: string, timeoutMs = 30_000) =>
    eventually(
      `canary of ${namespace} is ${phases.join(' or ')}`,
      async () => {
        const canary = await getCanary(namespace)
        return phases.includes(canary.status?.phase ?? '') ? canary : undefined
      },
      timeoutMs,
    )
  const applyAll = async (...objects: readonly KubernetesObject[]) => {
    for (const object of objects) await applyObject(client, object)
  }
  const eventsOf = async (namespace: string) => {
    const { items } = await client.list(Event, { namespace })
    const own = items.filter(event => event.involvedObject.kind === 'Canary')
    return own
      .sort((a, b) => (a.metadata?.name ?? '').localeCompare(b.metadata?.name ?? ''))
      .map(event => event.message ?? '')
  }
  return {
    member,
    client,
    agent,
    counted: countedClient,
    apply: applyAll,
    async initialised(namespace, ...objects) {
      await applyAll(namespaceOf(namespace), ...objects)
      await inPhase(['Initialized'], namespace, 60_000)
    },
    getCanary,
    deployment: (namespace, name) => client.fetch(Deployment, { namespace, name }),
    async weights(namespace) {
      const { spec } = await client.fetch(VirtualService, { namespace, name: 'podinfo' })
      return spec.http?.[0]?.route?.map(({ weight }) => weight) ?? []
    },
    phase: (namespace, phase, timeoutMs) => inPhase([phase], namespace, timeoutMs),
    ended: namespace => inPhase(['Succeeded', 'Failed'], namespace, 60_000),
    events: eventsOf,
    async said(namespace, message) {
      await eventually(`an event says ${message}`, async () =>
        (await eventsOf(namespace)).some(text => text.endsWith(message)),
      )
    },
    load(namespace, load) {
      const stop = callAll(http, member.proxyUrl, namespace, load)
      stops.add(stop)
      return stop
    },
    async close() {
      // Those that a failed test has left.
      for (const stop of stops) await stop()
      await agent.close()
      await own.close()
      await http.close()
      await test.close()
    },
  }
}

/** Creates or changes an object as a person with kubectl would. */
export async function applyObject(client: Client, object: KubernetesObject): Promise<void> {
  const types: Readonly<Record<string, ResourceType>> = {
    Namespace,
    ConfigMap,
    Secret,
    Service,
    Deployment,
    DaemonSet,
    HorizontalPodAutoscaler,
    Ingress,
    ScaledObject,
    VirtualService,
    MetricTemplate,
    AlertProvider,
    Canary,
  }
  const type = types[object.kind ?? '']
  if (!type) throw new Error(`no type for ${object.kind}`)
  await client.apply(type, object, { fieldManager: 'kubectl', force: true })
}

function callAll(http: Agent, proxyUrl: string, namespace: string, options: LoadOptions = {}) {
  const { perSecond = 40, host = `podinfo.${namespace}`, headers = {} } = options
  let requests = 0
  let failed = 0
  const failures: string[] = []
  const startedMs = performance.now()
  const failure = (what: string) => {
    failed += 1
    if (failures.length < 5) failures.push(`after ${Math.round(performance.now() - startedMs)} ms: ${what}`)
  }
  const running = new Set<Promise<void>>()
  const one = async () => {
    requests += 1
    try {
      // A proxy's requests have the whole URL as their path.
      const answer = await http.request({
        origin: proxyUrl,
        path: `http://${host}/`,
        method: 'GET',
        headers: { ...headers, host },
      })
      const body = await answer.body.text()
      if (answer.statusCode >= 500) failure(`${answer.statusCode} ${body.slice(0, 200)}`)
    } catch (error) {
      failure(String(error))
    }
  }
  const timer = setInterval(() => {
    const run = one().finally(() => running.delete(run))
    running.add(run)
  }, 1000 / perSecond)
  return async (): Promise<LoadResult> => {
    clearInterval(timer)
    await Promise.all(running)
    return { requests, failed, failures }
  }
}

/** A namespace. */
export function namespaceOf(name: string): Namespace {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
}

/** The pods of {@link deployment}; `args` go to the demo app. */
export function podTemplate(args: readonly string[] = [], container: Partial<Container> = {}) {
  return {
    metadata: { labels: { app: 'podinfo' } },
    spec: {
      terminationGracePeriodSeconds: 5,
      containers: [
        {
          name: 'podinfod',
          image: 'ghcr.io/stefanprodan/podinfo:6.0.0',
          command: ['./podinfo', '--port=9898', ...args],
          ports: [{ name: 'http', containerPort: 9898, protocol: 'TCP' as const }],
          // As everybody has to who wants no failed request: the pod serves until all proxies know that it goes.
          lifecycle: { preStop: { sleep: { seconds: 1 } } },
          readinessProbe: { httpGet: { path: '/readyz', port: 9898 }, periodSeconds: 1, timeoutSeconds: 2 },
          ...container,
        },
      ],
    },
  }
}

/** The application; other `args` are another revision. */
export function deployment(
  namespace: string,
  args: readonly string[] = [],
  replicas = 1,
  container: Partial<Container> = {},
): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'podinfo', namespace },
    spec: {
      ...(replicas > 0 ? { replicas } : {}),
      selector: { matchLabels: { app: 'podinfo' } },
      progressDeadlineSeconds: 60,
      template: podTemplate(args, container),
    },
  }
}

/** The rollout's rules. */
export function canary(
  namespace: string,
  analysis: Partial<CanarySpec['analysis']>,
  spec: Partial<Omit<CanarySpec, 'analysis'>> = {},
): Canary {
  return {
    apiVersion: 'flagger.app/v1beta1',
    kind: 'Canary',
    metadata: { name: 'podinfo', namespace },
    spec: {
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'podinfo' },
      progressDeadlineSeconds: 60,
      service: { port: 80, targetPort: 9898 },
      ...spec,
      analysis: {
        interval: '1s',
        threshold: 2,
        ...(analysis.iterations || analysis.stepWeights ? {} : { stepWeight: 50, maxWeight: 50 }),
        metrics: [{ name: 'request-success-rate', interval: '10s', thresholdRange: { min: 99 } }],
        ...analysis,
      },
    },
  }
}

/** What the built-in checks of a rollout with real traffic want: that requests succeed, and within 300 ms. */
export function requestMetrics(interval: string) {
  return [
    { name: 'request-success-rate', interval, thresholdRange: { min: 99 } },
    { name: 'request-duration', interval, thresholdRange: { max: 300 } },
  ] as const
}

/** The command line of the application. */
export function commandOf({ spec }: Deployment): readonly string[] {
  return spec.template.spec?.containers[0]?.command ?? []
}
