/** What a schema cannot say about the rollout of a sync policy. What passes makes a Canary that its cluster accepts. */
import { type FieldError, forbidden, invalid, notSupported, required } from '../../apimachinery/field-error.ts'
import { dns1035LabelProblems, dns1123LabelProblems, dns1123SubdomainProblems } from '../../apimachinery/names.ts'
import { metricProviders } from '../flagger/v1beta1.ts'
import type { Rollout } from './v1alpha1.ts'

/** What an Application may name as `trafficRoutingProvider`. */
export const rolloutProviders = ['gatewayapi:v1', 'istio', 'kubernetes', 'kuma', 'nginx'] as const

/** Metrics whose queries are built in. */
export const builtInMetrics: readonly string[] = ['request-success-rate', 'request-duration']

const workloadKinds = ['Deployment', 'DaemonSet']

type Policy = Rollout['rolloutPolicy']
type Routing = NonNullable<Policy['trafficRouting']>
type Analysis = NonNullable<Policy['trafficAnalysis']>
type Metric = NonNullable<Analysis['metrics']>[number]

/** What is wrong with a rollout; `field` is where it stands. */
export function validateRollout(rollout: Rollout, field: string): FieldError[] {
  const { trafficRoutingProvider: provider, rolloutPolicy, port } = rollout
  const { trafficRouting, trafficAnalysis, rolloutTimeoutSeconds } = rolloutPolicy
  const policy = `${field}.rolloutPolicy`
  return [
    ...((rolloutProviders as readonly string[]).includes(provider)
      ? []
      : [notSupported(`${field}.trafficRoutingProvider`, provider, rolloutProviders)]),
    ...validateWorkload(rollout, field),
    ...inRange(`${field}.port`, port, 1, 65535),
    ...atLeast(`${policy}.rolloutTimeoutSeconds`, rolloutTimeoutSeconds, 1),
    ...(trafficRouting
      ? validateRouting(trafficRouting, provider, `${policy}.trafficRouting`)
      : [required(`${policy}.trafficRouting`, 'must have a canaryStrategy or analysisTimes')]),
    ...(trafficAnalysis
      ? validateAnalysis(trafficAnalysis, `${policy}.trafficAnalysis`)
      : [required(`${policy}.trafficAnalysis`)]),
  ]
}

function validateWorkload({ workload, serviceName }: Rollout, field: string): FieldError[] {
  const { kind, name, namespace } = workload
  return [
    ...(kind && !workloadKinds.includes(kind) ? [notSupported(`${field}.workload.kind`, kind, workloadKinds)] : []),
    ...dns1123SubdomainProblems(name).map(problem => invalid(`${field}.workload.name`, name, problem)),
    ...(namespace ? dns1123LabelProblems(namespace) : []).map(problem =>
      invalid(`${field}.workload.namespace`, namespace, problem),
    ),
    ...dns1035LabelProblems(serviceName).map(problem => invalid(`${field}.serviceName`, serviceName, problem)),
  ]
}

function validateRouting(routing: Routing, provider: string, field: string): FieldError[] {
  const { canaryStrategy, analysisTimes, host, gateways, match, timeoutSeconds } = routing
  const needsGateway = provider.startsWith('gatewayapi') && (gateways ?? []).length === 0
  return [
    ...(provider === 'nginx' && !host ? [required(`${field}.host`, 'must be set for provider nginx')] : []),
    ...(needsGateway ? [required(`${field}.gateways`, `must be set for provider ${provider}`)] : []),
    ...atLeast(`${field}.timeoutSeconds`, timeoutSeconds, 0),
    ...validateStrategy(canaryStrategy, analysisTimes ?? 0, field),
    ...(match ?? []).flatMap((item, i) =>
      Object.entries(item.headers ?? {}).flatMap(([name, header]) =>
        Object.keys(header).length === 1
          ? []
          : [invalid(`${field}.match[${i}].headers[${name}]`, header, 'must have one of exact, prefix, regex, suffix')],
      ),
    ),
  ]
}

// Zero and absent are the same here: zeros do not reach the Canary.
function validateStrategy(strategy: Routing['canaryStrategy'], analysisTimes: number, field: string): FieldError[] {
  const { maxWeight, stepWeight, stepWeights, stepWeightPromotion } = strategy ?? {}
  const at = `${field}.canaryStrategy`
  const ways = [
    ...(analysisTimes > 0 ? [`${field}.analysisTimes`] : []),
    ...(stepWeight ? [`${at}.stepWeight`] : []),
    ...(stepWeights && stepWeights.length > 0 ? [`${at}.stepWeights`] : []),
  ]
  const [first, ...others] = ways
  return [
    ...(first === undefined
      ? [required(field, 'must have one of analysisTimes, canaryStrategy.stepWeight, canaryStrategy.stepWeights')]
      : others.map(other => forbidden(other, `may not be set together with ${first}`))),
    ...inRange(`${at}.maxWeight`, maxWeight, 0, 100),
    ...inRange(`${at}.stepWeight`, stepWeight, 0, 100),
    ...inRange(`${at}.stepWeightPromotion`, stepWeightPromotion, 0, 100),
    ...(stepWeights ?? []).flatMap((weight, i) => inRange(`${at}.stepWeights[${i}]`, weight, 0, 100)),
    ...(stepWeights ?? []).flatMap((weight, i, all) =>
      i > 0 && weight <= (all[i - 1] ?? 0)
        ? [invalid(`${at}.stepWeights[${i}]`, weight, 'must be greater than the weight before it')]
        : [],
    ),
  ]
}

function validateAnalysis(analysis: Analysis, field: string): FieldError[] {
  const { checkIntervalSeconds, metrics, sessionAffinity, webhooks } = analysis
  return [
    ...atLeast(`${field}.checkIntervalSeconds`, checkIntervalSeconds, 1),
    ...(metrics ?? []).flatMap((metric, i) => validateMetric(metric, `${field}.metrics[${i}]`)),
    ...(sessionAffinity && !sessionAffinity.cookieName ? [required(`${field}.sessionAffinity.cookieName`)] : []),
    ...atLeast(`${field}.webhooks.timeoutSeconds`, webhooks?.timeoutSeconds, 1),
    ...(webhooks?.command ?? []).flatMap((command, i) =>
      command.trim() === '' ? [required(`${field}.webhooks.command[${i}]`)] : [],
    ),
  ]
}

function validateMetric(metric: Metric, field: string): FieldError[] {
  const { name, intervalSeconds, thresholdRange, customMetric } = metric
  const { min, max } = thresholdRange ?? {}
  return [
    // The name of a metric that is not built in is the name of a MetricTemplate.
    ...(builtInMetrics.includes(name) ? [] : dns1123SubdomainProblems(name)).map(problem =>
      invalid(`${field}.name`, name, problem),
    ),
    ...atLeast(`${field}.intervalSeconds`, intervalSeconds, 1),
    ...(min !== undefined && max !== undefined && min > max
      ? [invalid(`${field}.thresholdRange.min`, min, `must not be greater than max ${max}`)]
      : []),
    ...(customMetric ? validateCustomMetric(customMetric, `${field}.customMetric`) : []),
  ]
}

function validateCustomMetric({ provider, query }: NonNullable<Metric['customMetric']>, field: string): FieldError[] {
  const type = provider?.type
  return [
    ...(!type ? [required(`${field}.provider.type`)] : []),
    ...(type && !(metricProviders as readonly string[]).includes(type)
      ? [notSupported(`${field}.provider.type`, type, metricProviders)]
      : []),
    ...(query?.trim() ? [] : [required(`${field}.query`)]),
  ]
}

function inRange(field: string, value: number | undefined, min: number, max: number): FieldError[] {
  if (value === undefined || (value >= min && value <= max)) return []
  return [invalid(field, value, `must be between ${min} and ${max}, inclusive`)]
}

function atLeast(field: string, value: number | undefined, min: number): FieldError[] {
  return value === undefined || value >= min ? [] : [invalid(field, value, `must be greater than or equal to ${min}`)]
}
