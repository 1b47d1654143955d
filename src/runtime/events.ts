/** Publishes core/v1 Events about objects: what `kubectl describe` shows. */
import { Event } from '../api/core/core-v1.ts'
import { fnv32a } from '../apimachinery/canonical-json.ts'
import type { KubernetesObject } from '../apimachinery/meta.ts'
import { toTimestamp } from '../apimachinery/time.ts'
import { backoffMs, type Random } from './backoff.ts'
import { ApiError, type Client, isNotFound } from './client.ts'
import type { Clock } from './clock.ts'
import { withDeadline } from './deadline.ts'
import { type EventLimits, newEventCorrelator } from './event-correlator.ts'
import type { Logger } from './log.ts'
import { redact } from './redact.ts'

/** What happened. */
export interface EventText {
  readonly type: 'Normal' | 'Warning'
  /** One word in CamelCase; the same for all events of one cause. */
  readonly reason: string
  /** One sentence. What looks like a secret is taken out. */
  readonly message: string
  readonly annotations?: Readonly<Record<string, string>>
}

/** Publishes events in the background. */
export interface EventRecorder {
  /** Never waits and never throws. The object needs `apiVersion` and `kind`. */
  record(about: KubernetesObject, event: EventText): void
  /** Sends what is queued, for at most `timeoutMs` (default 5,000), and takes no more. */
  close(timeoutMs?: number): Promise<void>
}

/** What a recorder needs. */
export interface EventRecorderDeps {
  readonly client: Pick<Client, 'create' | 'patch'>
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Who reports: shown as the event's source. */
  readonly component: string
  /** The machine or pod it runs on. */
  readonly host?: string
  /** Default: client-go's. */
  readonly limits?: EventLimits
}

/** client-go's broadcaster holds 1,000, too; what comes beyond is dropped. Of each lane. */
const maxQueued = 1_000
/** Events of one object are sent one after the other; those of several need not wait for one another. */
const lanes = 8
/** events.k8s.io refuses longer notes. */
const maxMessageLength = 1_024
const maxAttempts = 5
const backoff = { initialMs: 500, maxMs: 10_000 }
const defaultFlushMs = 5_000

/** A recorder. */
export function newEventRecorder(deps: EventRecorderDeps): EventRecorder {
  const { client, clock, random, log } = deps
  const correlator = newEventCorrelator(clock, deps.limits)
  const nextSuffix = newSuffixes(random)
  const ended = new AbortController()
  const queues = Array.from({ length: lanes }, () => newLane())
  let closed = false

  function newLane() {
    const queue: Event[] = []
    let sending: Promise<void> | undefined
    let dropping = false
    async function sendAll(): Promise<void> {
      for (let event = queue.shift(); event; event = queue.shift()) {
        const result = correlator.correlate(event)
        if (result.kind !== 'drop') await sendWithRetries(result.event, result.kind === 'count')
      }
    }
    return {
      add(event: Event) {
        if (queue.length >= maxQueued) {
          if (!dropping) log.warn('events are dropped: too many wait to be sent', { queued: queue.length })
          dropping = true
          return
        }
        dropping = false
        queue.push(event)
        sending ??= sendAll().finally(() => {
          sending = undefined
        })
      },
      clear: () => void queue.splice(0),
      idle: () => sending,
    }
  }

  async function sendWithRetries(event: Event, counts: boolean): Promise<void> {
    for (let attempt = 1; !ended.signal.aborted; attempt++) {
      try {
        return await send(event, counts)
      } catch (error) {
        if (attempt === maxAttempts || !mayHelp(error)) {
          const { kind, namespace, name } = event.involvedObject
          return log.warn('an event was not published', { kind, namespace, name, reason: event.reason, error })
        }
        await clock.sleep(backoffMs(attempt, backoff, random), ended.signal).catch(() => {}) // Ends the loop.
      }
    }
  }

  async function send(event: Event, counts: boolean): Promise<void> {
    const { signal } = ended
    if (counts) {
      const { name = '', namespace } = event.metadata
      const { count = 1, lastTimestamp = '', message = '' } = event
      try {
        const body = { count, lastTimestamp, message }
        await client.patch(Event, { name, namespace }, { type: 'merge', body }, { signal })
        return
      } catch (error) {
        // The API forgets events after an hour; the count goes on in a new one.
        if (!isNotFound(error)) throw error
      }
    }
    await client.create(Event, event, { signal })
  }

  return {
    record(about, text) {
      if (closed) return
      const event = eventAbout(about, text, deps, nextSuffix)
      queues[fnv32a(event.involvedObject.name ?? '') % lanes]?.add(event)
    },
    async close(timeoutMs = defaultFlushMs) {
      closed = true
      const deadline = withDeadline(clock, timeoutMs)
      deadline.signal.addEventListener('abort', () => {
        for (const queue of queues) queue.clear()
        ended.abort(deadline.signal.reason)
      })
      await Promise.all(queues.map(queue => queue.idle()))
      deadline.clear()
      ended.abort()
    },
  }
}

function eventAbout(
  about: KubernetesObject,
  text: EventText,
  deps: EventRecorderDeps,
  nextSuffix: (now: Date) => string,
): Event {
  const { name = '', namespace, uid, resourceVersion } = about.metadata ?? {}
  const { component, host, clock } = deps
  const now = clock.now()
  const message = redact(text.message)
  return {
    metadata: {
      name: `${name}.${nextSuffix(now)}`,
      // Events about cluster-scoped objects live in `default`, where kubectl looks for them.
      namespace: namespace ?? 'default',
      ...(text.annotations ? { annotations: text.annotations } : {}),
    },
    involvedObject: {
      ...(about.apiVersion ? { apiVersion: about.apiVersion } : {}),
      ...(about.kind ? { kind: about.kind } : {}),
      name,
      ...(namespace ? { namespace } : {}),
      ...(uid ? { uid } : {}),
      ...(resourceVersion ? { resourceVersion } : {}),
    },
    type: text.type,
    reason: text.reason,
    message: message.length > maxMessageLength ? `${message.slice(0, maxMessageLength - 3)}...` : message,
    source: { component, ...(host ? { host } : {}) },
    reportingComponent: component,
    reportingInstance: host ?? '',
    firstTimestamp: toTimestamp(now),
    lastTimestamp: toTimestamp(now),
    count: 1,
  }
}

/**
 * Suffixes for names: the time in nanoseconds, as client-go's; ours has milliseconds, so the rest is random. Each is
 * greater than the one before, so that events sort by name in the order in which they were recorded.
 */
function newSuffixes(random: Random): (now: Date) => string {
  let last = 0n
  return now => {
    const drawn = BigInt(now.getTime()) * 1_000_000n + BigInt(Math.floor(random() * 1_000_000))
    last = drawn > last ? drawn : last + 1n
    return last.toString(16)
  }
}

/** Not where the API understood and refused: a namespace that is going, a missing right. */
function mayHelp(error: unknown): boolean {
  return !(error instanceof ApiError) || error.code === 429 || error.code >= 500
}
