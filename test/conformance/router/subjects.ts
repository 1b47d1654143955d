/** The traffic providers under test: what each can do, and what a user has to bring. */
import { Ingress } from '../../../src/api/core/networking-v1.ts'
import type { CanarySpec } from '../../../src/api/flagger/v1beta1.ts'
import { HTTPRoute } from '../../../src/api/gateway-api/v1.ts'
import { DestinationRule, VirtualService } from '../../../src/api/istio/networking.ts'
import { TrafficRoute } from '../../../src/api/kuma/v1alpha1.ts'
import type { KubernetesObject, ResourceType } from '../../../src/apimachinery/meta.ts'

/** What a provider may or may not be able to do; a case that needs it is skipped, with its name, where it is missing. */
export type RouterFeature =
  /** A match of the analysis chooses who meets the canary. */
  | 'match'
  /** Requests can be copied to the canary. */
  | 'mirror'
  /** Cookies keep clients on a side. */
  | 'affinity'

/** One provider. */
export interface RouterSubject {
  readonly provider: NonNullable<CanarySpec['provider']>
  readonly features: ReadonlySet<RouterFeature>
  /** The types of the objects that the router makes. */
  readonly makes: readonly ResourceType[]
  /** Of the Canary. */
  readonly spec: Partial<CanarySpec>
  readonly service?: Partial<NonNullable<CanarySpec['service']>>
  /** What the user has before, in the namespace. */
  readonly given: readonly { readonly type: ResourceType; readonly object: KubernetesObject }[]
}

const ingressRef = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'web' } as const
const ingress: Ingress = {
  metadata: {
    name: 'web',
    labels: { team: 'a' },
    annotations: { 'nginx.ingress.kubernetes.io/proxy-body-size': '1m' },
  },
  spec: {
    rules: [
      {
        host: 'web.example',
        http: {
          paths: [
            { path: '/', pathType: 'Prefix', backend: { service: { name: 'podinfo', port: { number: 80 } } } },
            { path: '/api', pathType: 'Prefix', backend: { service: { name: 'api', port: { name: 'http' } } } },
          ],
        },
      },
    ],
  },
}

const gatewayRefs = [{ name: 'public', namespace: 'gateways' }]

/** All providers with objects of their own. */
export const routerSubjects: readonly RouterSubject[] = [
  {
    provider: 'istio',
    features: new Set(['match', 'mirror', 'affinity']),
    makes: [VirtualService, DestinationRule],
    spec: {},
    given: [],
  },
  ...(['gatewayapi:v1', 'gatewayapi:v1beta1'] as const).map(provider => ({
    provider,
    features: new Set<RouterFeature>(['match', 'mirror', 'affinity']),
    makes: [HTTPRoute],
    spec: {},
    service: { gatewayRefs, hosts: ['web.example'], timeout: '15s' },
    given: [],
  })),
  { provider: 'kuma', features: new Set(), makes: [TrafficRoute], spec: {}, given: [] },
  {
    provider: 'nginx',
    features: new Set(['match']),
    makes: [Ingress],
    spec: { ingressRef },
    given: [{ type: Ingress, object: ingress }],
  },
]
