/** One local cluster: API, controllers, a node that runs pods, a mesh and metrics, in this process. */
import path from 'node:path'
import { newAdmitter } from '../api/admission.ts'
import { Pod, Service } from '../api/core/core-v1.ts'
import { HTTPRoute } from '../api/gateway-api/v1.ts'
import type { CustomKind } from '../apimachinery/kind.ts'
import type { Client } from '../runtime/client.ts'
import { type Clock, machineClock } from '../runtime/clock.ts'
import { type Closing, newClosing } from '../runtime/closing.ts'
import { type Controller, newController, watchSource } from '../runtime/controller.ts'
import { newEventRecorder } from '../runtime/events.ts'
import { newClient } from '../runtime/http-client.ts'
import { type InformerSet, newInformerSet } from '../runtime/informer-set.ts'
import { clusterConfigFromText } from '../runtime/kubeconfig.ts'
import type { Logger } from '../runtime/log.ts'
import { placedFile } from '../runtime/placed-file.ts'
import type { Admission } from './apiserver/admission.ts'
import type { PodLogRequest } from './apiserver/pod-logs.ts'
import { type EmbeddedApi, startApiServer } from './apiserver/server.ts'
import { newWorkloadControllers } from './controllermanager/controller-manager.ts'
import { followCluster } from './gateway/follow.ts'
import { type Mesh, startMesh } from './gateway/mesh.ts'
import { newRouteStatus } from './gateway/route-status.ts'
import { installGuideObjects } from './guide-objects.ts'
import { AddressPool, serviceBlockOf } from './kubelet/addresses.ts'
import type { LogLine } from './kubelet/container-log.ts'
import { bundledImages, type ImageMapping } from './kubelet/images.ts'
import { type Kubelet, startKubelet } from './kubelet/kubelet.ts'
import { takeNetwork } from './kubelet/network.ts'
import { newProcessRuntime } from './kubelet/process-runtime.ts'
import { newProgramRuntime } from './kubelet/program-runtime.ts'
import type { Reaper } from './kubelet/reaper.ts'
import { newScheduler } from './kubelet/scheduler.ts'
import { startLocalMetrics } from './local-metrics.ts'
import { podEnv } from './pod-env.ts'
import type { RealPrometheusChoice } from './prometheus/external/choice.ts'
import { newSharedParts, type SharedParts } from './shared-parts.ts'

/** Ports of a member's servers on 127.0.0.1; 0 takes a free one. */
export interface MemberPorts {
  readonly proxy: number
  readonly gateway: number
  readonly prometheus: number
}

/** What a member is told. */
export interface MemberOptions {
  readonly name: string
  /** The network of its pods' addresses, 127.N.0.0/16 with N from 1 to 254; the next free one where it is taken. */
  readonly network: number
  readonly kinds: readonly CustomKind[]
  /** What it has in common with other members of this process, of the same kinds. Absent: nothing. */
  readonly shared?: SharedParts
  /** Keeps the API's objects over restarts; absent: in memory. */
  readonly dir?: string
  /** Where pods' files go. */
  readonly podFolder: string
  readonly images?: readonly ImageMapping[]
  /** Where its servers listen. Absent: any free ports. */
  readonly ports?: MemberPorts
  /** How many nodes it has; default 1. */
  readonly nodes?: number
  /** Instead of the embedded Prometheus. */
  readonly prometheus?: RealPrometheusChoice
  /** Of its Prometheus, in milliseconds; default 1,000. */
  readonly scrapeIntervalMs?: number
  readonly clock: Clock
  /** Numbers from 0 up to but without 1. */
  readonly random: () => number
  readonly log: Logger
}

/** A running member. */
export interface Member {
  readonly name: string
  readonly api: EmbeddedApi
  readonly client: Client
  /** The base URL of the ingress gateway. */
  readonly gatewayUrl: string
  /** The HTTP proxy into the mesh. */
  readonly proxyUrl: string
  readonly prometheusUrl: string
  /** What a Prometheus that runs elsewhere should scrape, for its `http_sd_configs`; absent where one runs here. */
  readonly targetsUrl?: string
  readonly mesh: Mesh
  /** Ends everything; every process of a pod is gone then. */
  close(): Promise<void>
}

/** Starts a member; resolves when its API serves, its node is registered and its mesh routes. */
export async function startMember(options: MemberOptions): Promise<Member> {
  const { name, clock, random, log, ports = { proxy: 0, gateway: 0, prometheus: 0 } } = options
  const closing = newClosing({ clock, log })
  try {
    const shared = options.shared ?? newSharedParts(options.kinds)
    if (!options.shared) closing.add('shared parts', () => shared.close())
    const network = await takeNetwork(options.network)
    closing.add('network', () => network.release())
    const api = await startApiServer({
      name,
      clock,
      log,
      loopbackPods: true,
      serviceBlock: serviceBlockOf(network.number),
      admission: ownKindsAdmission(),
      definitions: shared.definitions,
      compileSchema: shared.compileSchema,
      ...(options.dir ? { dir: options.dir } : {}),
    })
    closing.add('API', () => api.close())
    const config = { ...clusterConfigFromText(api.kubeconfig), socketPath: api.socketPath }
    const client = newClient({ config, clock, userAgent: `serin-local/${name}` })
    closing.add('client', () => client.close())

    const { proxy: proxyPort, gateway: gatewayPort } = ports
    const mesh = await startMesh({
      address: '127.0.0.1',
      proxyPort,
      gatewayPort,
      clock: machineClock(clock),
      random,
      log,
    })
    closing.add('mesh', () => mesh.close())
    const informers = newInformerSet({ client, clock, log, random })
    const stop = new AbortController()
    const events = newEventRecorder({ client, clock, random, log, component: 'kubelet', host: name })
    closing.add('events', () => events.close())
    const metrics = await startLocalMetrics({
      clock,
      log,
      mesh,
      pods: informers.informer(Pod),
      port: ports.prometheus,
      groups: shared.reaper,
      folder: path.join(options.dir ?? path.join(options.podFolder, name), 'prometheus'),
      ...(options.prometheus ? { real: options.prometheus } : {}),
      ...(options.scrapeIntervalMs ? { scrapeIntervalMs: options.scrapeIntervalMs } : {}),
    })
    closing.add('Prometheus', () => metrics.close())
    const proxyUrl = `http://127.0.0.1:${mesh.proxy.port}`
    const kubelets = await startNodes(
      options,
      { client, informers, events, mesh, reaper: shared.reaper, network: network.number },
      closing,
    )
    closing.add(
      'logs',
      api.onPodLogs(request => linesOf(kubelets, request, clock.now())),
    )
    const podCpuCores = (namespace: string, pod: string) =>
      kubelets.map(kubelet => kubelet.podCpuCores(namespace, pod)).find(cores => cores !== undefined)
    const deps = { client, informers, clock, random, log, events }
    const controllers: readonly Controller[] = [
      ...newWorkloadControllers({ ...deps, podCpuCores, caPem: api.caPem }),
      newController({
        ...deps,
        reconciler: newRouteStatus(deps),
        sources: [watchSource(informers.informer(HTTPRoute))],
      }),
      newController({
        ...deps,
        reconciler: newScheduler(deps),
        sources: [watchSource(informers.informer(Pod), { predicates: [({ object }) => !object.spec?.nodeName] })],
      }),
    ]
    closing.add('routes', followCluster({ mesh, informers, clock, events }))
    const running = [informers.run(stop.signal), ...controllers.map(controller => controller.run(stop.signal))]
    closing.add('controllers', async () => {
      stop.abort(new Error(`${name} is stopping`))
      await Promise.allSettled(running)
    })
    await informers.synced()
    await installGuideObjects(client, { member: name, prometheusUrl: metrics.url })
    return {
      name,
      api,
      client,
      gatewayUrl: `http://127.0.0.1:${mesh.gateway.port}`,
      proxyUrl,
      prometheusUrl: metrics.url,
      ...(metrics.targetsUrl ? { targetsUrl: metrics.targetsUrl } : {}),
      mesh,
      close: closing.close,
    }
  } catch (error) {
    await closing.close()
    throw error
  }
}

interface NodeDeps {
  readonly client: Client
  readonly informers: InformerSet
  readonly events: ReturnType<typeof newEventRecorder>
  readonly mesh: Mesh
  readonly reaper: Reaper
  readonly network: number
}

async function startNodes(options: MemberOptions, deps: NodeDeps, closing: Closing): Promise<readonly Kubelet[]> {
  const { name, nodes = 1, podFolder, clock, log } = options
  const { mesh, reaper, network, ...shared } = deps
  const addresses = new AddressPool(network)
  const services = deps.informers.informer(Service)
  const kubelets: Kubelet[] = []
  for (let at = 1; at <= nodes; at++) {
    const kubelet = await startKubelet({
      ...shared,
      nodeName: `${name}-node-${at}`,
      clock,
      log,
      images: [...(options.images ?? []), ...bundledImages],
      runtimes: {
        builtin: newProgramRuntime({ clock, hostFile: placedFile(import.meta, 'program-host.ts', 'program-host.js') }),
        process: newProcessRuntime({ clock, reaper }),
      },
      commonEnv: pod => podEnv(pod, services.list(), mesh.proxy.port),
      drained: ({ metadata }, signal) => mesh.drained(metadata?.namespace ?? '', metadata?.name ?? '', signal),
      addresses,
      folder: path.join(podFolder, name),
    })
    closing.add(`node ${at}`, () => kubelet.close())
    kubelets.push(kubelet)
  }
  return kubelets
}

function linesOf(kubelets: readonly Kubelet[], request: PodLogRequest, now: Date): AsyncIterable<string> | undefined {
  const { sinceSeconds, sinceTime, tailLines, ...rest } = request
  const since = sinceTime
    ? new Date(sinceTime)
    : sinceSeconds === undefined
      ? undefined
      : new Date(now.getTime() - sinceSeconds * 1000)
  const selection = { ...rest, ...(tailLines === undefined ? {} : { tailLines }), ...(since ? { since } : {}) }
  const lines = kubelets
    .map(kubelet => kubelet.logs(request.namespace, request.pod, selection))
    .find(found => found !== undefined)
  return lines && texts(lines, request.timestamps)
}

async function* texts(lines: AsyncIterable<LogLine>, timestamps: boolean): AsyncGenerator<string> {
  for await (const { at, text } of lines) yield timestamps ? `${at.toISOString()} ${text}` : text
}

/** Our own kinds' defaults and rules, as a webhook applies them on a real cluster. */
function ownKindsAdmission(): Admission {
  const admit = newAdmitter()
  return ({ kind, subresource, object }) => {
    if (subresource !== '') return undefined
    const admitted = admit(kind, object)
    return { errors: admitted.errors, object: { ...object, ...admitted.object } }
  }
}
