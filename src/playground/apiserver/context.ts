/** What every part of one server shares. */
import type { ServiceAllocator } from '../../api/core/strategies/service-addresses.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/log.ts'
import type { Admission } from './admission.ts'
import type { WatchHub } from './handlers/watch-hub.ts'
import type { PodLogs } from './pod-logs.ts'
import type { ResourceMap } from './resources/resource-map.ts'
import type { ServiceAccountTokens } from './service-account-tokens.ts'
import type { ObjectStore } from './store/store.ts'

/** One server's parts. */
export interface ServerContext {
  readonly clock: Clock
  readonly log: Logger
  /** A fresh UUID. */
  readonly newUid: () => string
  /** Five letters and digits for generateName. */
  readonly newSuffix: () => string
  readonly store: ObjectStore
  readonly resources: ResourceMap
  readonly admission: Admission | undefined
  readonly podLogs: PodLogs
  readonly watches: WatchHub
  readonly serviceAddresses: ServiceAllocator
  /** Issues tokens for service accounts. */
  readonly tokens: ServiceAccountTokens
  /** Aborts when the server closes; ends watches and log streams. */
  readonly closing: AbortSignal
}

/** The current time as objects carry it. */
export function timestamp(clock: Clock): string {
  return rfc3339(clock.now())
}

/** A time in UTC with whole seconds. */
export function rfc3339(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`
}
