/** What the conditions of a Canary say to people. Pure. */
import type { CanaryStatus } from './v1beta1.ts'

/** One condition, as it is stored. */
export type CanaryCondition = NonNullable<CanaryStatus['conditions']>[number]

/** Conditions that are there, and False, while a rollout cannot go on by itself; the first of several counts. */
const holding = ['Accepted', 'MetricsAvailable']

/** What holds a rollout: a spec that cannot be carried out, or metrics that cannot be asked. Undefined: nothing does. */
export function holdOf(status: CanaryStatus | undefined): CanaryCondition | undefined {
  const conditions = status?.conditions ?? []
  const isHeld = (type: string) => conditions.find(condition => condition.type === type && condition.status === 'False')
  return holding.map(isHeld).find(condition => condition !== undefined)
}

/** Why a rollout stands where it does, in one sentence; empty where nothing is known. */
export function standingOf(status: CanaryStatus | undefined): string {
  const promoted = status?.conditions?.find(({ type }) => type === 'Promoted')
  return holdOf(status)?.message ?? promoted?.message ?? ''
}
