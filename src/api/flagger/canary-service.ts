/** `spec.service` of a Canary: the Services and routes that the engine makes. */
import {
  array,
  boolean,
  exactlyOne,
  integer,
  intOrString,
  map,
  number,
  object,
  oneOf,
  string,
} from '../../apimachinery/schema.ts'
import { dnsLabelPattern, dnsSubdomainPattern, labelsAndAnnotations, rule } from '../common.ts'
import { httpMatch } from './http-match.ts'
import { trafficPolicy } from './traffic-policy.ts'

const namespace = string({ maxLength: 63, minLength: 1, pattern: dnsLabelPattern })
const portNumber = integer({ format: 'int32', maximum: 65535, minimum: 1 })
const groupPattern = `^$|${dnsSubdomainPattern}`
const kindPattern = '^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$'

// The published schema does not insist on backendRef.
const mirror = array(
  object({
    backendRef: object(
      {
        group: string({ default: '', maxLength: 253, pattern: groupPattern }),
        kind: string({ default: 'Service', maxLength: 63, minLength: 1, pattern: kindPattern }),
        name: string({ maxLength: 253, minLength: 1 }),
        namespace,
        port: portNumber,
      },
      {
        required: ['name'],
        'x-kubernetes-validations': [
          rule(
            "(size(self.group) == 0 && self.kind == 'Service') ? has(self.port) : true",
            'Must have port for Service reference',
          ),
        ],
      },
    ),
  }),
)

const gatewayRefs = array(
  object(
    {
      group: string({ default: 'gateway.networking.k8s.io', maxLength: 253, pattern: groupPattern }),
      kind: string({ default: 'Gateway', maxLength: 63, minLength: 1, pattern: kindPattern }),
      name: string({ maxLength: 253, minLength: 1 }),
      namespace,
      sectionName: string({ maxLength: 253, minLength: 1, pattern: dnsSubdomainPattern }),
      port: portNumber,
    },
    { required: ['name'] },
  ),
  { maxItems: 32 },
)

const headerChanges = object({ add: map(string()), remove: array(string()), set: map(string()) })

const corsPolicy = object({
  allowCredentials: boolean(),
  allowHeaders: array(string()),
  allowMethods: array(string()),
  allowOrigin: array(string()),
  allowOrigins: array(
    object({ exact: string(), prefix: string(), regex: string() }, exactlyOne('exact', 'prefix', 'regex')),
  ),
  exposeHeaders: array(string()),
  maxAge: string(),
})

/** `spec.service`. */
export const canaryService = object(
  {
    name: string({ description: 'Base name of the three Services; the name of the target when empty.' }),
    port: number({ description: 'Port of the Services.' }),
    portName: string(),
    appProtocol: string(),
    trafficDistribution: oneOf(['PreferClose', 'PreferSameZone', 'PreferSameNode']),
    targetPort: intOrString(),
    portDiscovery: boolean({ description: 'Whether the other ports of the containers become ports of the Services.' }),
    headless: boolean(),
    timeout: string(),
    backendTimeout: string(),
    meshName: string(),
    backends: array(string()),
    hosts: array(string()),
    delegation: boolean(),
    match: httpMatch,
    retries: object({ attempts: integer({ format: 'int32' }), perTryTimeout: string(), retryOn: string() }),
    rewrite: object({ uri: string(), authority: string(), type: string() }),
    mirror,
    headers: object({ request: headerChanges, response: headerChanges }),
    gateways: array(string()),
    gatewayRefs,
    corsPolicy,
    trafficPolicy,
    apex: labelsAndAnnotations,
    primary: labelsAndAnnotations,
    canary: labelsAndAnnotations,
    unmanagedMetadata: object({ annotations: array(string()), labels: array(string()) }),
  },
  { required: ['port'] },
)
