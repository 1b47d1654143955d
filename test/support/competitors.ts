/** Those who compete for a Lease on a clock that a test moves. */
import type { Client } from '../../src/runtime/client.ts'
import { type LeaderElectionOptions, runLeaderElected } from '../../src/runtime/leader-election.ts'
import { silentLogger } from '../../src/runtime/log.ts'
import { eventually } from './eventually.ts'
import type { FakeClock } from './fake-clock.ts'

/** A competitor whose API can be cut off, and who leads until told otherwise. */
export interface Competitor {
  /** `leads` and `ends`, as they came. */
  readonly told: readonly string[]
  readonly stop: AbortController
  /** `ended`, or the name of the error. */
  readonly ended: Promise<string>
  /** From now on no request of it reaches the API: as if it had died. */
  cut(): void
  requests(): number
  isIdle(): boolean
}

type Wishes = Partial<LeaderElectionOptions> & {
  readonly name: string
  readonly identity: string
  readonly clock: FakeClock
}

/** Starts to compete for the Lease `default/NAME`. */
export function newCompetitor(api: Client, wishes: Wishes): Competitor {
  const told: string[] = []
  const stop = new AbortController()
  let isCut = false
  let requests = 0
  let underWay = 0
  const through = <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    (async (...args: A) => {
      requests += 1
      if (isCut) throw new Error('cut off')
      underWay += 1
      try {
        return await call(...args)
      } finally {
        underWay -= 1
      }
    }) as typeof call
  const client: LeaderElectionOptions['client'] = {
    fetchIfExists: through(api.fetchIfExists) as Client['fetchIfExists'],
    create: through(api.create) as Client['create'],
    update: through(api.update) as Client['update'],
  }
  const lead = (signal: AbortSignal) =>
    new Promise<void>(resolve => {
      told.push('leads')
      signal.addEventListener('abort', () => {
        told.push('ends')
        resolve()
      })
    })
  const options = { client, random: () => 0, log: silentLogger, namespace: 'default', ...wishes }
  const ended = runLeaderElected(options, lead, stop.signal).then(
    () => 'ended',
    (error: Error) => error.name,
  )
  return {
    told,
    stop,
    ended,
    cut: () => {
      isCut = true
    },
    requests: () => requests,
    isIdle: () => underWay === 0,
  }
}

/** Lets time pass in steps, and in each the requests that it has started be answered. */
export async function pass(clock: FakeClock, ms: number, ...competitors: readonly { isIdle(): boolean }[]) {
  for (let left = ms; left > 0; left -= 500) {
    await clock.advance(Math.min(500, left))
    // An answer may lead to another request, but not later than in the turn after it.
    for (let idle = 0; idle < 2; idle++) {
      await eventually('answers', () => competitors.every(each => each.isIdle()))
      await clock.advance(0)
    }
  }
}
