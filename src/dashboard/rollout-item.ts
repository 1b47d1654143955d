/** A Canary as the dashboard shows it. Pure. */
import { standingOf } from '../api/flagger/conditions.ts'
import type { Canary } from '../api/flagger/v1beta1.ts'
import type { MetricRule, RolloutItem, Strategy } from './wire.ts'

type Analysis = NonNullable<Canary['spec']['analysis']>

/** The id of a Canary's item. */
export function rolloutId(cluster: string, namespace: string, name: string): string {
  return `rollout/${cluster}/${namespace}/${name}`
}

/** The item; `application` is the id of the one that it belongs to. */
export function rolloutItem(cluster: string, canary: Canary, application: string | undefined): RolloutItem {
  const { metadata, spec, status } = canary
  const { namespace = '', name = '' } = metadata
  const { analysis } = spec
  return {
    type: 'rollout',
    id: rolloutId(cluster, namespace, name),
    cluster,
    namespace,
    name,
    ...(application ? { application } : {}),
    target: `${spec.targetRef.kind}/${spec.targetRef.name}`,
    provider: spec.provider ?? '',
    strategy: strategyOf(analysis),
    phase: status?.phase ?? '',
    weight: status?.canaryWeight ?? 0,
    steps: stepsOf(analysis),
    mirror: analysis.mirror ?? false,
    iterations: status?.iterations ?? 0,
    maxIterations: analysis.iterations ?? 0,
    failedChecks: status?.failedChecks ?? 0,
    maxFailedChecks: analysis.threshold ?? 0,
    interval: analysis.interval ?? '',
    metrics: (analysis.metrics ?? []).map(ruleOf),
    suspended: spec.suspend ?? false,
    skipAnalysis: spec.skipAnalysis ?? false,
    message: standingOf(status),
    ...(status?.lastTransitionTime ? { changedAt: status.lastTransitionTime } : {}),
  }
}

/** The weights that a rollout goes through, rising, in percent. */
export function stepsOf({ iterations, stepWeights, stepWeight, maxWeight }: Analysis): readonly number[] {
  if (iterations) return []
  if (stepWeights?.length) return stepWeights
  if (!stepWeight || stepWeight < 1) return []
  const last = Math.min(100, maxWeight || 100)
  const count = Math.ceil(last / stepWeight)
  return Array.from({ length: count }, (_, index) => Math.min(last, (index + 1) * stepWeight))
}

function strategyOf({ iterations, match }: Analysis): Strategy {
  if (!iterations) return 'canary'
  return match?.length ? 'a/b test' : 'blue/green'
}

/** `threshold` is the older form: a least value for the success rate, a largest one for all else. */
function ruleOf({ name, threshold, thresholdRange, interval }: NonNullable<Analysis['metrics']>[number]): MetricRule {
  const old = threshold ? { [name === 'request-success-rate' ? 'min' : 'max']: threshold } : {}
  const { min, max } = thresholdRange ?? old
  return {
    name,
    ...(min !== undefined ? { min } : {}),
    ...(max !== undefined ? { max } : {}),
    ...(interval ? { interval } : {}),
  }
}
