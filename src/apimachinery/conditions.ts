/** Conditions: how an object says what holds for it. All writing goes through here. */
import type { Condition } from './meta.ts'
import { toTimestamp } from './time.ts'

/** A list of conditions as objects carry it; absent means none. */
export type Conditions = readonly Condition[] | undefined

/** A condition without the time, which {@link withCondition} finds out. */
export type ConditionUpdate = Omit<Condition, 'lastTransitionTime' | 'observedGeneration'> & {
  /** The generation of the spec that this is about. */
  readonly observedGeneration: number
}

/** The condition of a type, if there is one. */
export function findCondition(conditions: Conditions, type: string): Condition | undefined {
  return conditions?.find(condition => condition.type === type)
}

/** Whether the condition is there and `True`. */
export function isConditionTrue(conditions: Conditions, type: string): boolean {
  return findCondition(conditions, type)?.status === 'True'
}

/** Whether the condition is there and `False`. */
export function isConditionFalse(conditions: Conditions, type: string): boolean {
  return findCondition(conditions, type)?.status === 'False'
}

/**
 * The conditions with one added or replaced in its place. `lastTransitionTime` moves only when the status changes.
 * Returns the same list when nothing changes, so that `===` tells whether a write is due.
 */
export function withCondition(conditions: Conditions, update: ConditionUpdate, now: Date): readonly Condition[] {
  const before = conditions ?? []
  const old = findCondition(before, update.type)
  const lastTransitionTime = old?.status === update.status ? old.lastTransitionTime : toTimestamp(now)
  const condition: Condition = { ...update, lastTransitionTime }
  if (!old) return [...before, condition]
  return isSame(old, condition) ? before : before.map(candidate => (candidate === old ? condition : candidate))
}

/** The conditions without those of the given types; the same list when there are none. */
export function withoutConditions(conditions: Conditions, ...types: readonly string[]): readonly Condition[] {
  const before = conditions ?? []
  return before.some(({ type }) => types.includes(type)) ? before.filter(({ type }) => !types.includes(type)) : before
}

/**
 * What `Ready` should say, computed from the other conditions at the end of a reconcile. The first of `parts` that is
 * `False` makes it `False` with that reason and message; else the first that is `Unknown`, missing or about an older
 * generation makes it `Unknown`; else it is `True` with `whenReady`.
 */
export function readyFrom(
  conditions: Conditions,
  parts: readonly string[],
  whenReady: { readonly reason: string; readonly message: string },
  observedGeneration: number,
): ConditionUpdate {
  const found = parts.map(type => ({ type, condition: findCondition(conditions, type) }))
  const failed = found.find(({ condition }) => condition?.status === 'False')?.condition
  if (failed) {
    return { type: 'Ready', status: 'False', reason: failed.reason, message: failed.message, observedGeneration }
  }
  const open = found.find(
    ({ condition }) => condition?.status !== 'True' || (condition.observedGeneration ?? 0) < observedGeneration,
  )
  if (!open) return { type: 'Ready', status: 'True', ...whenReady, observedGeneration }
  const isCurrent = open.condition?.status === 'Unknown'
  const reason = isCurrent ? (open.condition?.reason ?? 'Progressing') : 'Progressing'
  const message = isCurrent ? (open.condition?.message ?? '') : `waiting for ${open.type}`
  return { type: 'Ready', status: 'Unknown', reason, message, observedGeneration }
}

function isSame(a: Condition, b: Condition): boolean {
  return (
    a.status === b.status &&
    a.reason === b.reason &&
    a.message === b.message &&
    a.observedGeneration === b.observedGeneration &&
    a.lastTransitionTime === b.lastTransitionTime
  )
}
