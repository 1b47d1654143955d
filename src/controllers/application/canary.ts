/** A rollout in the words of the engine: the Canary and the MetricTemplates of one member. Pure. */

import { workloadNamespace } from '../../api/apps/policy-names.ts'
import type { Application, Rollout } from '../../api/apps/v1alpha1.ts'
import type { Service } from '../../api/core/core-v1.ts'
import { Canary, type CanarySpec, MetricTemplate } from '../../api/flagger/v1beta1.ts'
import type { KubernetesObject, ObjectMeta } from '../../apimachinery/meta.ts'
import type { WantedObject } from './host-plan.ts'
import { loadTesterUrl, ownerAnnotation, ownerLabel, rolloutAnnotation, type Target } from './names.ts'

/** A rollout in one cluster. */
export interface MemberRollout {
  readonly application: Application
  readonly policyName: string
  readonly rollout: Rollout
  readonly target: Target
  /** The traffic provider of the Fleet's rollout plugin. */
  readonly fleetProvider?: string
}

const builtInMetrics: readonly string[] = ['request-success-rate', 'request-duration']

// Kurator's documented defaults, which its controller does not apply.
const defaultCheckIntervalS = 60
const defaultMetricIntervalS = 60
const defaultWebhookTimeoutS = 60

/** The Canary. Its target port is that of the live Service's port, so the Service has to be there. */
export function canaryOf(member: MemberRollout, service: Service): WantedObject {
  const { rollout } = member
  const { rolloutPolicy, workload, trafficRoutingProvider: provider } = rollout
  const spec: CanarySpec = {
    provider: provider as NonNullable<CanarySpec['provider']>, // admission lets only known ones through
    targetRef: {
      apiVersion: workload.apiVersion ?? 'apps/v1',
      kind: (workload.kind ?? 'Deployment') as 'Deployment',
      name: workload.name,
    },
    ...given({
      progressDeadlineSeconds: rolloutPolicy.rolloutTimeoutSeconds,
      skipAnalysis: rolloutPolicy.skipTrafficAnalysis || undefined,
      revertOnDeletion: rolloutPolicy.revertOnDeletion || undefined,
      suspend: rolloutPolicy.suspend || undefined,
      ingressRef:
        provider === 'nginx'
          ? { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' as const, name: rollout.serviceName }
          : undefined,
    }),
    service: serviceOf(member, service),
    analysis: analysisOf(member),
  }
  return { type: Canary, object: { metadata: metadataOf(member, rollout.workload.name), spec } as KubernetesObject }
}

/** One MetricTemplate for each metric with a query of its own. */
export function metricTemplatesOf(member: MemberRollout): readonly WantedObject[] {
  return (member.rollout.rolloutPolicy.trafficAnalysis?.metrics ?? []).flatMap(({ name, customMetric }) =>
    customMetric
      ? [
          {
            type: MetricTemplate,
            object: { metadata: metadataOf(member, name), spec: customMetric } as KubernetesObject,
          },
        ]
      : [],
  )
}

/** The metadata of anything that a rollout makes in a member. */
export function metadataOf(member: MemberRollout, name: string): ObjectMeta {
  const { application } = member
  return {
    name,
    namespace: workloadNamespace(application, member.rollout),
    labels: { [ownerLabel]: application.metadata.uid ?? '' },
    annotations: {
      [rolloutAnnotation]: member.policyName,
      [ownerAnnotation]: `${application.metadata.namespace}/${application.metadata.name}`,
    },
  }
}

function serviceOf({ rollout }: MemberRollout, live: Service): NonNullable<CanarySpec['service']> {
  const { trafficRouting: routing } = rollout.rolloutPolicy
  const targetPort = live.spec?.ports?.find(port => port.port === rollout.port)?.targetPort
  const isIstio = rollout.trafficRoutingProvider === 'istio'
  const isGatewayApi = rollout.trafficRoutingProvider.startsWith('gatewayapi')
  const hasHosts = isIstio || isGatewayApi
  const protocol =
    rollout.trafficRoutingProvider === 'kuma'
      ? { annotations: { [`${rollout.port}.service.kuma.io/protocol`]: routing?.protocol || 'http' } }
      : undefined
  return {
    name: rollout.serviceName,
    port: rollout.port,
    portDiscovery: false,
    ...given({
      targetPort,
      timeout: routing?.timeoutSeconds ? `${routing.timeoutSeconds}s` : undefined,
      gateways: isIstio ? routing?.gateways : undefined,
      gatewayRefs: isGatewayApi ? routing?.gateways?.map(gatewayRef) : undefined,
      hosts: hasHosts ? routing?.hosts : undefined,
      retries: isIstio ? routing?.retries : undefined,
      headers: hasHosts ? routing?.headers : undefined,
      corsPolicy: hasHosts ? routing?.corsPolicy : undefined,
      apex: protocol,
      primary: merged(protocol, rollout.primary),
      canary: merged(protocol, rollout.preview),
    }),
  } as NonNullable<CanarySpec['service']> // an Application's routing fields are copies of a Canary's
}

/** A Gateway as Applications name it, `NAMESPACE/NAME` or `NAME`, as the Gateway API's reference. */
function gatewayRef(gateway: string) {
  const [name = '', namespace] = gateway.split('/').reverse()
  return { group: 'gateway.networking.k8s.io', kind: 'Gateway', name, ...(namespace ? { namespace } : {}) }
}

function analysisOf(member: MemberRollout): CanarySpec['analysis'] {
  const { trafficRouting: routing, trafficAnalysis: analysis } = member.rollout.rolloutPolicy
  return {
    interval: `${analysis?.checkIntervalSeconds ?? defaultCheckIntervalS}s`,
    threshold: analysis?.checkFailedTimes ?? 0,
    ...given({
      iterations: routing?.analysisTimes || undefined,
      match: routing?.match,
      ...routing?.canaryStrategy,
      sessionAffinity: analysis?.sessionAffinity,
      metrics: analysis?.metrics?.map(metric => metricOf(member, metric)),
      webhooks: webhooksOf(member),
    }),
  } as CanarySpec['analysis'] // as above
}

type Metric = NonNullable<NonNullable<Rollout['rolloutPolicy']['trafficAnalysis']>['metrics']>[number]

function metricOf({ application, rollout }: MemberRollout, { name, intervalSeconds, thresholdRange }: Metric) {
  const templateRef = builtInMetrics.includes(name)
    ? undefined
    : { name, namespace: workloadNamespace(application, rollout) }
  return {
    name,
    interval: `${intervalSeconds ?? defaultMetricIntervalS}s`,
    ...given({ thresholdRange, templateRef }),
  }
}

/** One webhook a command; without a type it is called at each check. */
function webhooksOf({ application, rollout, target }: MemberRollout) {
  const { command, timeoutSeconds } = rollout.rolloutPolicy.trafficAnalysis?.webhooks ?? {}
  if (!command || command.length === 0) return undefined
  const url = loadTesterUrl(rollout, workloadNamespace(application, rollout), target)
  return command.map((cmd, index) => ({
    name: `generated-testload-${index}`,
    url,
    timeout: `${timeoutSeconds ?? defaultWebhookTimeoutS}s`,
    metadata: { type: 'cmd', cmd },
  }))
}

interface LabelsAndAnnotations {
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

function merged(one: LabelsAndAnnotations | undefined, other: LabelsAndAnnotations | undefined) {
  if (!one || !other) return one ?? other
  return { ...one, ...other, annotations: { ...one.annotations, ...other.annotations } }
}

/** The properties that are not undefined. */
function given<T extends object>(properties: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  } // undefined is out
}
