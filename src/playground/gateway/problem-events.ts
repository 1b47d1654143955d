/** Tells about routes that point at nothing, as events on the objects that they come from. */
import type { KubernetesObject } from '../../apimachinery/meta.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { EventRecorder } from '../../runtime/events.ts'
import type { RouteProblem } from './table.ts'

/** What telling needs. */
export interface ProblemEventsDeps {
  readonly clock: Clock
  readonly events: Pick<EventRecorder, 'record'>
  /** The object of a problem's origin; undefined if it is gone. */
  readonly objectOf: (origin: string) => KubernetesObject | undefined
}

/** See {@link newProblemEvents}. */
export interface ProblemEvents {
  /** Takes what is wrong now. */
  update(problems: readonly RouteProblem[]): void
  stop(): void
}

// Objects of one apply come one after the other: a route may be there before its Service for a moment.
const graceMs = 1_000

/** Tells once about every problem that stays. */
export function newProblemEvents({ clock, events, objectOf }: ProblemEventsDeps): ProblemEvents {
  const keyOf = ({ origin, message }: RouteProblem) => `${origin}: ${message}`
  let told = new Set<string>()
  let current: readonly RouteProblem[] = []
  let cancel: (() => void) | undefined

  const tell = () => {
    cancel = undefined
    for (const problem of current) {
      const about = told.has(keyOf(problem)) ? undefined : objectOf(problem.origin)
      if (!about) continue
      told.add(keyOf(problem))
      events.record(about, { type: 'Warning', reason: 'InvalidRoute', message: problem.message })
    }
  }
  return {
    update(problems) {
      current = problems
      const keys = new Set(problems.map(keyOf))
      told = told.intersection(keys)
      if (keys.size > told.size) cancel ??= clock.setTimer(tell, graceMs)
    },
    stop() {
      cancel?.()
    },
  }
}
