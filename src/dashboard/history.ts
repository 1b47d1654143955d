/** Where each rollout has been since the dashboard looks, in memory. */
import type { HistoryPoint } from './wire.ts'

/** Remembers changes of phase and weight. */
export interface RolloutHistory {
  /** Adds a point where it differs from the last one. */
  add(id: string, point: HistoryPoint): void
  /** Oldest first. */
  of(id: string): readonly HistoryPoint[]
  forget(id: string): void
}

// Some rollouts of a hundred steps each.
const maxPoints = 400

/** An empty history. */
export function newRolloutHistory(): RolloutHistory {
  const points = new Map<string, HistoryPoint[]>()
  return {
    add(id, point) {
      const known = points.get(id) ?? []
      points.set(id, known)
      const last = known.at(-1)
      if (last?.phase === point.phase && last.weight === point.weight) return
      known.push(point)
      if (known.length > maxPoints) known.shift()
    },
    of: id => points.get(id) ?? [],
    forget: id => void points.delete(id),
  }
}
