/** An embedded Kubernetes API: HTTPS on loopback, in this process. */
import { randomBytes, randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { type Clock, systemClock } from '../../runtime/clock.ts'
import { type Logger, silentLogger } from '../../runtime/log.ts'
import { createServer } from '../../runtime/node-http.ts'
import type { Admission } from './admission.ts'
import { Authenticator } from './authentication.ts'
import { loadIdentity } from './certificates.ts'
import { expireEvents } from './collect/event-expiry.ts'
import { GarbageCollector } from './collect/garbage-collector.ts'
import { ensurePriorityClasses, ensureService } from './collect/initial-objects.ts'
import { NamespaceController } from './collect/namespace-controller.ts'
import { ensureNamespaces } from './collect/namespaces.ts'
import type { ServerContext } from './context.ts'
import { followDefinitions } from './crd/follow-definitions.ts'
import type { InitialDefinitions } from './crd/initial-definitions.ts'
import type { SchemaCompiler } from './crd/schema-cache.ts'
import type { OpenApi } from './discovery/openapi.ts'
import { WatchHub } from './handlers/watch-hub.ts'
import { InFlight, type InFlightLimits } from './http/in-flight.ts'
import { newRequestHandler } from './http/request-handler.ts'
import { kubeconfigText } from './kubeconfig.ts'
import { type PodLogHandler, PodLogs } from './pod-logs.ts'
import { servedBuiltIns } from './resources/built-in.ts'
import { newBuiltInRules } from './resources/built-in-strategy.ts'
import { ResourceMap } from './resources/resource-map.ts'
import { ServiceAccountTokens } from './service-account-tokens.ts'
import { defaultServiceBlock, ServiceAddresses } from './service-addresses.ts'
import type { WindowLimits } from './store/event-window.ts'
import { openJournal } from './store/journal.ts'
import { ObjectStore } from './store/store.ts'

/** How to start a server. Everything may be left out. */
export interface ApiServerOptions {
  /** The cluster's name in the kubeconfig. */
  readonly name?: string
  /** By default the one in `dir` where it is free, else any free one. */
  readonly port?: number
  /** Keeps objects, certificates, token and port here over restarts; without it everything is in memory. */
  readonly dir?: string
  readonly clock?: Clock
  readonly log?: Logger
  /** Whether pods may have loopback addresses: in a local cluster they have no others. Default false, as upstream. */
  readonly loopbackPods?: boolean
  /** Where Services get their addresses; default `10.0.0.0/16`. */
  readonly serviceBlock?: string
  /** Checks and changes objects in process, as admission webhooks would. */
  readonly admission?: Admission
  /** CRDs to have from the start. */
  readonly definitions?: InitialDefinitions
  /** How schemas of CRDs are compiled; one with a memory may be shared by several servers. */
  readonly compileSchema?: SchemaCompiler
  /** How many changes of a resource watches can catch up from. */
  readonly watchWindow?: WindowLimits
  readonly inFlight?: InFlightLimits
}

/** A running server. */
export interface EmbeddedApi {
  /** `https://127.0.0.1:PORT`. */
  readonly url: string
  /** Bearer token of the administrator. */
  readonly token: string
  readonly caPem: string
  /** YAML. */
  readonly kubeconfig: string
  /**
   * A Unix socket that takes the same requests, tokens included, in plain HTTP: for clients in this process, whose hundred
   * connections would cost more in TLS than all that they ask for.
   */
  readonly socketPath: string
  /** Asks `handler` for the logs of containers until the result is called. */
  onPodLogs(handler: PodLogHandler): () => void
  /** Ends watches, finishes writes and frees the port. May be called twice. */
  close(): Promise<void>
}

/** Starts a server; resolves when it serves. Several may run side by side. Throws when the port or `dir` is in use. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<EmbeddedApi> {
  const { dir, clock = systemClock, log = silentLogger, name = 'default' } = options
  const newToken = () => randomBytes(24).toString('base64url')
  const identity = await loadIdentity({ clock, newToken, name, folder: dir })
  const journal = dir === undefined ? undefined : await openJournal(dir)
  const closing = new AbortController()
  // Each watch and each table listens.
  setMaxListeners(0, closing.signal)
  const rules = newBuiltInRules({ loopbackPods: options.loopbackPods ?? false })
  const store = new ObjectStore({ journal, window: options.watchWindow })
  const context: ServerContext = {
    clock,
    log,
    newUid: randomUUID,
    newSuffix,
    store,
    serviceAddresses: new ServiceAddresses(store.table('/services'), options.serviceBlock ?? defaultServiceBlock),
    resources: new ResourceMap(servedBuiltIns(rules)),
    admission: options.admission,
    podLogs: new PodLogs(),
    watches: new WatchHub(clock, clock === systemClock ? watchBatchMs : 0),
    tokens: new ServiceAccountTokens(identity.token, clock),
    closing: closing.signal,
  }
  ensureNamespaces(context)
  if (options.definitions) {
    const { ensureDefinitions } = await import('./crd/initial-definitions.ts')
    ensureDefinitions(context, options.definitions)
  }
  await followDefinitions(context, rules, options.compileSchema)
  new GarbageCollector(context).start()
  new NamespaceController(context).start()
  expireEvents(context)
  const authenticator = new Authenticator(identity.token, token => context.tokens.userOf(token))
  let openApi: Promise<OpenApi> | undefined
  const handler = newRequestHandler({
    server: context,
    authenticator,
    inFlight: new InFlight(options.inFlight),
    openApi() {
      // Few clients ask for it, and it is slow to load.
      openApi ??= import('./discovery/openapi.ts').then(module => new module.OpenApi(context))
      return openApi
    },
  })
  const https = createSecureServer(
    { cert: identity.certificatePem, key: identity.keyPem, ...connectionOptions },
    handler,
  )
  const inProcess = createServer(connectionOptions, handler)
  // In Linux's abstract namespace: no file that a process that was killed would leave behind.
  const socketPath = `\0serin-api-${randomUUID()}`
  let closed: Promise<void> | undefined
  const close = () => {
    closed ??= shutDown([https, inProcess], context, closing)
    return closed
  }
  try {
    const port = await listen(https, options.port, dir)
    await listenOn(inProcess, { path: socketPath })
    const url = `https://127.0.0.1:${port}`
    const { token, caPem } = identity
    ensurePriorityClasses(context)
    ensureService(context, port)
    const kubeconfig = kubeconfigText({ name, url, caPem, token })
    const onPodLogs = (handler: PodLogHandler) => context.podLogs.register(handler)
    return { url, token, caPem, kubeconfig, socketPath, onPodLogs, close }
  } catch (error) {
    await close()
    throw error
  }
}

// Well below the 20 ms within which a watch has to hear of a change on a busy server.
const watchBatchMs = 4

const connectionOptions = {
  // Clients keep connections for longer than Node's 5 s between requests, and watches are quiet for long.
  keepAliveTimeout: 90_000,
  requestTimeout: 60_000,
  headersTimeout: 30_000,
  // Without this, small writes wait for the other side's acknowledgement (Nagle).
  noDelay: true,
  maxHeaderSize: 64 * 1024,
} as const

// The alphabet of k8s.io/apimachinery util/rand: nothing that reads as a word or a number.
const suffixAlphabet = 'bcdfghjklmnpqrstvwxz2456789'

function newSuffix(): string {
  return [...randomBytes(5)].map(byte => suffixAlphabet[byte % suffixAlphabet.length]).join('')
}

/** Listens on the wanted port, else on the one used last, else on any. Returns the port. */
async function listen(https: Server, wanted: number | undefined, dir: string | undefined): Promise<number> {
  if (wanted !== undefined && wanted !== 0) {
    await listenOn(https, { port: wanted })
  } else {
    const last = dir === undefined ? undefined : await readPort(dir)
    const isFree =
      last !== undefined &&
      (await listenOn(https, { port: last }).then(
        () => true,
        () => false,
      ))
    if (!isFree) await listenOn(https, { port: 0 })
  }
  // A server that listens on TCP has an address of this form.
  const { port } = https.address() as AddressInfo
  if (dir !== undefined) {
    await mkdir(dir, { recursive: true })
    await writeFile(path.join(dir, 'port'), `${port}\n`)
  }
  return port
}

function listenOn(server: Server, where: { readonly port: number } | { readonly path: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', ...where }, () => {
      server.removeListener('error', reject)
      resolve()
    })
  })
}

async function readPort(dir: string): Promise<number | undefined> {
  try {
    const port = Number((await readFile(path.join(dir, 'port'), 'utf8')).trim())
    return Number.isInteger(port) && port > 0 && port < 65536 ? port : undefined
  } catch {
    return undefined
  }
}

// How long requests that are under way get to finish.
const drainMs = 2_000

async function shutDown(servers: readonly Server[], context: ServerContext, closing: AbortController): Promise<void> {
  const ended = servers.map(server => new Promise<void>(resolve => server.close(() => resolve())))
  closing.abort()
  const closeIdle = () => {
    for (const server of servers) server.closeIdleConnections()
  }
  closeIdle()
  // Connections live in real time, whatever clock the objects see.
  const stopTimer = systemClock.setTimer(() => {
    for (const server of servers) server.closeAllConnections()
  }, drainMs)
  // Idle connections of clients that reuse them would hold the server open.
  setImmediate(closeIdle)
  await Promise.all(ended)
  stopTimer()
  context.store.close()
}
