/** Which routes a status stands for, and which come next. */
import type { Routes } from './observed.ts'
import type { RolloutSpec, Strategy, WeightSteps } from './spec.ts'
import type { RolloutStatus } from './status.ts'

/** All traffic on the primary. */
export const allToPrimary: Routes = { primaryWeight: 100, canaryWeight: 0, mirrored: false }

/** All traffic on the canary. */
export const allToCanary: Routes = { primaryWeight: 0, canaryWeight: 100, mirrored: false }

/** Routes with the given share for the canary. */
export function routesAt(canaryWeight: number): Routes {
  return { primaryWeight: 100 - canaryWeight, canaryWeight, mirrored: false }
}

/** The next weight above `percent`; undefined when there is none. */
export function nextWeight(steps: WeightSteps, percent: number): number | undefined {
  if (steps.kind === 'even') return percent < 100 ? Math.min(100, percent + steps.byPercent) : undefined
  return steps.percents.find(step => step > percent)
}

/** The highest weight that steps can lead to before the promotion: the last step may go beyond the maximum. */
export function highestWeight(strategy: Strategy): number {
  if (strategy.kind !== 'canary') return 100
  let percent = 0
  while (percent < strategy.maxWeightPercent) percent = nextWeight(strategy.steps, percent) ?? strategy.maxWeightPercent
  return percent
}

/** The weights that an analysis in this phase has set, as its status tells; `mirrored` is not part of it. */
export function expectedCanaryWeight(spec: RolloutSpec, status: RolloutStatus): number {
  const { strategy } = spec
  switch (strategy.kind) {
    case 'canary':
      return status.canaryWeight
    case 'ab-testing':
      return status.iterations > 0 ? 100 : 0
    case 'blue-green':
      return status.iterations > strategy.iterations ? 100 : 0
  }
}

/** The weight that the next step of an analysis gives the canary; undefined where it leaves the weight alone. */
function nextCanaryWeight({ strategy }: RolloutSpec, { canaryWeight, iterations }: RolloutStatus): number | undefined {
  switch (strategy.kind) {
    case 'canary':
      return canaryWeight < strategy.maxWeightPercent
        ? (nextWeight(strategy.steps, canaryWeight) ?? strategy.maxWeightPercent)
        : undefined
    case 'ab-testing':
      return iterations === 0 ? 100 : undefined
    case 'blue-green':
      return iterations === strategy.iterations ? 100 : undefined
  }
}

/** Whether the routes are those that the next step sets. */
export function isNextStep(spec: RolloutSpec, status: RolloutStatus, routes: Routes): boolean {
  const next = nextCanaryWeight(spec, status)
  return next !== undefined && routes.canaryWeight === next && routes.primaryWeight === 100 - next && !routes.mirrored
}

/** Whether nothing has been tried with this revision yet. */
export function isFirstStep(spec: RolloutSpec, status: RolloutStatus, routes: Routes): boolean {
  // Who waits for a promotion has been analysed, though Flagger counts the iterations back then.
  if (status.phase === 'WaitingPromotion' || status.canaryWeight !== 0 || status.iterations !== 0) return false
  const { strategy } = spec
  if (strategy.kind === 'ab-testing' || !strategy.mirror || !isFirstStepRecorded(status)) return true
  return !routes.mirrored && !isNextStep(spec, status, routes)
}

/** Until the first step is taken its check is due when it begins; after it the check lies in the future. */
function isFirstStepRecorded({ stepStartedAt, checkDueAt }: RolloutStatus): boolean {
  if (stepStartedAt === undefined || checkDueAt === undefined) return true
  return Date.parse(checkDueAt) > Date.parse(stepStartedAt)
}
