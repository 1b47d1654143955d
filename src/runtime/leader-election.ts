/** One leader among several processes, by a Lease, with the timing rules of client-go. */
import { Lease, type LeaseSpec } from '../api/core/coordination-v1.ts'
import { toMicroTimestamp } from '../apimachinery/time.ts'
import type { Random } from './backoff.ts'
import { ApiError, type Client, isAlreadyExists, isConflict, isNotFound } from './client.ts'
import type { Clock } from './clock.ts'
import { withDeadline } from './deadline.ts'
import type { Logger } from './log.ts'

/** Who competes for what. Times in milliseconds. */
export interface LeaderElectionOptions {
  readonly client: Pick<Client, 'fetchIfExists' | 'create' | 'update'>
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly namespace: string
  /** The Lease's name: the same for all who compete. */
  readonly name: string
  /** Different for each who competes, and new after a restart. */
  readonly identity: string
  /** How long others wait after the last sign of life. Default 15,000. */
  readonly leaseDurationMs?: number
  /** How long the leader tries to renew before it gives up. Default 10,000. */
  readonly renewDeadlineMs?: number
  /** Between attempts. Default 2,000. */
  readonly retryPeriodMs?: number
  /** Told of each new leader's identity, one's own as well. */
  readonly onNewLeader?: (identity: string) => void
}

/** The Lease could not be renewed in time: somebody else may lead by now. */
export class LeadershipLostError extends Error {
  override readonly name = 'LeadershipLostError'
  readonly reason = 'LeadershipLost'
}

/** The record that was last seen in the Lease, and when it was first seen as it is, by our own clock. */
interface Observation {
  readonly lease: Lease
  readonly atMs: number
}

/** client-go's JitterFactor: spreads those who wait for the Lease. */
const jitterFactor = 1.2

/**
 * Waits until this process leads, runs `lead`, and keeps the Lease while it runs. When `signal` aborts, `lead` is
 * told to end, and once it has, the Lease is given up, so that the next leader does not have to wait. Resolves when
 * `lead` does. Other machines' clocks do not matter: only how long a record has not changed counts.
 * @throws LeadershipLostError after `lead` has ended because the Lease could not be renewed
 */
export async function runLeaderElected(
  options: LeaderElectionOptions,
  lead: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { clock, random, log, retryPeriodMs = 2_000 } = options
  const about = { lease: `${options.namespace}/${options.name}`, identity: options.identity }
  const elector = newElector(options)
  while (!(await elector.tryHold(signal))) {
    const retryMs = retryPeriodMs * (1 + jitterFactor * random())
    // Whoever waits for a dead leader need not wait longer than its Lease lasts.
    const waitMs = Math.min(retryMs, elector.runsOutInMs() ?? retryMs)
    await clock.sleep(waitMs, signal).catch(() => {}) // Seen below.
    if (signal.aborted) return
  }
  log.info('became leader', about)
  const leading = new AbortController()
  const stop = () => leading.abort(signal.reason)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  const renewing = new AbortController()
  const renewal = renew(options, elector, renewing.signal).catch(error => leading.abort(error))
  try {
    await lead(leading.signal)
  } finally {
    signal.removeEventListener('abort', stop)
    renewing.abort()
    await renewal
    // Only now: a released Lease lets the next leader start at once.
    if (!(leading.signal.reason instanceof LeadershipLostError)) await elector.release()
    log.info('stopped leading', about)
  }
  if (leading.signal.reason instanceof LeadershipLostError) throw leading.signal.reason
}

/** Renews until `signal` aborts; throws when it has not worked for the renew deadline. */
async function renew(options: LeaderElectionOptions, elector: Elector, signal: AbortSignal): Promise<void> {
  const { clock, renewDeadlineMs = 10_000, retryPeriodMs = 2_000 } = options
  let renewedAtMs = clock.monotonicMs()
  while (!signal.aborted) {
    await clock.sleep(retryPeriodMs, signal).catch(() => {}) // Only an abort; seen below.
    if (signal.aborted) return
    const leftMs = renewedAtMs + renewDeadlineMs - clock.monotonicMs()
    const deadline = withDeadline(clock, Math.max(0, leftMs), signal)
    const held = await elector.tryHold(deadline.signal)
    deadline.clear()
    if (signal.aborted) return
    if (held) renewedAtMs = clock.monotonicMs()
    else if (elector.heldByOther() || clock.monotonicMs() - renewedAtMs >= renewDeadlineMs) {
      throw new LeadershipLostError(`lease ${options.namespace}/${options.name} could not be renewed`)
    }
  }
}

interface Elector {
  /** Takes or renews the Lease; false where another holds it or the API did not let us. */
  tryHold(signal: AbortSignal): Promise<boolean>
  /** Whether the last record that was seen names somebody else. */
  heldByOther(): boolean
  /** How long the Lease of somebody else still lasts, as far as is known; undefined where nobody else has it. */
  runsOutInMs(): number | undefined
  /** Gives the Lease up if we hold it; failures are logged only. */
  release(): Promise<void>
}

function newElector(options: LeaderElectionOptions): Elector {
  const { client, clock, log, namespace, name, identity, leaseDurationMs = 15_000 } = options
  let seen: Observation | undefined
  let leader = ''

  const see = (lease: Lease) => {
    if (seen?.lease.metadata?.resourceVersion === lease.metadata?.resourceVersion) return
    seen = { lease, atMs: clock.monotonicMs() }
    const holder = lease.spec?.holderIdentity ?? ''
    if (holder !== leader && holder !== '') options.onNewLeader?.(holder)
    leader = holder
  }
  const record = (previous: LeaseSpec | undefined): LeaseSpec => {
    const now = toMicroTimestamp(clock.now())
    const isOurs = previous?.holderIdentity === identity
    const transitions = previous?.leaseTransitions ?? 0
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseDurationMs / 1000),
      acquireTime: isOurs ? (previous?.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: isOurs || !previous ? transitions : transitions + 1,
    }
  }
  /** When another's Lease runs out, by our own clock; undefined where nobody, or we, have it. */
  const runsOutAtMs = ({ lease, atMs }: Observation) => {
    const holder = lease.spec?.holderIdentity
    if (holder === undefined || holder === '' || holder === identity) return undefined
    return atMs + (lease.spec?.leaseDurationSeconds ?? leaseDurationMs / 1000) * 1000
  }
  const isTaken = (observation: Observation) => clock.monotonicMs() < (runsOutAtMs(observation) ?? 0)
  const hold = async (signal: AbortSignal) => {
    const mine = seen?.lease.spec?.holderIdentity === identity
    // The leader knows what it wrote; only a conflict makes it look again.
    const current = mine ? seen?.lease : await client.fetchIfExists(Lease, { namespace, name }, { signal })
    if (!current) {
      see(await client.create(Lease, { metadata: { namespace, name }, spec: record(undefined) }, { signal }))
      return true
    }
    see(current)
    if (seen && isTaken(seen)) return false
    see(await client.update(Lease, { ...current, spec: record(current.spec) }, { signal }))
    return true
  }
  /** The API refused: what it holds now decides, the next time at the latest. */
  const lookAgain = async (signal: AbortSignal) => {
    try {
      const lease = await client.fetchIfExists(Lease, { namespace, name }, { signal })
      if (lease) see(lease)
      else seen = undefined
    } catch {
      // The next attempt meets the same problem, and says so.
    }
  }
  const giveUp = async (signal: AbortSignal) => {
    const lease = seen?.lease
    if (lease?.spec?.holderIdentity !== identity) return
    const now = toMicroTimestamp(clock.now())
    // A second is the least the API takes; an empty holder frees the Lease at once.
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: now, acquireTime: now }
    await client.update(Lease, { ...lease, spec }, { signal })
  }
  return {
    async tryHold(signal) {
      try {
        return await hold(signal)
      } catch (error) {
        const isRace = isConflict(error) || isAlreadyExists(error) || isNotFound(error)
        if (!isRace && !signal.aborted) log.warn('cannot hold the lease', { lease: `${namespace}/${name}`, error })
        if (error instanceof ApiError) await lookAgain(signal)
        return false
      }
    },
    heldByOther: () => seen !== undefined && isTaken(seen),
    runsOutInMs() {
      const atMs = seen && runsOutAtMs(seen)
      const leftMs = atMs === undefined ? 0 : atMs - clock.monotonicMs()
      return leftMs > 0 ? leftMs : undefined
    },
    async release() {
      const deadline = withDeadline(clock, options.renewDeadlineMs ?? 10_000)
      try {
        await giveUp(deadline.signal).catch(async error => {
          if (!isConflict(error)) throw error
          // A renewal that was cut off may have been carried out all the same.
          await lookAgain(deadline.signal)
          await giveUp(deadline.signal)
        })
      } catch (error) {
        log.warn('cannot release the lease', { lease: `${namespace}/${name}`, error })
      } finally {
        deadline.clear()
      }
    },
  }
}
