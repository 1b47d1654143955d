/** The {@link Client} of a real API server, over HTTP. */
import {
  apiVersionOf,
  type Json,
  type KubernetesObject,
  type ObjectRef,
  type ResourceType,
  type Status,
} from '../apimachinery/meta.ts'
import { collectionPath, objectPath, withQuery } from './api-path.ts'
import {
  ApiError,
  type CallOptions,
  type Client,
  ConnectionError,
  type DeleteOptions,
  isNotFound,
  type ListOptions,
  type ListResult,
  type LogOptions,
  type Patch,
  type WatchEvent,
  type WatchOptions,
  type WriteOptions,
} from './client.ts'
import type { Clock } from './clock.ts'
import { errorFromEvent } from './http-status.ts'
import {
  type HttpAnswer,
  type HttpRequest,
  newTransport,
  type ObservedRequest,
  type RequestSubject,
} from './http-transport.ts'
import { type ClusterConfig, clusterConfigFromText } from './kubeconfig.ts'
import { LineTooLongError, readLines } from './lines.ts'

/** How to reach a cluster, and what to limit. */
export interface HttpClientOptions {
  /** The cluster; or give `kubeconfig`. */
  readonly config?: ClusterConfig
  /** A kubeconfig's text, of which the current context is used. */
  readonly kubeconfig?: string
  readonly clock: Clock
  /** Default `serin`. */
  readonly userAgent?: string
  /** How long one answer may take. Default 60,000: as long as the API server itself lets a request run. */
  readonly requestTimeoutMs?: number
  /** The longest answer that is read. Default 128 MiB: far above a page of 500 objects of the largest size in use. */
  readonly maxBodyBytes?: number
  /** The longest event of a watch or line of a log. Default 16 MiB; etcd holds objects of 1.5 MiB. */
  readonly maxLineBytes?: number
  /** Connections beside those of watches and logs. Default 32. */
  readonly maxConnections?: number
  /** Requests a second, and at once (`burst`, default twice that). Absent: the server's own flow control decides. */
  readonly qps?: number
  readonly burst?: number
  /** Told of every attempt, for metrics. */
  readonly observe?: (request: ObservedRequest) => void
}

/** client-go's page size. */
const defaultPageSize = 500

/**
 * A client of one cluster. It connects with its first call; close it when done.
 * @throws KubeConfigError where `kubeconfig` is malformed
 */
export function newClient(options: HttpClientOptions): Client {
  const config = options.config ?? clusterConfigFromText(options.kubeconfig ?? '')
  const maxLineBytes = options.maxLineBytes ?? 16 << 20
  const transport = newTransport({
    config,
    clock: options.clock,
    userAgent: options.userAgent ?? 'serin',
    requestTimeoutMs: options.requestTimeoutMs ?? 60_000,
    maxBodyBytes: options.maxBodyBytes ?? 128 << 20,
    maxConnections: options.maxConnections ?? 32,
    qps: options.qps,
    burst: options.burst,
    observe: options.observe,
  })

  async function sendJson<T>(request: HttpRequest): Promise<T> {
    return parseAnswer(await transport.send(request), request) as T // The server's word for what the path holds.
  }

  async function listPage<T extends KubernetesObject>(type: ResourceType<T>, options: ListOptions) {
    const page = await sendJson<{
      items?: T[] | null
      metadata?: { resourceVersion?: string; continue?: string; remainingItemCount?: number }
    }>({
      subject: subjectOf('list', type),
      method: 'GET',
      path: withQuery(collectionPath(type, options.namespace), {
        ...selection(options),
        limit: options.limit,
        continue: options.continue,
      }),
      idempotent: true,
      signal: options.signal,
    })
    return { items: (page.items ?? []).map(item => named(type, item)), metadata: page.metadata ?? {} }
  }

  async function listAll<T extends KubernetesObject>(type: ResourceType<T>, options: ListOptions) {
    const items: T[] = []
    // A continue token carries its version; the API refuses both together.
    const { resourceVersion, resourceVersionMatch, ...rest } = options
    let page = await listPage(type, options)
    for (;;) {
      for (const item of page.items) items.push(item)
      if (!page.metadata.continue) return { items, resourceVersion: page.metadata.resourceVersion ?? '' }
      page = await listPage(type, { ...rest, continue: page.metadata.continue })
    }
  }

  async function list<T extends KubernetesObject>(
    type: ResourceType<T>,
    options: ListOptions = {},
  ): Promise<ListResult<T>> {
    const limit = options.limit ?? defaultPageSize
    if (options.onePage) {
      const { items, metadata } = await listPage(type, { ...options, limit })
      return {
        items,
        resourceVersion: metadata.resourceVersion ?? '',
        ...(metadata.continue ? { continue: metadata.continue } : {}),
        ...(metadata.remainingItemCount ? { remainingItemCount: metadata.remainingItemCount } : {}),
      }
    }
    try {
      return await listAll(type, { ...options, limit })
    } catch (error) {
      // The continue token aged while we read; one answer for everything cannot. (client-go's pager)
      if (!(error instanceof ApiError) || error.code !== 410 || options.resourceVersionMatch === 'Exact') throw error
      const { limit: _, continue: __, ...rest } = options
      return listAll(type, rest)
    }
  }

  async function* watch<T extends KubernetesObject>(
    type: ResourceType<T>,
    options: WatchOptions = {},
  ): AsyncGenerator<WatchEvent<T>, void, void> {
    const request: HttpRequest = {
      subject: subjectOf('watch', type),
      method: 'GET',
      path: withQuery(collectionPath(type, options.namespace), {
        watch: true,
        ...selection(options),
        allowWatchBookmarks: options.allowBookmarks ?? true,
        sendInitialEvents: options.sendInitialEvents,
        timeoutSeconds: options.timeoutSeconds,
      }),
      idempotent: true,
      signal: options.signal,
    }
    for await (const line of lines(request)) {
      const event = parseEvent<T>(line)
      if (event.type === 'ERROR') throw errorFromEvent(event.object)
      yield event as WatchEvent<T> // ERROR is the only other type, and is thrown above.
    }
  }

  async function* lines(request: HttpRequest): AsyncGenerator<string, void, void> {
    const body = await transport.open(request)
    try {
      yield* readLines(body, maxLineBytes)
    } catch (error) {
      if (request.signal?.aborted) throw request.signal.reason
      const why = error instanceof LineTooLongError ? error.message : `broke off: ${(error as Error).message}`
      throw new ConnectionError(`${request.subject.verb} of ${request.subject.resource}: ${why}`, { cause: error })
    }
  }

  const write = <T extends KubernetesObject>(
    verb: RequestSubject['verb'],
    method: HttpRequest['method'],
    type: ResourceType<T>,
    path: string,
    options: WriteOptions,
    body: {
      readonly json: unknown
      readonly contentType?: string
      readonly idempotent: boolean
      readonly force?: boolean
    },
  ) =>
    sendJson<T>({
      subject: subjectOf(verb, type, options.subresource),
      method,
      path: withQuery(path, { ...writeQuery(options), force: body.force }),
      body: JSON.stringify(body.json),
      ...(body.contentType ? { contentType: body.contentType } : {}),
      idempotent: body.idempotent,
      signal: options.signal,
    })

  async function fetch<T extends KubernetesObject>(
    type: ResourceType<T>,
    ref: ObjectRef,
    options: CallOptions = {},
  ): Promise<T> {
    return sendJson<T>({
      subject: subjectOf('get', type, options.subresource),
      method: 'GET',
      path: objectPath(type, ref, options.subresource),
      idempotent: true,
      signal: options.signal,
    })
  }

  return {
    server: config.server,
    fetch,
    async fetchIfExists(type, ref, options) {
      try {
        return await fetch(type, ref, options)
      } catch (error) {
        if (isNotFound(error)) return undefined
        throw error
      }
    },
    list,
    async create(type, object, options = {}) {
      const ref = refOf(object)
      const path = options.subresource
        ? objectPath(type, ref, options.subresource)
        : collectionPath(type, requireNamespace(type, ref))
      return write('create', 'POST', type, path, options, { json: named(type, object), idempotent: false })
    },
    async update(type, object, options = {}) {
      const path = objectPath(type, refOf(object), options.subresource)
      return write('update', 'PUT', type, path, options, { json: named(type, object), idempotent: true })
    },
    async patch(type, ref, patch, options = {}) {
      return write('patch', 'PATCH', type, objectPath(type, ref, options.subresource), options, {
        json: patch.body,
        contentType: patchTypes[patch.type],
        idempotent: patch.type === 'merge',
      })
    },
    async apply(type, object, options) {
      return write('apply', 'PATCH', type, objectPath(type, refOf(object), options.subresource), options, {
        json: named(type, object),
        contentType: 'application/apply-patch+yaml',
        idempotent: true,
        force: options.force ?? false,
      })
    },
    async delete(type, ref, options = {}) {
      return sendJson<KubernetesObject | Status>({
        subject: subjectOf('delete', type, options.subresource),
        method: 'DELETE',
        path: objectPath(type, ref, options.subresource),
        body: JSON.stringify(deleteBody(options)),
        idempotent: true,
        signal: options.signal,
      })
    },
    watch,
    async *logs(pod, options: LogOptions = {}) {
      const { signal, ...query } = options
      yield* lines({
        subject: { verb: 'logs', group: '', resource: 'pods', subresource: 'log' },
        method: 'GET',
        path: withQuery(objectPath(podType, pod, 'log'), query),
        idempotent: true,
        signal,
      })
    },
    async request(method, path, options = {}) {
      const request: HttpRequest = {
        subject: { verb: 'raw', group: '', resource: '' },
        method: method.toUpperCase() as HttpRequest['method'], // Any method: the server says which it knows.
        path: path.startsWith('/') ? path : `/${path}`,
        ...(options.body !== undefined ? { body: JSON.stringify(options.body) } : {}),
        idempotent: method.toUpperCase() === 'GET',
        signal: options.signal,
      }
      const answer = await transport.send(request)
      return answer.contentType.includes('json') ? parseAnswer(answer, request) : answer.text
    },
    close: () => transport.close(),
  }
}

const podType: ResourceType = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true }

const patchTypes: Readonly<Record<Patch['type'], string>> = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
}

function subjectOf(verb: RequestSubject['verb'], type: ResourceType, subresource?: string): RequestSubject {
  return { verb, group: type.group, resource: type.plural, subresource }
}

function refOf(object: KubernetesObject): ObjectRef {
  return { namespace: object.metadata?.namespace, name: object.metadata?.name ?? '' }
}

function requireNamespace(type: ResourceType, ref: ObjectRef): string | undefined {
  if (type.namespaced && !ref.namespace) throw new Error(`a new ${type.kind} ${ref.name} needs metadata.namespace`)
  return ref.namespace
}

/** The object with its `apiVersion` and `kind`, which the items of typed lists lack. */
function named<T extends KubernetesObject>(type: ResourceType<T>, object: T): T {
  return object.apiVersion && object.kind ? object : { apiVersion: apiVersionOf(type), kind: type.kind, ...object }
}

function selection(options: ListOptions) {
  const { labelSelector, fieldSelector, resourceVersion, resourceVersionMatch } = options
  return { labelSelector, fieldSelector, resourceVersion, resourceVersionMatch }
}

function writeQuery(options: WriteOptions) {
  const { fieldManager, fieldValidation } = options
  return { fieldManager, fieldValidation, dryRun: options.dryRun ? 'All' : undefined }
}

function deleteBody(options: DeleteOptions): Json {
  const { propagationPolicy, gracePeriodSeconds, preconditions, dryRun } = options
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...(propagationPolicy ? { propagationPolicy } : {}),
    ...(gracePeriodSeconds !== undefined ? { gracePeriodSeconds } : {}),
    ...(preconditions ? { preconditions: { ...preconditions } } : {}),
    ...(dryRun ? { dryRun: ['All'] } : {}),
  }
}

function parseAnswer(answer: HttpAnswer, request: HttpRequest): unknown {
  try {
    return JSON.parse(answer.text)
  } catch (error) {
    const what = `${request.method} ${request.path.split('?')[0]}`
    throw new ConnectionError(`${what} was answered with something that is not JSON`, { cause: error })
  }
}

function parseEvent<T>(line: string): { type: WatchEvent<T>['type'] | 'ERROR'; object: T } {
  let event: { type?: unknown; object?: unknown }
  try {
    event = JSON.parse(line)
  } catch (error) {
    throw new ConnectionError(`the watch sent a line that is not JSON (${line.length} characters)`, { cause: error })
  }
  if (!eventTypes.has(event.type) || typeof event.object !== 'object' || event.object === null) {
    throw new ConnectionError(`the watch sent an event of type ${JSON.stringify(event.type)}`)
  }
  return event as { type: WatchEvent<T>['type'] | 'ERROR'; object: T } // Both members checked above.
}

const eventTypes: ReadonlySet<unknown> = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'])
