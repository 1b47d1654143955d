/**
 * A node for a real control plane: pods of Serin's image run as processes, started as the pod says under its service
 * account's token; all other pods are ready as soon as they are there.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { request } from 'undici'
import { type Container, Pod, Service } from '../../src/api/core/core-v1.ts'
import { selectsLabels } from '../../src/apimachinery/labels.ts'
import type { Json } from '../../src/apimachinery/meta.ts'
import { type Client, isNotFound } from '../../src/runtime/client.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { newInformerSet } from '../../src/runtime/informer-set.ts'
import { silentLogger } from '../../src/runtime/log.ts'
import { simulate } from '../conformance/workloads/host.ts'
import { kubeconfigFor } from '../support/real-control-plane.ts'

/** A running node. */
export interface TestNode {
  /** Processes by the pod's name: id, and when it was started and ready, in milliseconds of performance.now(). */
  readonly processes: ReadonlyMap<string, PodProcess>
  /** Leads more names, as `name:port`, to an address of loopback. */
  lead(name: string, address: string): void
  /** Where a Service's address is: a pod of Serin's that is ready. */
  target(address: string): { readonly host: string; readonly port: number } | undefined
  /** What the programs have written. */
  log(): string
  close(): Promise<void>
}

/** A process that stands for a pod. */
export interface PodProcess {
  readonly child: ChildProcess
  readonly address: string
  readonly startedMs: number
  readyMs?: number
}

const program = path.join(import.meta.dirname, '..', '..', 'bin', 'serin')
const network = path.join(import.meta.dirname, 'cluster-network.mjs')
const isOurs = ({ spec }: Pod) => spec?.containers[0]?.image?.includes('/serin:') ?? false

/** Starts it. `network` of loopback addresses: 127.N.0.0/16. */
export async function startNode(options: {
  readonly client: Client
  readonly url: string
  readonly caPem: string
  readonly folder: string
  readonly network: number
}): Promise<TestNode> {
  const { client, folder } = options
  const names = new Map<string, string>()
  const namesFile = path.join(folder, 'network.json')
  const logFile = path.join(folder, 'pods.log')
  const processes = new Map<string, PodProcess>()
  const starting = new Set<string>()
  const informers = newInformerSet({ client, clock: systemClock, log: silentLogger, random: Math.random })
  const pods = informers.informer(Pod)
  const services = informers.informer(Service)
  const stop = new AbortController()
  let closed = false
  await mkdir(folder, { recursive: true })
  writeFileSync(logFile, '')
  writeNames()

  function writeNames(): void {
    const all = new Map(names)
    for (const service of services.list()) {
      const { namespace = '', name = '' } = service.metadata ?? {}
      for (const { port, targetPort } of service.spec?.ports ?? []) {
        const at = podOf(service, targetPort ?? port)
        for (const host of [`${name}.${namespace}`, `${name}.${namespace}.svc`]) if (at) all.set(`${host}:${port}`, at)
      }
    }
    writeFileSync(namesFile, JSON.stringify(Object.fromEntries(all)))
  }

  function podOf(service: Service, targetPort: number | string): string | undefined {
    const { selector } = service.spec ?? {}
    if (!selector) return undefined
    const chosen = pods
      .list(service.metadata?.namespace)
      .filter(pod => selectsLabels({ matchLabels: selector }, pod.metadata?.labels))
      .map(pod => ({ pod, process: processes.get(pod.metadata?.name ?? '') }))
      .filter(({ process }) => process?.readyMs !== undefined)
      .at(-1)
    const ports = chosen?.pod.spec?.containers[0]?.ports ?? []
    const number =
      typeof targetPort === 'number' ? targetPort : ports.find(({ name }) => name === targetPort)?.containerPort
    return chosen && number ? `${chosen.process?.address}:${number}` : undefined
  }

  async function seen(pod: Pod): Promise<void> {
    const { name = '', namespace = '', deletionTimestamp } = pod.metadata ?? {}
    const process = processes.get(name)
    if (!isOurs(pod) || (!deletionTimestamp && !pod.spec?.nodeName)) return simulate(client, pod)
    if (deletionTimestamp) {
      if (process) await ended(process.child)
      processes.delete(name)
      writeNames()
      return simulate(client, pod)
    }
    if (process || starting.has(name) || closed) return
    starting.add(name)
    const started = await startPod(pod)
    processes.set(name, started)
    starting.delete(name)
    await untilReady(pod, started)
    if (started.child.exitCode !== null) return
    started.readyMs = performance.now()
    writeNames()
    const body = {
      status: {
        phase: 'Running',
        podIP: '10.1.2.3',
        conditions: [
          { type: 'Ready', status: 'True', lastTransitionTime: new Date().toISOString().replace(/\.\d+/, '') },
        ],
      },
    }
    await client.patch(Pod, { namespace, name }, { type: 'merge', body }, { subresource: 'status' })
  }

  async function startPod(pod: Pod): Promise<PodProcess> {
    const { name = '', namespace = '' } = pod.metadata ?? {}
    const container = pod.spec?.containers[0] as Container // A pod has one.
    const place = path.join(folder, name)
    await mkdir(path.join(place, 'data'), { recursive: true })
    const address = `127.${options.network}.${processes.size + starting.size}.${1 + Math.floor(Math.random() * 250)}`
    const env = Object.fromEntries(
      (container.env ?? []).map(({ name: key, value }) => [key, value ?? namespace] as const), // The only reference is to it.
    )
    const args = (container.args ?? []).map(arg =>
      arg
        .replace(/\$\((\w+)\)/g, (_, key: string) => env[key] ?? '')
        .replace('--host=0.0.0.0', `--host=${address}`)
        .replace('=/data', `=${place}/data`),
    )
    // There is no kubelet that could mount the token where pods find it.
    const { spec } = pod
    if (spec?.automountServiceAccountToken !== false)
      env['KUBECONFIG'] = await writeKubeconfig(place, namespace, spec?.serviceAccountName ?? 'default')
    const log = openSync(logFile, 'a')
    appendFileSync(logFile, `# ${name}: ${args.join(' ')}\n`)
    const child = spawn(program, args, {
      cwd: place,
      env: {
        ...env,
        PATH: process.env['PATH'],
        TMPDIR: place,
        HOME: place,
        XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'),
        NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
        NODE_OPTIONS: `--import=${network}`,
        CLUSTER_NETWORK: namesFile,
      },
      stdio: ['ignore', log, log],
    })
    closeSync(log)
    return { child, address, startedMs: performance.now() }
  }

  async function writeKubeconfig(place: string, namespace: string, account: string): Promise<string> {
    const path_ = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`
    const body: Json = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 7200 },
    }
    const { status } = (await client.request('POST', path_, { body })) as { status: { token: string } }
    const file = path.join(place, 'kubeconfig')
    const text = kubeconfigFor(options.url, status.token, options.caPem)
    writeFileSync(file, text.replace('    user: default\n', `    user: default\n    namespace: ${namespace}\n`), {
      mode: 0o600,
    })
    return file
  }

  async function untilReady(pod: Pod, { child, address }: PodProcess): Promise<void> {
    const { readinessProbe, ports = [] } = pod.spec?.containers[0] ?? {}
    const get = readinessProbe?.httpGet
    if (!get) return
    const port = ports.find(({ name }) => name === get.port)?.containerPort ?? get.port
    while (child.exitCode === null && !stop.signal.aborted) {
      // Nobody listens yet, or it is not ready.
      const code = await request(`http://${address}:${port}${get.path}`).then(
        async ({ statusCode, body }) => {
          await body.dump()
          return statusCode
        },
        () => 0,
      )
      if (code === 200) return
      await systemClock.sleep(20, stop.signal).catch(() => {})
    }
  }

  const guarded = (pod: Pod) =>
    void seen(pod).catch(error => {
      if (!isNotFound(error) && !closed) appendFileSync(logFile, `# node: ${pod.metadata?.name}: ${error}\n`)
    })
  pods.addHandler({ added: guarded, updated: (_, pod) => guarded(pod) })
  services.addHandler({ added: writeNames, updated: writeNames })
  const running = informers.run(stop.signal)
  await informers.synced()
  return {
    processes,
    lead(name, address) {
      names.set(name, address)
      writeNames()
    },
    target(address) {
      const [ip = '', port = ''] = address.split(':')
      const service = services.list().find(({ spec }) => spec?.clusterIP === ip)
      const found = service?.spec?.ports?.find(each => each.port === Number(port))
      const at = service && found ? podOf(service, found.targetPort ?? found.port) : undefined
      const [host = '', at_ = ''] = at?.split(':') ?? []
      return at ? { host, port: Number(at_) } : undefined
    },
    log: () => readFileSync(logFile, 'utf8'),
    async close() {
      closed = true
      await Promise.all([...processes.values()].map(({ child }) => ended(child)))
      stop.abort()
      await running.catch(() => {})
    },
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGTERM')
  await exit
}
