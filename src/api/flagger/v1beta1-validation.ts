/**
 * What the published schemas accept in the kinds of the rollout engine although it cannot work. For those who report
 * it: the API itself must go on accepting what it always accepted.
 */
import { tryParseDuration } from '../../apimachinery/duration.ts'
import { type FieldError, forbidden, invalid, required, tooLong } from '../../apimachinery/field-error.ts'
import { dns1035LabelProblems } from '../../apimachinery/names.ts'
import { canaryLimits, limitErrors } from './limits.ts'
import type { AlertProvider, Canary, CanarySpec, MetricTemplate } from './v1beta1.ts'

type Analysis = CanarySpec['analysis']
type Metric = NonNullable<Analysis['metrics']>[number]
type Webhook = NonNullable<Analysis['webhooks']>[number]

const builtInMetrics = ['request-success-rate', 'request-duration']

/** What is wrong with a Canary that its schema accepts. */
export function validateCanary(canary: Canary): FieldError[] {
  const { spec } = canary
  // The published schema does not insist on it.
  if (!('spec' in canary)) return [required('spec')]
  return [
    ...wholeNumber('spec.progressDeadlineSeconds', spec.progressDeadlineSeconds, 1),
    ...validateService(spec),
    ...limitErrors(spec.analysis),
    ...validateAnalysis(spec.analysis),
  ]
}

function validateService({ service, targetRef }: CanarySpec): FieldError[] {
  if (!service) return targetRef.kind === 'Service' ? [] : [required('spec.service', 'the workload needs a port')]
  const { name, port } = service
  return [
    ...(name ? dns1035LabelProblems(name) : []).map(problem => invalid('spec.service.name', name, problem)),
    ...(Number.isInteger(port) && port >= 1 && port <= 65535
      ? []
      : [invalid('spec.service.port', port, 'must be between 1 and 65535, inclusive')]),
  ]
}

function validateAnalysis(analysis: Analysis): FieldError[] {
  const { metrics, webhooks, alerts, interval } = analysis
  return [
    ...validDuration('spec.analysis.interval', interval),
    ...validateWeights(analysis),
    ...(metrics ?? []).flatMap((metric, i) => validateMetric(metric, `spec.analysis.metrics[${i}]`)),
    ...(webhooks ?? []).flatMap((webhook, i) => validateWebhook(webhook, `spec.analysis.webhooks[${i}]`)),
    ...(alerts ?? []).flatMap(({ severity }, i) =>
      severity ? [] : [required(`spec.analysis.alerts[${i}].severity`, 'an alert without severity is never sent')],
    ),
  ]
}

function validateWeights(analysis: Analysis): FieldError[] {
  const at = 'spec.analysis'
  const percent = (field: string, value: number | undefined) => wholeNumber(`${at}.${field}`, value, 0, 100)
  const { stepWeight, stepWeights, iterations } = analysis
  return [
    ...percent('maxWeight', analysis.maxWeight),
    ...percent('stepWeight', stepWeight),
    ...percent('stepWeightPromotion', analysis.stepWeightPromotion),
    ...percent('mirrorWeight', analysis.mirrorWeight),
    ...percent('primaryReadyThreshold', analysis.primaryReadyThreshold),
    ...percent('canaryReadyThreshold', analysis.canaryReadyThreshold),
    ...wholeNumber(`${at}.threshold`, analysis.threshold, 0),
    ...wholeNumber(`${at}.iterations`, iterations, 0),
    ...(stepWeights ?? []).flatMap((weight, i) => percent(`stepWeights[${i}]`, weight)),
    ...(stepWeight === 0 || stepWeights?.length === 0 || iterations === 0
      ? [invalid(at, null, 'never advances: iterations, stepWeight or stepWeights must be more than zero')]
      : []),
  ]
}

function validateMetric(metric: Metric, field: string): FieldError[] {
  const { name, interval, query, templateRef, thresholdRange } = metric
  const { min, max } = thresholdRange ?? {}
  return [
    ...validDuration(`${field}.interval`, interval),
    ...(templateRef && query ? [forbidden(`${field}.query`, 'may not be set together with templateRef')] : []),
    ...(!templateRef && !query && !builtInMetrics.includes(name)
      ? [required(`${field}.templateRef`, `${name} is none of the built-in metrics ${builtInMetrics.join(', ')}`)]
      : []),
    ...(min !== undefined && max !== undefined && min > max
      ? [invalid(`${field}.thresholdRange.min`, min, `must not be greater than max ${max}`)]
      : []),
  ]
}

function validateWebhook({ url, timeout, retries }: Webhook, field: string): FieldError[] {
  return [
    ...httpUrl(`${field}.url`, url),
    ...validDuration(`${field}.timeout`, timeout),
    ...wholeNumber(`${field}.retries`, retries, 0),
  ]
}

/** Providers that are asked at an address of the user's. */
const needAddress = ['prometheus', 'influxdb', 'graphite', 'dynatrace', 'splunk']

/** What is wrong with a MetricTemplate that its schema accepts. */
export function validateMetricTemplate(template: MetricTemplate): FieldError[] {
  if (!('spec' in template)) return [required('spec')]
  const { provider, query } = template.spec
  const { type, address, region } = provider
  return [
    ...(query.trim() === '' ? [required('spec.query')] : []),
    ...(query.length > canaryLimits.queryLength ? [tooLong('spec.query', canaryLimits.queryLength)] : []),
    ...(needAddress.includes(type) && !address ? [required('spec.provider.address', `provider ${type} needs it`)] : []),
    ...(type === 'cloudwatch' && !region ? [required('spec.provider.region', `provider ${type} needs it`)] : []),
    ...(address ? httpUrl('spec.provider.address', address) : []),
  ]
}

/** What is wrong with an AlertProvider that its schema accepts. */
export function validateAlertProvider(provider: AlertProvider): FieldError[] {
  if (!('spec' in provider)) return [required('spec')]
  const { type, address, proxy, secretRef } = provider.spec
  return [
    ...(type ? [] : [required('spec.type')]),
    ...(secretRef || address ? [] : [required('spec.address', 'must be set, here or in a Secret')]),
    ...(address ? httpUrl('spec.address', address) : []),
    ...(proxy ? httpUrl('spec.proxy', proxy) : []),
  ]
}

function httpUrl(field: string, text: string): FieldError[] {
  const protocol = URL.canParse(text) ? new URL(text).protocol : ''
  return protocol === 'http:' || protocol === 'https:' ? [] : [invalid(field, text, 'must be a URL of http or https')]
}

function validDuration(field: string, text: string | undefined): FieldError[] {
  if (text === undefined) return []
  const durationMs = tryParseDuration(text)
  return durationMs !== undefined && durationMs > 0
    ? []
    : [invalid(field, text, 'must be a duration such as 30s or 1m30s')]
}

// The schema says number where the engine counts.
function wholeNumber(field: string, value: number | undefined, min: number, max?: number): FieldError[] {
  if (value === undefined) return []
  if (!Number.isInteger(value)) return [invalid(field, value, 'must be a whole number')]
  if (value >= min && (max === undefined || value <= max)) return []
  const range = max === undefined ? `greater than or equal to ${min}` : `between ${min} and ${max}, inclusive`
  return [invalid(field, value, `must be ${range}`)]
}
