/** `spec.syncPolicies[].rollout` of an Application: a Canary in each cluster, in the words of a fleet. */
import { array, boolean, integer, map, number, object, string } from '../../apimachinery/schema.ts'
import { labelsAndAnnotations } from '../common.ts'

const textMatch = object({ exact: string(), prefix: string(), regex: string(), suffix: string() })
const headerChanges = object({ add: map(string()), remove: array(string()), set: map(string()) })

const match = array(
  object({
    authority: textMatch,
    gateways: array(string()),
    headers: map(textMatch),
    ignoreUriCase: boolean(),
    method: textMatch,
    name: string(),
    port: integer({ format: 'int32' }),
    queryParams: map(textMatch),
    scheme: textMatch,
    sourceLabels: map(string()),
    sourceNamespace: string(),
    uri: textMatch,
    withoutHeaders: map(textMatch),
  }),
)

const corsPolicy = object({
  allowCredentials: boolean(),
  allowHeaders: array(string()),
  allowMethods: array(string()),
  allowOrigin: array(string()),
  allowOrigins: array(textMatch),
  exposeHeaders: array(string()),
  maxAge: string(),
})

const trafficRouting = object(
  {
    analysisTimes: integer({ minimum: 0, description: 'Checks of an A/B test or blue/green rollout.' }),
    canaryStrategy: object(
      {
        maxWeight: integer({ description: 'Weight in percent at which the canary is promoted; 100 by default.' }),
        stepWeight: integer({ description: 'Percent that each passed check adds.' }),
        stepWeightPromotion: integer(),
        stepWeights: array(integer(), { description: 'The weights one by one, instead of stepWeight.' }),
      },
      { description: 'Moves traffic step by step.' },
    ),
    corsPolicy,
    gateways: array(string()),
    headers: object({ request: headerChanges, response: headerChanges }),
    host: string({ description: 'Host of the Ingress; nginx needs it.' }),
    hosts: array(string()),
    match,
    protocol: string({ description: 'Protocol of the service for kuma; http by default.' }),
    retries: object({ attempts: integer(), perTryTimeout: string(), retryOn: string() }),
    timeoutSeconds: integer(),
  },
  { description: 'How traffic moves to the new revision.' },
)

const customMetric = object(
  {
    provider: object({
      address: string(),
      insecureSkipVerify: boolean(),
      region: string(),
      secretRef: object({ name: string() }, { 'x-kubernetes-map-type': 'atomic' }),
      type: string(),
    }),
    query: string(),
  },
  { description: 'A query of your own; it becomes a MetricTemplate with the name of the metric.' },
)

const trafficAnalysis = object(
  {
    checkFailedTimes: integer({ minimum: 0, description: 'Failed checks before the rollback.' }),
    checkIntervalSeconds: integer({ description: 'Time between checks.' }),
    metrics: array(
      object(
        {
          customMetric,
          intervalSeconds: integer({ description: 'Window of the query; 60 by default.' }),
          name: string({ description: 'request-success-rate, request-duration, or a name of your own.' }),
          thresholdRange: object({ max: number(), min: number() }, { description: 'What the value must not leave.' }),
        },
        { required: ['name'] },
      ),
    ),
    sessionAffinity: object({ cookieName: string(), maxAge: integer() }),
    webhooks: object(
      {
        command: array(string(), { description: 'Commands that make traffic during the analysis.' }),
        timeoutSeconds: integer({ description: '60 by default.' }),
      },
      { description: 'Load for the new revision.' },
    ),
  },
  { required: ['checkFailedTimes', 'checkIntervalSeconds'], description: 'What has to hold at each check.' },
)

const rolloutPolicy = object({
  revertOnDeletion: boolean({ description: 'Whether deleting the rollout restores workload and routes.' }),
  rolloutTimeoutSeconds: integer({ format: 'int32', description: 'Time for pods to become ready; 600 by default.' }),
  skipTrafficAnalysis: boolean({ description: 'Whether new revisions are promoted without checks.' }),
  suspend: boolean(),
  trafficAnalysis,
  trafficRouting,
})

/** `spec.syncPolicies[].rollout`. */
export const rollout = object(
  {
    port: integer({ format: 'int32', description: 'Port of the service.' }),
    preview: labelsAndAnnotations,
    primary: labelsAndAnnotations,
    rolloutPolicy,
    serviceName: string({ description: 'The service that clients call; it must exist in the cluster.' }),
    testLoader: boolean({ description: 'Whether a load tester of its own is installed beside the workload.' }),
    trafficRoutingProvider: string({ description: 'istio, kuma or nginx.' }),
    workload: object(
      { apiVersion: string(), kind: string(), name: string(), namespace: string() },
      { required: ['name'], description: 'The workload to roll out.' },
    ),
  },
  {
    required: ['port', 'rolloutPolicy', 'serviceName', 'trafficRoutingProvider', 'workload'],
    description: 'Rolls out new revisions of one workload progressively in each cluster.',
  },
)
