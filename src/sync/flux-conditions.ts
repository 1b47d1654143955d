/** Conditions as Flux's controllers keep them: their order, what is there only while it is true, when times move. */
import type { Conditions } from '../apimachinery/conditions.ts'
import type { Condition } from '../apimachinery/meta.ts'
import { toTimestamp } from '../apimachinery/time.ts'

/** A condition to be set; the generation and the time are found out. */
export interface FluxCondition {
  readonly type: string
  readonly status: Condition['status']
  readonly reason: string
  readonly message: string
}

const firstTypes = ['Stalled', 'Reconciling', 'Ready']
const maxMessageBytes = 32_768

/**
 * The whole list: `wanted`, and of `previous` those types that `owned` does not name. An owned type that is not wanted
 * goes. `lastTransitionTime` moves with status, reason or message, unlike in other Kubernetes conditions.
 */
export function fluxConditions(
  previous: Conditions,
  owned: readonly string[],
  wanted: readonly FluxCondition[],
  observedGeneration: number,
  now: Date,
): readonly Condition[] {
  const foreign = (previous ?? []).filter(({ type }) => !owned.includes(type))
  const updated = wanted.map((condition): Condition => {
    const message = cut(condition.message)
    const old = previous?.find(({ type }) => type === condition.type)
    const isSame = old?.status === condition.status && old.reason === condition.reason && old.message === message
    const lastTransitionTime = isSame ? old.lastTransitionTime : toTimestamp(now)
    return { ...condition, message, observedGeneration, lastTransitionTime }
  })
  return [...updated, ...foreign].sort((a, b) => rank(a) - rank(b) || (a.type < b.type ? -1 : 1))
}

function rank({ type }: Condition): number {
  const index = firstTypes.indexOf(type)
  return index < 0 ? firstTypes.length : index
}

function cut(message: string): string {
  if (Buffer.byteLength(message) <= maxMessageBytes) return message
  return `${Buffer.from(message)
    .subarray(0, maxMessageBytes - 3)
    .toString('utf8')
    .replace(/\uFFFD$/, '')}...`
}
