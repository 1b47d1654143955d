/** How several replicas of a program agree on the one that works. */
import type { Random } from '../runtime/backoff.ts'
import type { Client } from '../runtime/client.ts'
import type { LeaderElectionOptions } from '../runtime/leader-election.ts'

/** What a replica is told about the election. Times in milliseconds. */
export interface Leadership {
  /** Of the Lease. */
  readonly namespace: string
  /** Different for each replica, and new after a restart. */
  readonly identity: string
  /** How long the others wait after the leader's last sign of life. Default 9,000. */
  readonly leaseDurationMs?: number
  /** How long the leader tries to renew before it gives up. Default 6,000. */
  readonly renewDeadlineMs?: number
  /** Between attempts. Default 1,500. */
  readonly retryPeriodMs?: number
}

/** The times of {@link Leadership}, all of them. */
export type Timings = Required<Pick<Leadership, 'leaseDurationMs' | 'renewDeadlineMs' | 'retryPeriodMs'>>

/**
 * With these another replica leads within 15 s of a leader's death: it sees the last renewal at most 2.2 retries
 * (3.3 s) late, waits for the Lease to run out (9 s), and has its caches already.
 */
export const defaultTimings: Timings = { leaseDurationMs: 9_000, renewDeadlineMs: 6_000, retryPeriodMs: 1_500 }

/** The election as the controller kit wants it. */
export function electionOf(
  leadership: Leadership,
  deps: { readonly client: Client; readonly random: Random; readonly name: string },
): Omit<LeaderElectionOptions, 'clock' | 'log'> {
  return { ...defaultTimings, ...leadership, ...deps }
}

/** What is wrong with timings; undefined where they can work. `renewDeadlineMs` leaves time to stop before others start. */
export function timingProblem(timings: Timings): string | undefined {
  const { leaseDurationMs, renewDeadlineMs, retryPeriodMs } = timings
  if (leaseDurationMs < 1_000 || leaseDurationMs % 1_000 !== 0) {
    return 'the lease duration must be whole seconds, and at least one'
  }
  if (renewDeadlineMs >= leaseDurationMs) return 'the renew deadline must be shorter than the lease duration'
  if (retryPeriodMs <= 0) return 'the retry period must be longer than nothing'
  // client-go's rule: with its jitter, two attempts must fit.
  return retryPeriodMs * 1.2 >= renewDeadlineMs ? 'the renew deadline must be longer than 1.2 retry periods' : undefined
}
