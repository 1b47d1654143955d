/** The engine's own metrics, under upstream's names and with its labels. */

import { keyOf } from '../../apimachinery/meta.ts'
import type { RolloutSpec } from '../../rollout/spec.ts'
import type { Phase } from '../../rollout/status.ts'
import type { MetricRegistry } from '../../runtime/metrics.ts'

/** Writes metrics. */
export interface Recorder {
  /** How many Canaries there are. */
  setTotal(namespace: string, count: number): void
  setStatus(spec: RolloutSpec, phase: Phase): void
  setWeight(spec: RolloutSpec, weights: { readonly primary: number; readonly canary: number }): void
  /** The last value of a metric; durations in seconds. */
  setMetric(spec: RolloutSpec, metric: string, value: number): void
  /** One look at a rollout in analysis, with all that followed. */
  observeDuration(spec: RolloutSpec, durationMs: number): void
  countEnd(spec: RolloutSpec, result: 'success' | 'failure', analysis: 'completed' | 'skipped'): void
  /** Removes what is there about a Canary that has gone, by its key `namespace/name`. */
  forget(key: string): void
}

/** A recorder. `version` and `meshProvider` go into `flagger_info`. */
export function newRecorder(
  registry: MetricRegistry,
  { version, meshProvider }: { readonly version: string; readonly meshProvider: string },
): Recorder {
  const byName = ['name', 'namespace']
  const ends = [...byName, 'deployment_strategy', 'analysis_status']
  const info = registry.gauge({
    name: 'flagger_info',
    help: 'Flagger version and mesh provider information',
    labels: ['version', 'mesh_provider'],
  })
  const total = registry.gauge({
    name: 'flagger_canary_total',
    help: 'Total number of canary object',
    labels: ['namespace'],
  })
  const status = registry.gauge({
    name: 'flagger_canary_status',
    help: 'Last canary analysis result',
    labels: byName,
  })
  const weight = registry.gauge({
    name: 'flagger_canary_weight',
    help: 'The virtual service destination weight current value',
    labels: ['workload', 'namespace'],
  })
  const metric = registry.gauge({
    name: 'flagger_canary_metric_analysis',
    help: 'Last canary analysis result per metric',
    labels: [...byName, 'metric'],
  })
  const duration = registry.histogram({
    name: 'flagger_canary_duration_seconds',
    help: 'Seconds spent performing canary analysis.',
    labels: byName,
  })
  const successes = registry.counter({
    name: 'flagger_canary_successes_total',
    help: 'Total number of canary successes',
    labels: ends,
  })
  const failures = registry.counter({
    name: 'flagger_canary_failures_total',
    help: 'Total number of canary failures',
    labels: ends,
  })
  const aboutCanary = [status, metric, duration, successes, failures]
  // What has not changed is not told again. Labels name targets, and a Canary that has gone does not say which was its own.
  const told = new Map<string, Told>()
  const forget = (key: string) => {
    const name = told.get(key)?.target
    if (name === undefined) return
    told.delete(key)
    const [namespace = ''] = key.split('/')
    for (const one of aboutCanary) one.forget({ name, namespace })
    for (const workload of [name, `${name}-primary`]) weight.forget({ workload, namespace })
    // Whoever has the target next may have told its own already.
    for (const [other, { target }] of told) if (target === name && other.startsWith(`${namespace}/`)) told.delete(other)
  }
  const toldOf = ({ canary, target }: RolloutSpec): Told => {
    const key = keyOf(canary)
    const existing = told.get(key)
    if (existing?.target === target.name) return existing
    forget(key)
    const made: Told = { target: target.name }
    told.set(key, made)
    return made
  }
  info.set(1, { version, mesh_provider: meshProvider })
  return {
    setTotal: (namespace, count) => (count > 0 ? total.set(count, { namespace }) : total.forget({ namespace })),
    setStatus(spec, phase) {
      const last = toldOf(spec)
      if (last.phase === phase) return
      last.phase = phase
      status.set(statusValue(phase), labelsOf(spec))
    },
    setWeight(spec, weights) {
      const last = toldOf(spec)
      if (last.primary === weights.primary && last.canary === weights.canary) return
      last.primary = weights.primary
      last.canary = weights.canary
      const { namespace } = spec.canary
      weight.set(weights.primary, { workload: `${spec.target.name}-primary`, namespace })
      weight.set(weights.canary, { workload: spec.target.name, namespace })
    },
    setMetric: (spec, name, value) => metric.set(value, { ...labelsOf(spec), metric: name }),
    observeDuration: (spec, durationMs) => duration.observe(durationMs / 1000, labelsOf(spec)),
    countEnd(spec, result, analysis) {
      const counter = result === 'success' ? successes : failures
      counter.inc({ ...labelsOf(spec), deployment_strategy: spec.strategyName, analysis_status: analysis })
    },
    forget,
  }
}

/** What the metrics say of a Canary. */
interface Told {
  readonly target: string
  phase?: Phase
  primary?: number
  canary?: number
}

/** The label `name` is the target's name, not the Canary's. */
function labelsOf({ target, canary }: RolloutSpec) {
  return { name: target.name, namespace: canary.namespace }
}

/** Phases of a rollout that has not come to its end: nobody knows yet how it went. */
const underWay: readonly Phase[] = ['Waiting', 'Progressing', 'WaitingPromotion', 'Promoting', 'Finalising']

function statusValue(phase: Phase): number {
  if (underWay.includes(phase)) return 0
  return phase === 'Failed' ? 2 : 1
}
