/** networking.istio.io: routes, destinations and gateways of the mesh. */
import { type CustomKind, customKind } from '../../apimachinery/kind.ts'
import {
  array,
  boolean,
  type Infer,
  map,
  nullable,
  type ObjectOfKind,
  object,
  oneOf,
  string,
} from '../../apimachinery/schema.ts'
import { rule } from '../common.ts'
import { destination, int32, istioStatus, uint32 } from './common.ts'
import { httpRoutes } from './http-route.ts'
import { trafficPolicy } from './traffic-policy.ts'

const group = 'networking.istio.io'
// All Istio versions that are still in use serve this one, and the rollout engine's peers write it.
const version = 'v1beta1'
const alsoServed = [{ version: 'v1' }, { version: 'v1alpha3' }]
const categories = ['istio-io', 'networking-istio-io']

const weightedRoutes = array(object({ destination, weight: int32 }, { required: ['destination'] }))

const connectionMatch = {
  destinationSubnets: array(string()),
  gateways: array(string()),
  port: uint32,
  sourceLabels: map(string()),
  sourceNamespace: string(),
}

const virtualServiceSpec = object({
  exportTo: array(string()),
  gateways: array(string()),
  hosts: array(string()),
  http: httpRoutes,
  tcp: array(object({ match: array(object({ ...connectionMatch, sourceSubnet: string() })), route: weightedRoutes })),
  tls: array(
    object(
      {
        match: array(object({ ...connectionMatch, sniHosts: array(string()) }, { required: ['sniHosts'] })),
        route: weightedRoutes,
      },
      { required: ['match'] },
    ),
  ),
})

/** How requests to a host are routed. */
export type VirtualService = ObjectOfKind<Infer<typeof virtualServiceSpec>, Infer<typeof istioStatus>>

/** How requests to a host are routed. */
export const VirtualService: CustomKind<VirtualService> = customKind({
  group,
  version,
  kind: 'VirtualService',
  plural: 'virtualservices',
  description: 'How requests to a host are routed.',
  shortNames: ['vs'],
  categories,
  spec: virtualServiceSpec,
  status: istioStatus,
  columns: [
    { name: 'Gateways', type: 'string', jsonPath: '.spec.gateways' },
    { name: 'Hosts', type: 'string', jsonPath: '.spec.hosts' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  alsoServed,
})

const workloadSelector = object({
  matchLabels: map(
    string({
      maxLength: 63,
      'x-kubernetes-validations': [rule('!self.contains("*")', 'wildcard not allowed in label value match')],
    }),
    {
      maxProperties: 4096,
      'x-kubernetes-validations': [
        rule('self.all(key, !key.contains("*"))', 'wildcard not allowed in label key match'),
        rule('self.all(key, key.size() != 0)', 'key must not be empty'),
      ],
    },
  ),
})

const destinationRuleSpec = object(
  {
    exportTo: array(string()),
    host: string(),
    subsets: array(object({ labels: map(string()), name: string(), trafficPolicy }, { required: ['name'] })),
    trafficPolicy,
    workloadSelector,
  },
  { required: ['host'] },
)

/** What holds for requests to a host after routing. */
export type DestinationRule = ObjectOfKind<Infer<typeof destinationRuleSpec>, Infer<typeof istioStatus>>

/** What holds for requests to a host after routing. */
export const DestinationRule: CustomKind<DestinationRule> = customKind({
  group,
  version,
  kind: 'DestinationRule',
  plural: 'destinationrules',
  description: 'What holds for requests to a host after routing.',
  shortNames: ['dr'],
  categories,
  spec: destinationRuleSpec,
  status: istioStatus,
  columns: [
    { name: 'Host', type: 'string', jsonPath: '.spec.host' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  alsoServed,
})

const protocolVersion = oneOf(['TLS_AUTO', 'TLSV1_0', 'TLSV1_1', 'TLSV1_2', 'TLSV1_3'])

const serverTls = object(
  {
    caCertCredentialName: string(),
    caCertificates: string(),
    caCrl: string(),
    cipherSuites: array(string()),
    credentialName: string(),
    credentialNames: array(string(), { maxItems: 2, minItems: 1 }),
    httpsRedirect: boolean(),
    insecureSkipVerify: nullable(boolean()),
    maxProtocolVersion: protocolVersion,
    minProtocolVersion: protocolVersion,
    mode: oneOf(['PASSTHROUGH', 'SIMPLE', 'MUTUAL', 'AUTO_PASSTHROUGH', 'ISTIO_MUTUAL', 'OPTIONAL_MUTUAL']),
    privateKey: string(),
    serverCertificate: string(),
    subjectAltNames: array(string()),
    tlsCertificates: array(object({ caCertificates: string(), privateKey: string(), serverCertificate: string() }), {
      maxItems: 2,
      minItems: 1,
    }),
    verifyCertificateHash: array(string()),
    verifyCertificateSpki: array(string()),
  },
  {
    'x-kubernetes-validations': [
      rule(
        '(has(self.tlsCertificates) ? 1 : 0) + (has(self.credentialNames) ? 1 : 0) <= 1',
        'only one of credentialNames or tlsCertificates can be set',
      ),
      rule(
        '(has(self.credentialName) ? 1 : 0) + (has(self.credentialNames) ? 1 : 0) <= 1',
        'only one of credentialName or credentialNames can be set',
      ),
      rule(
        '(has(self.credentialNames) ? 1 : 0) + (has(self.tlsCertificates) ? 1 : 0) <= 1',
        'only one of credentialName or tlsCertificates can be set',
      ),
    ],
  },
)

const gatewaySpec = object({
  selector: map(string()),
  servers: array(
    object(
      {
        bind: string(),
        defaultEndpoint: string(),
        hosts: array(string()),
        name: string(),
        port: object(
          { name: string(), number: uint32, protocol: string(), targetPort: uint32 },
          { required: ['number', 'protocol', 'name'] },
        ),
        tls: serverTls,
      },
      { required: ['port', 'hosts'] },
    ),
  ),
})

/** Where traffic enters the mesh. */
export type Gateway = ObjectOfKind<Infer<typeof gatewaySpec>, Infer<typeof istioStatus>>

/** Where traffic enters the mesh. */
export const Gateway: CustomKind<Gateway> = customKind({
  group,
  version,
  kind: 'Gateway',
  plural: 'gateways',
  description: 'Where traffic enters the mesh.',
  shortNames: ['gw'],
  categories,
  spec: gatewaySpec,
  status: istioStatus,
  alsoServed,
})
