/** From a Canary object to the spec that the engine reads. */

import type { MetricCheck } from '../analysis/check.ts'
import { metricsProviderOf } from '../analysis/observer.ts'
import { limitErrors } from '../api/flagger/limits.ts'
import { tryParseDuration } from '../apimachinery/duration.ts'
import { type FieldError, invalid, required } from '../apimachinery/field-error.ts'
import type { Hook, HookType, RolloutSpec, Strategy, TargetKind, WeightSteps } from './spec.ts'

/** The parts of a Canary object that decide about its rollouts; the API's type fits it. */
export interface CanaryManifest {
  readonly metadata: { readonly name?: string; readonly namespace?: string; readonly uid?: string }
  readonly spec: {
    readonly provider?: string
    readonly progressDeadlineSeconds?: number
    readonly targetRef: { readonly apiVersion: string; readonly kind: string; readonly name: string }
    readonly service?: { readonly name?: string }
    readonly autoscalerRef?: { readonly kind: string; readonly name: string }
    readonly skipAnalysis?: boolean
    readonly revertOnDeletion?: boolean
    readonly suspend?: boolean
    readonly analysis: AnalysisManifest
  }
}

/** `spec.analysis` of a Canary. */
export interface AnalysisManifest {
  readonly interval?: string
  readonly iterations?: number
  readonly threshold?: number
  readonly maxWeight?: number
  readonly stepWeight?: number
  readonly stepWeights?: readonly number[]
  readonly stepWeightPromotion?: number
  readonly mirror?: boolean
  readonly primaryReadyThreshold?: number
  readonly canaryReadyThreshold?: number
  readonly match?: readonly unknown[]
  readonly metrics?: readonly {
    readonly name: string
    readonly interval?: string
    readonly threshold?: number
    readonly thresholdRange?: { readonly min?: number; readonly max?: number }
    readonly query?: string
    readonly templateRef?: { readonly name: string; readonly namespace?: string }
    readonly templateVariables?: Readonly<Record<string, string>>
  }[]
  readonly webhooks?: readonly {
    readonly name: string
    readonly url: string
    readonly type?: string
    readonly muteAlert?: boolean
    readonly timeout?: string
    readonly retries?: number
    readonly disableTLS?: boolean
    readonly metadata?: Readonly<Record<string, string>>
  }[]
  readonly sessionAffinity?: { readonly cookieName: string; readonly primaryCookieName?: string }
}

/** What the process adds to a Canary. */
export interface NormaliseOptions {
  /** The traffic provider of Canaries that name none. */
  readonly provider: string
  /** Shortest interval; Flagger's is 10 s. */
  readonly minIntervalMs?: number
}

/** What Flagger takes when the Canary says nothing: `pkg/apis/flagger/v1beta1/canary.go`. */
const defaults = {
  intervalMs: 60_000,
  minIntervalMs: 10_000,
  progressDeadlineSeconds: 600,
  hookTimeoutMs: 10_000,
  metricInterval: '1m',
  readyThresholdPercent: 100,
  kubernetesIterations: 10,
}

/** The spec, or everything that is wrong with the Canary. */
export function normalise(
  canary: CanaryManifest,
  options: NormaliseOptions,
): { readonly spec: RolloutSpec } | { readonly errors: readonly FieldError[] } {
  const { spec, metadata } = canary
  // The published schema does not insist on it.
  if (!isThere(spec)) return { errors: [required('spec')] }
  const { analysis } = spec
  const provider = spec.provider || options.provider
  // Without analysis, and where weights cannot be set, nobody takes a step.
  const hasSteps = !spec.skipAnalysis && provider !== 'kubernetes'
  const errors = [
    ...fractions(spec),
    ...(hasSteps ? stepErrors(analysis) : []),
    ...hookErrors(analysis),
    ...limitErrors(analysis),
  ]
  if (errors.length > 0) return { errors }
  const { strategy, overrides } = strategyOf(analysis, provider)
  const namespace = metadata.namespace ?? ''
  return {
    spec: {
      canary: { name: metadata.name ?? '', namespace, uid: metadata.uid ?? '' },
      target: { ...spec.targetRef, kind: targetKind(spec.targetRef) },
      serviceName: spec.service?.name || spec.targetRef.name,
      ...(spec.autoscalerRef ? { autoscaler: autoscalerOf(spec.autoscalerRef) } : {}),
      provider,
      metricsProvider: metricsProviderOf(options.provider, spec.provider, targetKind(spec.targetRef)),
      progressDeadlineMs: (spec.progressDeadlineSeconds ?? defaults.progressDeadlineSeconds) * 1000,
      skipAnalysis: spec.skipAnalysis ?? false,
      revertOnDeletion: spec.revertOnDeletion ?? false,
      suspend: spec.suspend ?? false,
      intervalMs: intervalOf(analysis.interval, options.minIntervalMs ?? defaults.minIntervalMs),
      failedChecksThreshold: Math.max(1, analysis.threshold ?? 0),
      strategy,
      strategyName: strategyName(analysis),
      overrides,
      primaryReadyThresholdPercent: analysis.primaryReadyThreshold ?? defaults.readyThresholdPercent,
      canaryReadyThresholdPercent: analysis.canaryReadyThreshold ?? defaults.readyThresholdPercent,
      hooks: (analysis.webhooks ?? []).map(hookOf),
      metrics: (analysis.metrics ?? []).map(metric => metricOf(metric, namespace)),
      ...(analysis.sessionAffinity ? { sessionAffinity: analysis.sessionAffinity } : {}),
      routingSummary: routingSummary(analysis),
    },
  }
}

const isThere = (spec: CanaryManifest['spec'] | undefined) => spec !== undefined

/** Flagger's `GetAnalysisInterval`: what cannot be read counts as a minute, what is too short as the minimum. */
function intervalOf(text: string | undefined, minIntervalMs: number): number {
  const intervalMs = tryParseDuration(text) ?? defaults.intervalMs
  return Math.max(intervalMs, minIntervalMs)
}

function targetKind(ref: { readonly apiVersion: string; readonly kind: string }): TargetKind {
  if (ref.kind === 'Service') return ref.apiVersion === 'serving.knative.dev/v1' ? 'KnativeService' : 'Service'
  return ref.kind === 'DaemonSet' ? 'DaemonSet' : 'Deployment'
}

function autoscalerOf(ref: { readonly kind: string; readonly name: string }): NonNullable<RolloutSpec['autoscaler']> {
  return { kind: ref.kind === 'ScaledObject' ? 'ScaledObject' : 'HorizontalPodAutoscaler', name: ref.name }
}

function strategyName(analysis: AnalysisManifest): RolloutSpec['strategyName'] {
  if (!((analysis.iterations ?? 0) > 0)) return 'canary'
  return hasMatch(analysis) ? 'ab-testing' : 'blue-green'
}

function hasMatch(analysis: AnalysisManifest): boolean {
  return (analysis.match ?? []).length > 0
}

/** The provider `kubernetes` has no routes to set: it can do blue/green only. */
function strategyOf(
  analysis: AnalysisManifest,
  provider: string,
): { readonly strategy: Strategy; readonly overrides: readonly string[] } {
  const stepWeightPromotionPercent = analysis.stepWeightPromotion ?? 0
  const mirror = analysis.mirror ?? false
  const iterations = analysis.iterations ?? 0
  if (provider === 'kubernetes') {
    const overrides = [
      ...(hasMatch(analysis) ? ['A/B testing is not supported when using the kubernetes provider'] : []),
      ...(iterations < 1
        ? [
            'Progressive traffic is not supported when using the kubernetes provider',
            `Setting canaryAnalysis.iterations: ${defaults.kubernetesIterations}`,
          ]
        : []),
    ]
    const count = iterations < 1 ? defaults.kubernetesIterations : iterations
    return {
      strategy: { kind: 'blue-green', iterations: count, mirror: false, stepWeightPromotionPercent },
      overrides,
    }
  }
  const kind = strategyName(analysis)
  if (kind === 'ab-testing') return { strategy: { kind, iterations, stepWeightPromotionPercent }, overrides: [] }
  if (kind === 'blue-green') {
    return { strategy: { kind, iterations, mirror, stepWeightPromotionPercent }, overrides: [] }
  }
  const steps = stepsOf(analysis)
  const last = steps.kind === 'listed' ? steps.percents.at(-1) : analysis.maxWeight
  const maxWeightPercent = Math.min(100, last || 100)
  return { strategy: { kind, steps, maxWeightPercent, mirror, stepWeightPromotionPercent }, overrides: [] }
}

function stepsOf(analysis: AnalysisManifest): WeightSteps {
  const byPercent = analysis.stepWeight ?? 0
  if (byPercent > 0) return { kind: 'even', byPercent }
  // A step that is listed twice says the same twice.
  return { kind: 'listed', percents: [...new Set(analysis.stepWeights)].map(percent => Math.min(100, percent)) }
}

function stepErrors(analysis: AnalysisManifest): FieldError[] {
  if ((analysis.iterations ?? 0) > 0) return []
  if ((analysis.maxWeight ?? 0) < 0) {
    return [
      invalid('spec.analysis.maxWeight', analysis.maxWeight, 'must not be negative: every weight would be too high'),
    ]
  }
  if ((analysis.stepWeight ?? 0) > 0) return []
  const steps = analysis.stepWeights ?? []
  const neverMoves = 'a rollout in these steps would never move'
  if (steps.length === 0) {
    return [invalid('spec.analysis.stepWeight', analysis.stepWeight ?? 0, `must be above 0: ${neverMoves}`)]
  }
  return steps.flatMap((step, i) => {
    const field = `spec.analysis.stepWeights[${i}]`
    if (step <= 0) return [invalid(field, step, `must be above 0: ${neverMoves}`)]
    return step < (steps[i - 1] ?? 0) ? [invalid(field, step, `must not be below the step before: ${neverMoves}`)] : []
  })
}

function hookErrors(analysis: AnalysisManifest): FieldError[] {
  return (analysis.webhooks ?? []).flatMap((hook, i) =>
    isTimeoutSet(hook.timeout) && tryParseDuration(hook.timeout) === undefined
      ? [invalid(`spec.analysis.webhooks[${i}].timeout`, hook.timeout, 'must be a duration such as 10s')]
      : [],
  )
}

/** Integers that the CRD lets be fractional. Upstream cannot even list such a Canary, or any other beside it. */
function fractions(spec: CanaryManifest['spec']): FieldError[] {
  const { analysis } = spec
  const integers: Readonly<Record<string, number | undefined>> = {
    'spec.progressDeadlineSeconds': spec.progressDeadlineSeconds,
    'spec.analysis.iterations': analysis.iterations,
    'spec.analysis.threshold': analysis.threshold,
    'spec.analysis.maxWeight': analysis.maxWeight,
    'spec.analysis.stepWeight': analysis.stepWeight,
    'spec.analysis.stepWeightPromotion': analysis.stepWeightPromotion,
    'spec.analysis.primaryReadyThreshold': analysis.primaryReadyThreshold,
    'spec.analysis.canaryReadyThreshold': analysis.canaryReadyThreshold,
    ...Object.fromEntries((analysis.stepWeights ?? []).map((step, i) => [`spec.analysis.stepWeights[${i}]`, step])),
    ...Object.fromEntries((analysis.webhooks ?? []).map((h, i) => [`spec.analysis.webhooks[${i}].retries`, h.retries])),
  }
  return Object.entries(integers)
    .filter(([, value]) => value !== undefined && !Number.isInteger(value))
    .map(([field, value]) => invalid(field, value, 'must be an integer'))
}

function hookOf(hook: NonNullable<AnalysisManifest['webhooks']>[number]): Hook {
  return {
    name: hook.name,
    // The API's enum allows the names of HookType, and the empty one.
    type: (hook.type || 'rollout') as HookType,
    url: hook.url,
    timeoutMs: isTimeoutSet(hook.timeout)
      ? (tryParseDuration(hook.timeout) ?? defaults.hookTimeoutMs)
      : defaults.hookTimeoutMs,
    retries: hook.retries ?? 0,
    disableTLS: hook.disableTLS ?? false,
    muteAlert: hook.muteAlert ?? false,
    metadata: hook.metadata ?? {},
  }
}

/** Upstream takes a text of one character for none. */
function isTimeoutSet(timeout: string | undefined): boolean {
  return (timeout ?? '').length >= 2
}

function metricOf(metric: NonNullable<AnalysisManifest['metrics']>[number], namespace: string): MetricCheck {
  const ref = metric.templateRef
  return {
    name: metric.name,
    interval: metric.interval || defaults.metricInterval,
    threshold: metric.threshold ?? 0,
    ...(metric.thresholdRange ? { range: metric.thresholdRange } : {}),
    ...(metric.query ? { query: metric.query } : {}),
    ...(ref ? { templateRef: { name: ref.name, namespace: ref.namespace || namespace } } : {}),
    templateVariables: metric.templateVariables ?? {},
  }
}

function routingSummary(analysis: AnalysisManifest): string {
  if (hasMatch(analysis)) return 'A/B Testing'
  if ((analysis.iterations ?? 0) > 0) return 'Blue/Green'
  const max = analysis.maxWeight ?? 0
  const steps = analysis.stepWeights ?? []
  return steps.length > 0
    ? `Weight steps: ${steps.join(',')} max: ${max}`
    : `Weight step: ${analysis.stepWeight ?? 0} max: ${max}`
}
