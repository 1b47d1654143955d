/** Folds repeated events into one and drops floods, by the rules of client-go's EventCorrelator. */
import type { Event } from '../api/core/core-v1.ts'
import { toTimestamp } from '../apimachinery/time.ts'
import type { Clock } from './clock.ts'
import { newLruMap } from './lru-map.ts'
import { newTokenBucket, type TokenBucket } from './rate-limit.ts'

/** What to do with an event. `create`: it is the first; `count`: raise the count of the one that `event` names. */
export type Correlated =
  | { readonly kind: 'drop' }
  | { readonly kind: 'create'; readonly event: Event }
  | { readonly kind: 'count'; readonly event: Event }

/** Remembers what was sent lately. */
export interface EventCorrelator {
  correlate(event: Event): Correlated
}

/** client-go's default. */
const maxEntries = 4_096
const similarWindowMs = 600_000

/** When events about one object are too many. */
export interface EventLimits {
  /** Events at once; those that come beyond are dropped. */
  readonly burst: number
  /** How fast the room for another burst comes back. */
  readonly perSecond: number
  /** From so many different messages of one reason within ten minutes on, they are combined. */
  readonly maxSimilar: number
}

/** client-go's. */
export const defaultEventLimits: EventLimits = { burst: 25, perSecond: 1 / 300, maxSimilar: 10 }

/** A correlator that has seen nothing. */
export function newEventCorrelator(clock: Clock, limits: EventLimits = defaultEventLimits): EventCorrelator {
  const { burst, perSecond, maxSimilar } = limits
  const buckets = newLruMap<string, TokenBucket>(maxEntries)
  const similar = newLruMap<string, { readonly messages: Set<string>; lastMs: number }>(maxEntries)
  const sent = newLruMap<string, Event>(maxEntries)

  /** The event as it is, or combined with others that differ in their message only; and what it is known by. */
  function combine(event: Event): { readonly event: Event; readonly key: string } {
    const group = groupKey(event)
    const nowMs = clock.monotonicMs()
    const seen = similar.get(group)
    const record =
      seen && nowMs - seen.lastMs <= similarWindowMs ? seen : { messages: new Set<string>(), lastMs: nowMs }
    similar.set(group, record)
    record.lastMs = nowMs
    record.messages.add(event.message ?? '')
    if (record.messages.size < maxSimilar) return { event, key: JSON.stringify([group, event.message]) }
    // The set stays bounded; any one of its messages may go.
    for (const message of record.messages) {
      record.messages.delete(message)
      break
    }
    return { event: { ...event, message: `(combined from similar events): ${event.message ?? ''}` }, key: group }
  }

  function count(event: Event, key: string): Correlated {
    const previous = sent.get(key)
    if (!previous) {
      sent.set(key, event)
      return { kind: 'create', event }
    }
    const counted: Event = {
      ...event,
      metadata: { ...event.metadata, ...(previous.metadata.name ? { name: previous.metadata.name } : {}) },
      firstTimestamp: previous.firstTimestamp ?? toTimestamp(clock.now()),
      count: (previous.count ?? 1) + 1,
    }
    sent.set(key, counted)
    return { kind: 'count', event: counted }
  }

  function isSpam(event: Event): boolean {
    const key = objectKey(event)
    const bucket = buckets.get(key) ?? newTokenBucket({ clock, perSecond, burst })
    buckets.set(key, bucket)
    return !bucket.tryTake()
  }

  return {
    correlate(given) {
      const { event, key } = combine(given)
      const result = count(event, key)
      return isSpam(given) ? { kind: 'drop' } : result
    },
  }
}

function objectKey(event: Event): string {
  const { kind, namespace, name, uid, apiVersion } = event.involvedObject
  return JSON.stringify([event.source?.component, event.source?.host, kind, namespace, name, uid, apiVersion])
}

function groupKey(event: Event): string {
  return JSON.stringify([objectKey(event), event.involvedObject.fieldPath, event.type, event.reason])
}
