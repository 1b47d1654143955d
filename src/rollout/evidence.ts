/** What the canary's last interval says about it. */
import { measurementsOf, type Verdict, verdictOf } from '../analysis/verdict.ts'
import type { Announcement, Question } from './decision.ts'
import { alert, halt, normal, targetName, warning } from './events.ts'
import { consult, isFresh } from './hooks.ts'
import type { Live } from './live.ts'
import type { Observed } from './observed.ts'
import { pollMs } from './reply.ts'
import { later } from './transition.ts'
import { isFirstStep } from './weights.ts'

/** The result of one check. */
export type Evidence =
  | { readonly kind: 'ask'; readonly questions: readonly Question[] }
  | { readonly kind: 'passed'; readonly announce: readonly Announcement[] }
  | { readonly kind: 'failed'; readonly why: string; readonly announce: readonly Announcement[] }
  | { readonly kind: 'unreachable'; readonly message: string; readonly askAgainAt: Date }

/** The check of the step in hand: hooks alone before the canary has traffic, hooks and metrics after. */
export function evidenceOf(o: Live): Evidence {
  return isFirstStep(o.spec, o.status, o.routes) ? preRollout(o) : measured(o)
}

function preRollout(o: Live): Evidence {
  const announce = [normal(`Starting canary analysis for ${targetName(o.spec)}`)]
  const hooks = consult(o, 'pre-rollout', 'Progressing', stepKey(o))
  switch (hooks.kind) {
    case 'ask':
      return { kind: 'ask', questions: [hooks.question] }
    case 'passed':
      return { kind: 'passed', announce: [...announce, ...hooks.announce] }
    case 'failed': {
      const told = hooks.hook.muteAlert ? [] : [alert('warn', `Pre-rollout check ${hooks.hook.name} failed.`)]
      const why = `pre-rollout check ${hooks.hook.name} failed ${hooks.result.message}`
      return { kind: 'failed', why, announce: [...announce, ...hooks.announce, halt(o.spec, why), ...told] }
    }
  }
}

/** Hooks and metrics are asked at the same time; their answers count in upstream's order. */
function measured(o: Live): Evidence {
  const hooks = consult(o, 'rollout', 'Progressing', stepKey(o))
  if (hooks.kind === 'failed') {
    const why = `external check ${hooks.hook.name} failed ${hooks.result.message}`
    return { kind: 'failed', why, announce: [halt(o.spec, why)] }
  }
  const metrics = metricsEvidence(o)
  if (hooks.kind === 'ask') {
    return { kind: 'ask', questions: [hooks.question, ...(metrics.kind === 'ask' ? metrics.questions : [])] }
  }
  return metrics
}

function metricsEvidence(o: Live): Evidence {
  const measurements = measurementsOf(o.spec.metrics)
  if (measurements.length === 0) return { kind: 'passed', announce: [] }
  const key = `metrics/${stepKey(o)}/${measurements.map(m => `${m.kind}:${m.metric.name}`).join(',')}`
  const question: Question = { kind: 'metrics', key, measurements }
  const answer = o.answers[key]
  if (answer?.kind !== 'metrics') return { kind: 'ask', questions: [question] }
  const verdicts = measurements.map((measurement, i): Verdict => {
    const reading = answer.readings[i]
    return reading ? verdictOf(measurement, reading, names(o)) : { outcome: 'unreachable', message: 'no answer' }
  })
  const failed = verdicts.find(verdict => verdict.outcome === 'failed')
  const unreachable = verdicts.find(verdict => verdict.outcome === 'unreachable')
  // What is known to be bad counts, whatever else could not be asked.
  if (!isFresh(o, answer.at, !failed && unreachable ? pollMs(o) : o.spec.intervalMs)) {
    return { kind: 'ask', questions: [question] }
  }
  if (failed) return { kind: 'failed', why: failed.message, announce: [warning(failed.message)] }
  if (unreachable) {
    return { kind: 'unreachable', message: unreachable.message, askAgainAt: later(answer.at, pollMs(o)) }
  }
  return { kind: 'passed', announce: [] }
}

function names({ spec }: Observed) {
  return {
    canary: spec.canary.name,
    namespace: spec.canary.namespace,
    target: spec.target.name,
    metricsProvider: spec.metricsProvider,
  }
}

/** Names the step and the try, so that an answer never counts for another one. */
export function stepKey({ status, routes }: Live): string {
  const { lastAppliedSpec, canaryWeight, iterations, failedChecks, checkDueAt, lastTransitionTime } = status
  const due = checkDueAt ?? lastTransitionTime
  return [lastAppliedSpec, canaryWeight, iterations, failedChecks, routes.mirrored ? 'mirrored' : 'split', due].join(
    '/',
  )
}
