/** Runs a {@link Reconciler}: watches bring keys into a queue, workers take them out. */
import { type KubernetesObject, keyOf } from '../apimachinery/meta.ts'
import { aborted } from './abort.ts'
import type { BackoffOptions, Random } from './backoff.ts'
import { isConflict } from './client.ts'
import type { Clock } from './clock.ts'
import { withDeadline } from './deadline.ts'
import type { Informer } from './informer.ts'
import { controllerMetrics, queueMetrics, type ReconcileOutcome } from './kit-metrics.ts'
import { LeadershipLostError } from './leader-election.ts'
import type { Logger } from './log.ts'
import type { MetricRegistry } from './metrics.ts'
import { refOf } from './object-store.ts'
import { type Reconciler, type Request, type Result, TerminalError } from './reconcile.ts'
import { lowPriority, newWorkQueue, type Priority, type WorkQueue } from './workqueue.ts'

/** A change that an informer reports. */
export type ObjectEvent<T> =
  | { readonly type: 'added'; readonly object: T }
  | { readonly type: 'updated'; readonly object: T; readonly previous: T }
  | { readonly type: 'deleted'; readonly object: T }

/** When and how urgently a key is looked at. */
export interface EnqueueOptions {
  /** Default 0. */
  readonly priority?: Priority
  /** Look at it this much later, in milliseconds; asked for again until then, it is looked at once. Default 0. */
  readonly afterMs?: number
}

/** Where a controller's keys come from. */
export interface Source {
  /** Begins to report keys; the result ends it. */
  start(enqueue: (key: string, options?: EnqueueOptions) => void): () => void
  /** Resolves when everything that is there has been reported. */
  synced(signal: AbortSignal): Promise<void>
}

/** Options of {@link newController}; times in milliseconds. */
export interface ControllerOptions {
  readonly reconciler: Reconciler
  readonly sources: readonly Source[]
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly metrics?: MetricRegistry
  /**
   * How long work that is under way may go on when the controller ends in order, so that what it began is finished.
   * Default 0. It ends at once where the Lease was lost, because somebody else may work by then.
   */
  readonly finishMs?: number
  /** How much more urgent a key is than whoever asks for it says. Default 0. */
  readonly urgencyOf?: (key: string) => Priority
  /** How many keys are worked on at a time, beside those that {@link Request.resting} leaves out. Default 1. */
  readonly concurrency?: number
  /** Waits after failures of one key; see the queue. */
  readonly backoff?: BackoffOptions
  /** After this long the reconcile's signal aborts. Default five minutes. */
  readonly reconcileTimeoutMs?: number
}

/** A controller. */
export interface Controller {
  readonly name: string
  /** Asks for a reconcile of the key, beside what the sources ask for. */
  enqueue(key: string, options?: EnqueueOptions): void
  /** Why its loop does not move although there is work; undefined where it moves, or has nothing to do. */
  problem(): string | undefined
  /** Works until `signal` aborts; resolves when the reconciles that were under way have ended. Call it once. */
  run(signal: AbortSignal): Promise<void>
}

const defaultReconcileTimeoutMs = 300_000
/** How long a reconcile whose time is up has to end before it counts as stuck. */
const stuckAfterMs = 60_000

/** The objects of an informer as a source: by their own keys, or by those that `toKeys` gives. */
export function watchSource<T extends KubernetesObject>(
  informer: Informer<T>,
  options: {
    /** Which objects to look at because of this change. Default: the object itself. */
    readonly toKeys?: (event: ObjectEvent<T>) => Iterable<string>
    /** Leaves changes out; of several, all must say yes. */
    readonly predicates?: readonly ((event: ObjectEvent<T>) => boolean)[]
    /** Gathers what changes within this long, in milliseconds, into one look at each key. Default 0. */
    readonly afterMs?: number
  } = {},
): Source {
  const { predicates = [], afterMs = 0, toKeys = (event: ObjectEvent<T>) => [keyOf(refOf(event.object))] } = options
  return {
    start(enqueue) {
      const report = (event: ObjectEvent<T>, priority?: Priority) => {
        if (predicates.every(accepts => accepts(event)))
          for (const key of toKeys(event)) enqueue(key, { afterMs, ...(priority === undefined ? {} : { priority }) })
      }
      return informer.addHandler({
        added: (object, initial) => report({ type: 'added', object }, initial ? lowPriority : 0),
        updated: (previous, object) => report({ type: 'updated', object, previous }),
        deleted: object => report({ type: 'deleted', object }),
      })
    },
    synced: signal => informer.synced(signal),
  }
}

/** A controller that does not run yet. */
export function newController(options: ControllerOptions): Controller {
  const { reconciler, clock, sources, metrics, urgencyOf = () => 0 } = options
  const { name } = reconciler
  const log = options.log.with({ controller: name })
  const measured = metrics ? controllerMetrics(metrics, name) : undefined
  const queue = newWorkQueue({
    clock,
    random: options.random,
    ...(options.backoff ? { backoff: options.backoff } : {}),
    ...(metrics ? { metrics: queueMetrics(metrics, name) } : {}),
  })

  const timeoutMs = options.reconcileTimeoutMs ?? defaultReconcileTimeoutMs
  /** When the work on each key began. */
  const underWay = new Map<string, number>()

  async function reconcile(request: Request, signal: AbortSignal): Promise<Result> {
    const deadline = withDeadline(clock, timeoutMs, signal)
    try {
      return await reconciler.reconcile(request, deadline.signal)
    } finally {
      deadline.clear()
    }
  }

  /** Takes one key after the other. Where it rests with one, another worker comes in its place, and it ends with that key. */
  async function work(ending: AbortSignal): Promise<void> {
    // A signal each: to listen to one that many listen to takes the longer, the more they are.
    const signal = AbortSignal.any([ending])
    let replaced = false
    const resting: Request['resting'] = wait => {
      if (!replaced) void work(ending)
      replaced = true
      return wait()
    }
    while (!replaced) {
      const item = await queue.next()
      if (!item) return
      const { key } = item
      const startMs = clock.monotonicMs()
      measured?.started()
      underWay.set(key, startMs)
      let outcome: ReconcileOutcome = 'success'
      try {
        const result = await reconcile({ key, resting }, signal)
        queue.forget(key)
        if (result.requeueAfterMs !== undefined) {
          outcome = 'requeue_after'
          queue.addAgainAfter(key, result.requeueAfterMs, urgencyOf(key))
        }
      } catch (error) {
        outcome = signal.aborted ? 'error' : fail(key, error, { queue, log, urgency: urgencyOf(key) })
      } finally {
        measured?.ended(outcome, clock.monotonicMs() - startMs)
        underWay.delete(key)
        item.done()
      }
    }
  }

  const enqueue = (key: string, { priority = 0, afterMs = 0 }: EnqueueOptions = {}) =>
    queue.addAfter(key, afterMs, priority + urgencyOf(key))

  return {
    name,
    enqueue,
    problem() {
      const startedBeforeMs = clock.monotonicMs() - timeoutMs - stuckAfterMs
      const stuck = [...underWay].filter(([, startMs]) => startMs < startedBeforeMs).map(([key]) => key)
      return stuck.length > 0 ? `${stuck.length} reconciles do not end, first ${stuck[0]}` : undefined
    },
    async run(signal) {
      const stops = sources.map(source => source.start(enqueue))
      try {
        // Work on a half-filled cache would take what is not there yet for deleted.
        await Promise.all(sources.map(source => source.synced(signal)))
        log.info('controller started', { concurrency: options.concurrency ?? 1 })
        const ending = new AbortController()
        for (let i = 0; i < (options.concurrency ?? 1); i++) void work(ending.signal)
        await aborted(signal)
        const finishMs = signal.reason instanceof LeadershipLostError ? 0 : (options.finishMs ?? 0)
        const end = () => ending.abort(signal.reason)
        if (finishMs === 0) end()
        const cancel = clock.setTimer(end, finishMs)
        await queue.shutDown()
        cancel()
      } catch (error) {
        if (!signal.aborted) throw error
      } finally {
        for (const stop of stops) stop()
        await queue.shutDown()
      }
    },
  }
}

/** The one place where a reconcile's error is logged. */
function fail(
  key: string,
  error: unknown,
  { queue, log, urgency }: { readonly queue: WorkQueue; readonly log: Logger; readonly urgency: Priority },
): ReconcileOutcome {
  if (error instanceof TerminalError) {
    log.error('reconcile failed for good', { key, reason: error.reason, error })
    queue.forget(key)
    return 'terminal_error'
  }
  queue.addRateLimited(key, urgency)
  // Somebody else wrote first: the next run sees what.
  if (isConflict(error)) log.debug('object changed meanwhile', { key })
  else log.error('reconcile failed', { key, failures: queue.failures(key), error: toError(error) })
  return 'error'
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
