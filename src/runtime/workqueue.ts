/** A queue of keys for a controller's workers: each key once, never twice at a time, the urgent ones first. */
import { type BackoffOptions, backoffMs, type Random } from './backoff.ts'
import type { Clock } from './clock.ts'
import { type Heap, newHeap } from './heap.ts'
import { newTokenBucket } from './rate-limit.ts'

/** Order of keys that are ready: higher first, then first come first served. 0 is usual. */
export type Priority = number

/** For what is only looked at because the process has started. (controller-runtime's LowPriority) */
export const lowPriority: Priority = -100

/** What a queue tells about itself; times in milliseconds. */
export interface QueueMetrics {
  added(): void
  retried(): void
  /** How many keys are ready. */
  depth(keys: number): void
  /** A worker took a key that had waited this long. */
  taken(waitedMs: number): void
  /** A worker is done with a key. */
  finished(workedMs: number): void
}

/** Options of a queue. */
export interface QueueOptions {
  readonly clock: Clock
  readonly random: Random
  /** Waits after failures of one key. Default 5 ms to 5 minutes; client-go's longest is 1,000 s. */
  readonly backoff?: BackoffOptions
  /** Retries of all keys together, a second and at once. Default 10 and 100, as in client-go. */
  readonly retriesPerSecond?: number
  readonly retryBurst?: number
  readonly metrics?: QueueMetrics
}

/** A key, handed to one worker. Call `done` exactly once. */
export interface QueueItem {
  readonly key: string
  readonly priority: Priority
  /** Lets the key be handed out again; if it was added meanwhile, it is ready at once. */
  done(): void
}

/** See {@link newWorkQueue}. After shutdown, adding does nothing. */
export interface WorkQueue {
  /** Keys that are ready and not with a worker. */
  readonly depth: number
  /** Makes a key ready. One that is ready already keeps the higher priority; one being worked on comes again after. */
  add(key: string, priority?: Priority): void
  /** Adds the key when `delayMs` have passed; of several, the earliest counts. */
  addAfter(key: string, delayMs: number, priority?: Priority): void
  /**
   * Adds the key when `delayMs` have passed, unless a worker takes it before: whoever works on it later says anew when
   * to look again. Of several, the last counts.
   */
  addAgainAfter(key: string, delayMs: number, priority?: Priority): void
  /** As {@link addAgainAfter}, after a wait that grows with the failures of the key in a row. */
  addRateLimited(key: string, priority?: Priority): void
  /** The key has succeeded: its next failure is its first. */
  forget(key: string): void
  /** Failures in a row of the key. */
  failures(key: string): number
  /** The next key, as soon as there is one; undefined once the queue is shut down and there is nothing left to do. */
  next(): Promise<QueueItem | undefined>
  /**
   * No more adding. Resolves when no key is with a worker. What is ready is dropped, or with `finishReady` worked on
   * first; what is delayed is dropped.
   */
  shutDown(options?: { readonly finishReady?: boolean }): Promise<void>
}

interface Entry {
  readonly key: string
  priority: Priority
  readonly order: number
  readonly addedAtMs: number
  /** False once a worker has it, or a more urgent entry took its place: the heap may still hold it. */
  live: boolean
}

interface Delayed {
  readonly key: string
  readonly priority: Priority
  readonly dueMs: number
}

/** An empty queue. */
export function newWorkQueue(options: QueueOptions): WorkQueue {
  const { clock, random, metrics } = options
  const backoff = options.backoff ?? { initialMs: 5, maxMs: 300_000, jitter: 0.1 }
  const bucket = newTokenBucket({
    clock,
    perSecond: options.retriesPerSecond ?? 10,
    burst: options.retryBurst ?? 100,
  })
  const ready: Heap<Entry> = newHeap(
    (a, b) => a.priority > b.priority || (a.priority === b.priority && a.order < b.order),
  )
  const readyByKey = new Map<string, Entry>()
  /** Keys with workers, and the priority under which each was added again meanwhile. */
  const working = new Map<string, Priority | undefined>()
  const failuresByKey = new Map<string, number>()
  const waiters: ((item: QueueItem | undefined) => void)[] = []
  const delays = newDelays(clock, item => add(item.key, item.priority))
  /** What the last work on a key left to do later. */
  const agains = newDelays(clock, item => add(item.key, item.priority))
  let order = 0
  let state: 'open' | 'finishing' | 'closed' = 'open'
  const idle = Promise.withResolvers<void>()

  function push(key: string, priority: Priority): void {
    const existing = readyByKey.get(key)
    if (existing && existing.priority >= priority) return
    if (existing) existing.live = false
    const entry = {
      key,
      priority,
      order: existing?.order ?? order++,
      addedAtMs: existing?.addedAtMs ?? clock.monotonicMs(),
      live: true,
    }
    readyByKey.set(key, entry)
    ready.push(entry)
    if (!existing) metrics?.added()
    handOut()
  }

  function add(key: string, priority: Priority = 0): void {
    if (state !== 'open') return
    if (working.has(key)) working.set(key, Math.max(priority, working.get(key) ?? priority))
    else push(key, priority)
  }

  function take(): Entry | undefined {
    for (;;) {
      const entry = ready.pop()
      if (!entry || entry.live) return entry
    }
  }

  function handOut(): void {
    while (waiters.length > 0) {
      const entry = take()
      if (!entry) break
      entry.live = false
      readyByKey.delete(entry.key)
      working.set(entry.key, undefined)
      agains.remove(entry.key)
      waiters.shift()?.(start(entry))
    }
    metrics?.depth(readyByKey.size)
    if (state !== 'open') settle()
  }

  function start(entry: Entry): QueueItem {
    const startMs = clock.monotonicMs()
    metrics?.taken(startMs - entry.addedAtMs)
    let finished = false
    return {
      key: entry.key,
      priority: entry.priority,
      done() {
        if (finished) throw new Error(`queue item ${entry.key} was done twice`)
        finished = true
        metrics?.finished(clock.monotonicMs() - startMs)
        const again = working.get(entry.key)
        working.delete(entry.key)
        if (again !== undefined && state !== 'closed') push(entry.key, again)
        else handOut()
      },
    }
  }

  /** After shutdown: lets go of the workers that wait, and of the one who shut down, when there is nothing left. */
  function settle(): void {
    if (readyByKey.size > 0 || working.size > 0) return
    for (const waiter of waiters.splice(0)) waiter(undefined)
    idle.resolve()
  }

  return {
    get depth() {
      return readyByKey.size
    },
    add,
    addAfter(key, delayMs, priority = 0) {
      if (state !== 'open') return
      if (delayMs <= 0) add(key, priority)
      else delays.addEarliest({ key, priority, dueMs: clock.monotonicMs() + delayMs })
    },
    addAgainAfter(key, delayMs, priority = 0) {
      if (state !== 'open') return
      if (delayMs <= 0) add(key, priority)
      else agains.set({ key, priority, dueMs: clock.monotonicMs() + delayMs })
    },
    addRateLimited(key, priority = 0) {
      if (state !== 'open') return
      const failures = (failuresByKey.get(key) ?? 0) + 1
      failuresByKey.set(key, failures)
      metrics?.retried()
      const waitMs = Math.max(backoffMs(failures, backoff, random), bucket.reserveMs())
      agains.set({ key, priority, dueMs: clock.monotonicMs() + waitMs })
    },
    forget: key => void failuresByKey.delete(key),
    failures: key => failuresByKey.get(key) ?? 0,
    next() {
      return new Promise(resolve => {
        if (state === 'closed' || (state === 'finishing' && readyByKey.size + working.size === 0))
          return resolve(undefined)
        waiters.push(resolve)
        handOut()
      })
    },
    shutDown({ finishReady = false } = {}) {
      state = finishReady && state === 'open' ? 'finishing' : 'closed'
      delays.clear()
      agains.clear()
      if (state === 'closed') {
        for (const entry of readyByKey.values()) entry.live = false
        readyByKey.clear()
        // Workers that wait have nothing to wait for, even while others are at work.
        for (const waiter of waiters.splice(0)) waiter(undefined)
      }
      handOut()
      return idle.promise
    },
  }
}

/** Items that come due later, with one timer for the first of them. */
function newDelays(clock: Clock, onDue: (item: Delayed) => void) {
  const heap: Heap<Delayed> = newHeap((a, b) => a.dueMs < b.dueMs)
  const byKey = new Map<string, Delayed>()
  let cancel = () => {}
  const arm = () => {
    cancel()
    const first = heap.peek()
    if (first) cancel = clock.setTimer(fire, Math.min(first.dueMs - clock.monotonicMs(), maxTimerMs))
  }
  const fire = () => {
    const nowMs = clock.monotonicMs()
    for (let item = heap.peek(); item && item.dueMs <= nowMs; item = heap.peek()) {
      heap.pop()
      // An item that another one of the same key took the place of has nothing to say.
      if (byKey.get(item.key) !== item) continue
      byKey.delete(item.key)
      onDue(item)
    }
    arm()
  }
  const set = (item: Delayed) => {
    byKey.set(item.key, item)
    if (heap.size > 2 * byKey.size + minStale) return dropStale()
    heap.push(item)
    if (heap.peek() === item) arm()
  }
  /** Keys that come again and again would leave an item behind each time, until it is due. */
  const dropStale = () => {
    while (heap.pop());
    for (const item of byKey.values()) heap.push(item)
    arm()
  }
  return {
    set,
    addEarliest(item: Delayed) {
      const existing = byKey.get(item.key)
      if (!existing || existing.dueMs > item.dueMs) set(item)
    },
    remove: (key: string) => void byKey.delete(key),
    clear() {
      cancel()
      byKey.clear()
      while (heap.pop());
    },
  }
}

/** Below this many items it is not worth looking for stale ones. */
const minStale = 64

/** Node turns longer timers into immediate ones. */
const maxTimerMs = 2 ** 31 - 1
