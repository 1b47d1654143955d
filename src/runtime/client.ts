/** What a client of the Kubernetes API can do. `newClient` in http-client.ts makes one from a kubeconfig. */
import type { Json, JsonObject, KubernetesObject, ObjectRef, ResourceType, Status } from '../apimachinery/meta.ts'

/** Options that every call takes. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined
  /** `status`, `scale`, `binding`, `eviction`, ...: the subresource to address instead of the object. */
  readonly subresource?: string
}

/** Options of calls that write. */
export interface WriteOptions extends CallOptions {
  /** Who owns the fields that this call sets. */
  readonly fieldManager?: string
  readonly dryRun?: boolean
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict'
}

/** Options of list and watch. Without a namespace: all namespaces. Selectors are in the API's text form. */
export interface ListOptions extends CallOptions {
  readonly namespace?: string | undefined
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
  /** Page size; the client follows `continue` itself unless `onePage` is set. */
  readonly limit?: number
  readonly continue?: string
  readonly onePage?: boolean
  readonly resourceVersion?: string
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan'
}

/** The objects of a list and the version at which they stood. */
export interface ListResult<T> {
  readonly items: readonly T[]
  readonly resourceVersion: string
  readonly continue?: string
  readonly remainingItemCount?: number
}

/** One event of a watch. A `BOOKMARK` carries only a resourceVersion. Errors are thrown, not yielded. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: T
}

/** Options of a watch. */
export interface WatchOptions extends Omit<ListOptions, 'limit' | 'continue' | 'onePage'> {
  /** Default true. */
  readonly allowBookmarks?: boolean
  /** Asks for the state as ADDED events first, ended by a bookmark that bears `k8s.io/initial-events-end`. */
  readonly sendInitialEvents?: boolean
  /** After how many seconds the server ends the watch. */
  readonly timeoutSeconds?: number
}

/** A patch, by its media type. `merge`, `strategic` and `json` are RFC 7386, the API's own and RFC 6902. */
export type Patch =
  | { readonly type: 'merge' | 'strategic'; readonly body: JsonObject }
  | { readonly type: 'json'; readonly body: readonly JsonPatchOperation[] }

/** One operation of RFC 6902. */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: Json }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly from: string; readonly path: string }

/** Options of a deletion. */
export interface DeleteOptions extends CallOptions {
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
  readonly gracePeriodSeconds?: number
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
  readonly dryRun?: boolean
}

/** Options of reading a container's log. */
export interface LogOptions {
  readonly container?: string
  readonly follow?: boolean
  readonly previous?: boolean
  readonly tailLines?: number
  readonly sinceSeconds?: number
  readonly timestamps?: boolean
  readonly signal?: AbortSignal
}

/**
 * A client of one cluster's API. Every method throws {@link ApiError} for an answer of 400 and above and
 * {@link ConnectionError} where there was no answer. `fetch` goes over the network each time; caches are informers.
 * Objects are sent and returned as they are on the wire: unknown fields are kept. An object without `apiVersion` and
 * `kind` gets them from `type` on the way out.
 */
export interface Client {
  /** The API server's base URL, without a slash at the end. */
  readonly server: string
  fetch<T extends KubernetesObject>(type: ResourceType<T>, ref: ObjectRef, options?: CallOptions): Promise<T>
  /** {@link fetch}, but undefined for 404 NotFound. */
  fetchIfExists<T extends KubernetesObject>(
    type: ResourceType<T>,
    ref: ObjectRef,
    options?: CallOptions,
  ): Promise<T | undefined>
  list<T extends KubernetesObject>(type: ResourceType<T>, options?: ListOptions): Promise<ListResult<T>>
  create<T extends KubernetesObject>(type: ResourceType<T>, object: T, options?: WriteOptions): Promise<T>
  /** Replaces the object (PUT); a resourceVersion in it makes the write conditional. */
  update<T extends KubernetesObject>(type: ResourceType<T>, object: T, options?: WriteOptions): Promise<T>
  patch<T extends KubernetesObject>(
    type: ResourceType<T>,
    ref: ObjectRef,
    patch: Patch,
    options?: WriteOptions,
  ): Promise<T>
  /** Server-side apply: sends only the fields that the manager means to own. Creates the object if it is not there. */
  apply<T extends KubernetesObject>(
    type: ResourceType<T>,
    object: KubernetesObject & Partial<T>,
    options: WriteOptions & { readonly fieldManager: string; readonly force?: boolean },
  ): Promise<T>
  /** Deletes; resolves with what the server answered: the object being deleted, or a Status. */
  delete(type: ResourceType, ref: ObjectRef, options?: DeleteOptions): Promise<KubernetesObject | Status>
  /**
   * One watch connection. Ends when the server ends it; throws {@link ApiError} with code 410 when the version is too
   * old. Reconnecting is the informer's work.
   */
  watch<T extends KubernetesObject>(type: ResourceType<T>, options?: WatchOptions): AsyncIterable<WatchEvent<T>>
  /** Lines of a container's log. */
  logs(pod: ObjectRef, options?: LogOptions): AsyncIterable<string>
  /** Any other path of the API, such as /version or /readyz; the body is JSON where the answer is. */
  request(
    method: string,
    path: string,
    options?: { readonly body?: Json; readonly signal?: AbortSignal },
  ): Promise<unknown>
  /** Closes all connections. */
  close(): Promise<void>
}

/** The API answered with an error. `reason` is the Status's (NotFound, AlreadyExists, Conflict, Invalid, ...). */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly reason: string
  /** The HTTP status code. */
  readonly code: number
  readonly status: Status
  /** How long the server asks to wait before trying again, in milliseconds. */
  readonly retryAfterMs?: number

  constructor(status: Status, options: { readonly retryAfterMs?: number } = {}) {
    super(status.message ?? `the API answered ${status.code}`)
    this.reason = status.reason ?? 'Unknown'
    this.code = status.code
    this.status = status
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs
  }
}

/** The API could not be reached, or the connection broke before the answer was complete. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
  readonly reason = 'ConnectionFailed'
}

/** Whether `error` is the API's 404 for the object (not for the resource type as such). */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.code === 404
}

/** Whether `error` says that the object has changed since it was read (409 Conflict). */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.code === 409 && error.reason === 'Conflict'
}

/** Whether `error` says that an object of that name is there already (409 AlreadyExists). */
export function isAlreadyExists(error: unknown): boolean {
  return error instanceof ApiError && error.code === 409 && error.reason === 'AlreadyExists'
}
