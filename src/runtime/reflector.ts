/** Keeps a sink equal to what the API holds of one selection: a list, then watches from where it stood. */
import type { KubernetesObject, ResourceType } from '../apimachinery/meta.ts'
import { type Backoff, newBackoff, type Random } from './backoff.ts'
import { ApiError, type Client, type ListOptions, type WatchEvent } from './client.ts'
import type { Clock } from './clock.ts'
import type { Logger } from './log.ts'

/** Which objects of a type. */
export type Selection = Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector'>

/** Where the objects go. */
export interface ReflectorSink<T> {
  /** All objects follow from the start; what is not put before {@link endList} is gone. */
  beginList(): void
  endList(): void
  put(object: T): void
  remove(object: T): void
}

/** How to get the first state: pages of a list, the watch itself, or the latter where the server can. */
export type InitialSync = 'list' | 'stream' | 'auto'

/** What a reflector needs. */
export interface ReflectorDeps<T extends KubernetesObject> {
  readonly client: Pick<Client, 'list' | 'watch'>
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly type: ResourceType<T>
  readonly selection: Selection
  readonly sink: ReflectorSink<T>
  readonly initialSync: InitialSync
  /** Told of each failure, and of undefined once all is well again. */
  readonly onProblem: (problem: Error | undefined) => void
}

/** Runs until `signal` aborts, and then resolves; failures are retried with back-off. */
export interface Reflector {
  run(signal: AbortSignal): Promise<void>
}

/** client-go's reflector waits 0.8 s to 30 s; a local API is back sooner. */
const backoff = { initialMs: 200, maxMs: 30_000 }
/** client-go asks for 5 to 10 minutes, spread so that watches do not all end at once. */
const watchSeconds = { least: 300, spread: 300 }
/** kube-apiserver sends a bookmark about every minute; after two have failed to come, the connection is dead. */
const bookmarkQuietMs = 150_000
/** Without bookmarks: how long after its own end a watch may still be open. */
const overdueMs = 30_000
/** A server that does not know sendInitialEvents starts an ordinary watch, which never ends its initial events. */
const initialEventsQuietMs = 10_000
/** A watch that ends sooner than this counts as a failure, else a broken proxy would have us reconnect in a loop. */
const shortWatchMs = 1_000
/** A state too large for one answer through some proxy still comes in pages. */
const maxBrokenStreams = 2
const initialEventsEnd = 'k8s.io/initial-events-end'

/** A reflector; see {@link Reflector}. */
export function newReflector<T extends KubernetesObject>(deps: ReflectorDeps<T>): Reflector {
  const { client, clock, sink, type, selection } = deps
  let streams = deps.initialSync !== 'list'

  /** Follows one watch until it ends; yields nothing but keeps the returned version up to date. */
  async function follow(events: AsyncIterable<WatchEvent<T>>, quiet: QuietTimer, state: WatchState): Promise<void> {
    for await (const event of events) {
      quiet.heard(event.type === 'BOOKMARK')
      const version = event.object.metadata?.resourceVersion
      if (event.type === 'DELETED') sink.remove(event.object)
      else if (event.type !== 'BOOKMARK') sink.put(event.object)
      else if (state.syncing && event.object.metadata?.annotations?.[initialEventsEnd] === 'true') {
        state.syncing = false
        sink.endList()
        deps.onProblem(undefined)
      }
      // While the initial events come, their versions are those of the objects, in no order.
      if (version && !state.syncing) state.version = version
      state.failures.reset()
    }
  }

  async function watch(state: WatchState, signal: AbortSignal): Promise<void> {
    const timeoutSeconds = Math.round(watchSeconds.least + deps.random() * watchSeconds.spread)
    const quiet = newQuietTimer(clock, signal, state.syncing ? initialEventsQuietMs : timeoutSeconds * 1000 + overdueMs)
    const startMs = clock.monotonicMs()
    const startVersion = state.version
    try {
      await follow(
        client.watch(type, {
          ...selection,
          ...(state.syncing
            ? { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' as const }
            : { resourceVersion: state.version ?? '' }),
          allowBookmarks: true,
          timeoutSeconds,
          signal: quiet.signal,
        }),
        quiet,
        state,
      )
    } finally {
      quiet.clear()
    }
    if (state.version === startVersion && clock.monotonicMs() - startMs < shortWatchMs) {
      throw new Error('the watch ended at once')
    }
  }

  async function list(state: WatchState, signal: AbortSignal): Promise<void> {
    sink.beginList()
    const found = await listInto(deps, signal)
    sink.endList()
    state.version = found
    deps.onProblem(undefined)
  }

  async function step(state: WatchState, signal: AbortSignal): Promise<void> {
    if (state.version === undefined && streams && state.brokenStreams < maxBrokenStreams) {
      state.syncing = true
      sink.beginList()
      try {
        await watch(state, signal)
        state.brokenStreams = 0
      } catch (error) {
        if (deps.initialSync === 'auto' && state.syncing) {
          if (cannotStream(error)) streams = false
          else state.brokenStreams += 1
        }
        if (streams) throw error
      } finally {
        state.syncing = false
      }
      return
    }
    state.brokenStreams = 0
    if (state.version === undefined) await list(state, signal)
    await watch(state, signal)
  }

  return {
    async run(signal) {
      const state: WatchState = {
        version: undefined,
        syncing: false,
        brokenStreams: 0,
        failures: newBackoff(backoff, deps.random),
      }
      while (!signal.aborted) {
        try {
          await step(state, signal)
        } catch (error) {
          if (signal.aborted) return
          await recover(error, state, signal)
        }
      }
    },
  }

  async function recover(error: unknown, state: WatchState, signal: AbortSignal): Promise<void> {
    const problem = error instanceof Error ? error : new Error(String(error))
    const expired = error instanceof ApiError && error.code === 410
    if (expired) state.version = undefined
    const waitMs = Math.max(state.failures.next(), error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0)
    const about = { resource: type.plural, ...selection, error: problem }
    // A dropped watch is daily business; one that cannot come back, or a list that fails, is not.
    if (expired || (state.version !== undefined && state.failures.failures <= 3)) deps.log.debug('watch ended', about)
    else {
      deps.onProblem(problem)
      deps.log.warn('cannot follow a resource', { ...about, retryInMs: Math.round(waitMs) })
    }
    await clock.sleep(waitMs, signal).catch(() => {}) // An abort ends the loop above.
  }
}

interface WatchState {
  /** Where to go on; undefined: start from a new list. */
  version: string | undefined
  /** Whether the watch is still sending the initial state. */
  syncing: boolean
  /** How often in a row the initial state did not come to its end. */
  brokenStreams: number
  readonly failures: Backoff
}

/** Puts page after page, so that no more than one is held; the version at which the list stood. */
async function listInto<T extends KubernetesObject>(deps: ReflectorDeps<T>, signal: AbortSignal): Promise<string> {
  const { client, type, selection, sink } = deps
  let from: string | undefined
  for (;;) {
    try {
      const page = await client.list(type, { ...selection, onePage: true, signal, ...(from ? { continue: from } : {}) })
      for (const object of page.items) sink.put(object)
      if (!page.continue) return page.resourceVersion
      from = page.continue
    } catch (error) {
      if (from === undefined || !(error instanceof ApiError) || error.code !== 410) throw error
      // The pages took longer than the server keeps a version: all at once, then.
      sink.beginList()
      const everything = await client.list(type, { ...selection, signal })
      for (const object of everything.items) sink.put(object)
      return everything.resourceVersion
    }
  }
}

/** Whether the server refused to stream the initial state, or did not understand. */
function cannotStream(error: unknown): boolean {
  return error instanceof QuietError || (error instanceof ApiError && (error.code === 400 || error.code === 422))
}

/** Nothing was heard on a watch for too long. */
class QuietError extends Error {
  override readonly name = 'QuietError'
  readonly reason = 'WatchQuiet'
}

interface QuietTimer {
  readonly signal: AbortSignal
  /** Something came. */
  heard(bookmark: boolean): void
  clear(): void
}

/** Aborts when nothing is heard for too long. One timer for many events: it looks at the time when it goes off. */
function newQuietTimer(clock: Clock, outer: AbortSignal, firstLimitMs: number): QuietTimer {
  const controller = new AbortController()
  const onOuter = () => controller.abort(outer.reason)
  if (outer.aborted) onOuter()
  outer.addEventListener('abort', onOuter, { once: true })
  let limitMs = firstLimitMs
  let heardAtMs = clock.monotonicMs()
  let cancel = () => {}
  const arm = () => {
    const leftMs = heardAtMs + limitMs - clock.monotonicMs()
    if (leftMs <= 0) controller.abort(new QuietError(`nothing was heard on the watch for ${limitMs} ms`))
    else cancel = clock.setTimer(arm, leftMs)
  }
  arm()
  return {
    signal: controller.signal,
    heard(bookmark) {
      heardAtMs = clock.monotonicMs()
      if (!bookmark || limitMs === bookmarkQuietMs) return
      // From the first bookmark on, silence is a sign.
      limitMs = bookmarkQuietMs
      cancel()
      arm()
    },
    clear() {
      cancel()
      outer.removeEventListener('abort', onOuter)
    },
  }
}
