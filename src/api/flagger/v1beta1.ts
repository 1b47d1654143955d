/** flagger.app/v1beta1: rollouts of workloads, the metrics that judge them and who is told. */
import { type CustomKind, customKind } from '../../apimachinery/kind.ts'
import {
  array,
  boolean,
  type Infer,
  integer,
  map,
  number,
  type ObjectOfKind,
  object,
  oneOf,
  string,
} from '../../apimachinery/schema.ts'
import { localReference } from '../common.ts'
import { canaryAnalysis } from './canary-analysis.ts'
import { canaryService } from './canary-service.ts'

const group = 'flagger.app'
const version = 'v1beta1'
const categories = ['all']

/** What routes the traffic. */
export const trafficProviders = [
  'apisix',
  'appmesh',
  'appmesh:v1beta2',
  'contour',
  'gatewayapi:v1',
  'gatewayapi:v1beta1',
  'gloo',
  'istio',
  'knative',
  'kubernetes',
  'kuma',
  'linkerd',
  'nginx',
  'osm',
  'skipper',
  'smi:v1alpha1',
  'smi:v1alpha2',
  'smi:v1alpha3',
  'traefik',
] as const

/** The words of `status.phase`. */
export const canaryPhases = [
  '',
  'Initializing',
  'Initialized',
  'Waiting',
  'Progressing',
  'WaitingPromotion',
  'Promoting',
  'Finalising',
  'Succeeded',
  'Failed',
  'Terminating',
  'Terminated',
] as const

function referenceTo<const K extends string>(...kinds: readonly K[]) {
  return { apiVersion: string(), kind: oneOf(kinds), name: string() }
}

const kindAndName = { required: ['apiVersion', 'kind', 'name'] as const }

const canarySpec = object(
  {
    provider: oneOf(trafficProviders),
    metricsServer: string(),
    progressDeadlineSeconds: number(),
    targetRef: object(referenceTo('DaemonSet', 'Deployment', 'Service'), kindAndName),
    autoscalerRef: object(
      {
        ...referenceTo('HorizontalPodAutoscaler', 'ScaledObject'),
        primaryScalerQueries: map(string()),
        primaryScalerReplicas: object({ minReplicas: integer({ minimum: 1 }), maxReplicas: integer({ minimum: 1 }) }),
      },
      kindAndName,
    ),
    ingressRef: object(referenceTo('Ingress'), kindAndName),
    routeRef: object(referenceTo('ApisixRoute'), kindAndName),
    upstreamRef: object({ ...referenceTo('Upstream'), namespace: string() }, kindAndName),
    service: canaryService,
    skipAnalysis: boolean({ description: 'Whether new revisions are promoted without checks.' }),
    revertOnDeletion: boolean({ description: 'Whether deleting the Canary restores workload and routes.' }),
    suspend: boolean(),
    analysis: canaryAnalysis,
  },
  { required: ['targetRef', 'analysis'] },
)

const canaryStatus = object({
  phase: oneOf(canaryPhases),
  failedChecks: number(),
  canaryWeight: number(),
  iterations: number(),
  trackedConfigs: map(string()),
  lastAppliedSpec: string(),
  lastPromotedSpec: string(),
  lastTransitionTime: string({ format: 'date-time' }),
  sessionAffinityCookie: string(),
  primarySessionAffinityCookie: string(),
  previousSessionAffinityCookie: string(),
  conditions: array(
    object(
      {
        lastTransitionTime: string({ format: 'date-time' }),
        lastUpdateTime: string({ format: 'date-time' }),
        message: string(),
        reason: string(),
        status: string(),
        type: string(),
      },
      { required: ['type', 'status', 'reason'] },
    ),
  ),
  // Ours; the published schema has none of these, and the engine goes on without them.
  stepStartedAt: string({ format: 'date-time' }),
  checkDueAt: string({ format: 'date-time' }),
  primaryReplicas: integer(),
  pendingHooks: oneOf(['Succeeded', 'Failed']),
})

/** One word of `status.phase`. */
export type CanaryPhase = (typeof canaryPhases)[number]

/** `spec` of a Canary. */
export type CanarySpec = Infer<typeof canarySpec>

/** `status` of a Canary. */
export type CanaryStatus = Infer<typeof canaryStatus>

/** The progressive rollout of one workload. */
export type Canary = ObjectOfKind<CanarySpec, CanaryStatus>

/** The progressive rollout of one workload. */
export const Canary: CustomKind<Canary> = customKind({
  group,
  version,
  kind: 'Canary',
  plural: 'canaries',
  description: 'The progressive rollout of one workload.',
  categories,
  spec: canarySpec,
  status: canaryStatus,
  columns: [
    { name: 'Status', type: 'string', jsonPath: '.status.phase' },
    { name: 'Weight', type: 'string', jsonPath: '.status.canaryWeight' },
    { name: 'Suspended', type: 'boolean', jsonPath: '.spec.suspend', priority: 1 },
    { name: 'FailedChecks', type: 'string', jsonPath: '.status.failedChecks', priority: 1 },
    { name: 'Interval', type: 'string', jsonPath: '.spec.analysis.interval', priority: 1 },
    { name: 'Mirror', type: 'boolean', jsonPath: '.spec.analysis.mirror', priority: 1 },
    { name: 'StepWeight', type: 'string', jsonPath: '.spec.analysis.stepWeight', priority: 1 },
    { name: 'StepWeights', type: 'string', jsonPath: '.spec.analysis.stepWeights', priority: 1 },
    { name: 'MaxWeight', type: 'string', jsonPath: '.spec.analysis.maxWeight', priority: 1 },
    { name: 'LastTransitionTime', type: 'string', jsonPath: '.status.lastTransitionTime' },
  ],
})

/** What answers metric queries. */
export const metricProviders = [
  'prometheus',
  'influxdb',
  'datadog',
  'externalmetrics',
  'stackdriver',
  'cloudwatch',
  'newrelic',
  'graphite',
  'dynatrace',
  'keptn',
  'splunk',
] as const

/** `spec` of a MetricTemplate, as Applications carry it too. */
export const metricTemplateSpec = object(
  {
    provider: object(
      {
        type: oneOf(metricProviders),
        address: string(),
        headers: map(array(string())),
        secretRef: localReference,
        region: string(),
        insecureSkipVerify: boolean(),
      },
      { required: ['type'] },
    ),
    query: string({ description: 'The query, a template.' }),
  },
  { required: ['provider', 'query'] },
)

/** A metric query for Canaries to share. */
export type MetricTemplate = ObjectOfKind<Infer<typeof metricTemplateSpec>, never>

/** A metric query for Canaries to share. */
export const MetricTemplate: CustomKind<MetricTemplate> = customKind({
  group,
  version,
  kind: 'MetricTemplate',
  plural: 'metrictemplates',
  description: 'A metric query for Canaries to share.',
  categories,
  spec: metricTemplateSpec,
  statusSubresource: true,
  columns: [{ name: 'Provider', type: 'string', jsonPath: '.spec.provider.type' }],
})

/** Who can be told. */
export const alertProviderTypes = ['slack', 'msteams', 'discord', 'rocket', 'gchat'] as const

const alertProviderSpec = object(
  {
    type: oneOf(alertProviderTypes),
    channel: string(),
    username: string(),
    address: string(),
    proxy: string(),
    secretRef: localReference,
  },
  { oneOf: [{ required: ['type', 'address'] }, { required: ['type', 'secretRef'] }] },
)

/** Where alerts of Canaries go. */
export type AlertProvider = ObjectOfKind<Infer<typeof alertProviderSpec>, never>

/** Where alerts of Canaries go. */
export const AlertProvider: CustomKind<AlertProvider> = customKind({
  group,
  version,
  kind: 'AlertProvider',
  plural: 'alertproviders',
  description: 'Where alerts of Canaries go.',
  categories,
  spec: alertProviderSpec,
  statusSubresource: true,
  columns: [{ name: 'Type', type: 'string', jsonPath: '.spec.type' }],
})
