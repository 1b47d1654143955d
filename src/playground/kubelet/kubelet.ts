/** The node of a local member: runs the pods that are bound to it as processes of this machine. */
import { ConfigMap, Node, Pod, Secret } from '../../api/core/core-v1.ts'
import { toTimestamp } from '../../apimachinery/time.ts'
import type { Client } from '../../runtime/client.ts'
import { isAlreadyExists } from '../../runtime/client.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { EventRecorder } from '../../runtime/events.ts'
import type { InformerSet } from '../../runtime/informer-set.ts'
import type { Logger } from '../../runtime/log.ts'
import type { AddressPool } from './addresses.ts'
import type { ContainerRuntime } from './container.ts'
import type { LogLine, LogSelection } from './container-log.ts'
import { newCpuMeter } from './cpu-usage.ts'
import type { ImageMapping } from './images.ts'
import { PodWorker, type PodWorkerDeps } from './pod-worker.ts'
import { nodeCapacity } from './resource-field.ts'

/** What a kubelet needs. */
export interface KubeletDeps {
  readonly nodeName: string
  readonly client: Client
  readonly informers: InformerSet
  readonly clock: Clock
  readonly events: EventRecorder
  readonly log: Logger
  readonly images: readonly ImageMapping[]
  readonly runtimes: { readonly builtin: ContainerRuntime; readonly process: ContainerRuntime }
  readonly commonEnv: (pod: Pod) => Readonly<Record<string, string>>
  /** See {@link PodWorkerDeps}. */
  readonly drained: (pod: Pod, signal: AbortSignal) => Promise<void>
  readonly addresses: AddressPool
  /** Where pods' files go. */
  readonly folder: string
}

/** Whose log to read, and which lines of it. */
export interface LogRequest extends LogSelection {
  readonly container?: string
  readonly previous: boolean
}

/** A running node. */
export interface Kubelet {
  /** The lines of a container's log; undefined where there is no such pod or container, or no earlier life. */
  logs(namespace: string, pod: string, request: LogRequest): AsyncIterable<LogLine> | undefined
  /** The cores that a pod uses, on average since the last call; undefined where it cannot be measured. */
  podCpuCores(namespace: string, pod: string): number | undefined
  /** Ends all pods at once and lets go of the node. */
  close(): Promise<void>
}

/** Registers the node and follows its pods. */
export async function startKubelet(deps: KubeletDeps): Promise<Kubelet> {
  const { client, informers, clock, log, nodeName } = deps
  await registerNode(client, clock, nodeName)
  const pods = informers.informer(Pod)
  const configMaps = informers.informer(ConfigMap)
  const secrets = informers.informer(Secret)
  const workerDeps: PodWorkerDeps = {
    ...deps,
    hostIP: '127.0.0.1',
    async config(namespace) {
      await Promise.all([configMaps.synced(), secrets.synced()])
      return {
        configMap: name => configMaps.get({ namespace, name }),
        secret: name => secrets.get({ namespace, name }),
      }
    },
  }
  const meter = newCpuMeter(clock)
  const workers = new Map<string, PodWorker>()
  const byName = new Map<string, PodWorker>()
  let closed = false

  const start = (pod: Pod) => {
    const uid = pod.metadata?.uid ?? ''
    const name = `${pod.metadata?.namespace}/${pod.metadata?.name}`
    const address = deps.addresses.take(uid, pod.status?.podIP)
    const worker = new PodWorker(workerDeps, pod, address)
    workers.set(uid, worker)
    byName.set(name, worker)
    worker
      .run()
      .catch(error => log.error('pod failed', { pod: name, error }))
      .then(() => (closed ? undefined : finished(uid, name, worker)))
      .catch(error => log.error('pod not cleaned up', { pod: name, error }))
    if (pod.metadata?.deletionTimestamp) worker.update(pod)
  }
  const finished = async (uid: string, name: string, worker: PodWorker) => {
    // A pod that ended by itself stays, with its logs, until it is deleted.
    await deleted(uid)
    await worker.finish()
    workers.delete(uid)
    if (byName.get(name) === worker) byName.delete(name)
    meter.forget(name)
    deps.addresses.release(uid)
  }
  const waitingForDeletion = new Map<string, () => void>()
  const deleted = (uid: string): Promise<void> =>
    new Promise(resolve => {
      const current = pods.list().find(pod => pod.metadata?.uid === uid)
      if (!current || current.metadata?.deletionTimestamp) resolve()
      else waitingForDeletion.set(uid, resolve)
    })
  const seen = (pod: Pod) => {
    if (closed || pod.spec?.nodeName !== nodeName) return
    const uid = pod.metadata?.uid ?? ''
    const worker = workers.get(uid)
    if (!worker) return isOver(pod) ? undefined : start(pod)
    worker.update(pod)
    if (pod.metadata?.deletionTimestamp) settle(uid)
  }
  const settle = (uid: string) => {
    waitingForDeletion.get(uid)?.()
    waitingForDeletion.delete(uid)
  }
  const removed = (pod: Pod) => {
    const uid = pod.metadata?.uid ?? ''
    // Removed without our doing (a forced deletion): its processes must not stay.
    void workers.get(uid)?.abandon()
    settle(uid)
  }
  const refresh = (object: { readonly metadata?: { readonly namespace?: string } }) => {
    for (const [name, worker] of byName) {
      if (name.startsWith(`${object.metadata?.namespace}/`)) void worker.refreshVolumes()
    }
  }
  const handlers = [
    pods.addHandler({ added: seen, updated: (_, pod) => seen(pod), deleted: removed }),
    configMaps.addHandler({ added: refresh, updated: (_, object) => refresh(object) }),
    secrets.addHandler({ added: refresh, updated: (_, object) => refresh(object) }),
  ]
  return {
    logs(namespace, pod, request) {
      const loop = byName.get(`${namespace}/${pod}`)?.loop(request.container)
      const life = request.previous ? loop?.logs.previous : loop?.logs.current
      return life?.read(request)
    },
    podCpuCores(namespace, pod) {
      const name = `${namespace}/${pod}`
      const groups = byName.get(name)?.processGroups
      return groups && meter.cores(name, groups)
    },
    async close() {
      closed = true
      for (const remove of handlers) remove()
      await Promise.all([...workers.values()].map(worker => worker.abandon()))
      await Promise.all([deps.runtimes.builtin.close(), deps.runtimes.process.close()])
    },
  }
}

/** A pod that ended before this kubelet came is not started again. */
function isOver(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
}

async function registerNode(client: Client, clock: Clock, name: string): Promise<void> {
  const now = toTimestamp(clock.now())
  const node: Node = {
    metadata: {
      name,
      labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' },
    },
    spec: {},
    status: {
      capacity: nodeCapacity,
      allocatable: nodeCapacity,
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'KubeletReady',
          message: 'serin is ready to run programs as pods',
          lastHeartbeatTime: now,
          lastTransitionTime: now,
        },
      ],
      addresses: [
        { type: 'InternalIP', address: '127.0.0.1' },
        { type: 'Hostname', address: name },
      ],
      nodeInfo: {
        architecture: 'amd64',
        bootID: '',
        containerRuntimeVersion: 'serin://1',
        kernelVersion: '',
        kubeProxyVersion: '',
        kubeletVersion: 'v1.36.0',
        machineID: '',
        operatingSystem: 'linux',
        osImage: 'Serin',
        systemUUID: '',
      },
    },
  }
  await client.create(Node, node).catch(error => {
    if (!isAlreadyExists(error)) throw error
  })
  await client.patch(
    Node,
    { name },
    { type: 'merge', body: JSON.parse(JSON.stringify({ status: node.status })) },
    { subresource: 'status' },
  )
}
