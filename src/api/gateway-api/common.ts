/** Pieces that the kinds of the Gateway API share. */
import { integer, object, string } from '../../apimachinery/schema.ts'
import { dnsLabelPattern, dnsSubdomainPattern, rule } from '../common.ts'

/** The group of a referenced object; empty is core. */
export const groupPattern = `^$|${dnsSubdomainPattern}`

/** The kind of a referenced object. */
export const kindPattern = '^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$'

/** A namespace. */
export const namespace = string({ maxLength: 63, minLength: 1, pattern: dnsLabelPattern })

/** The name of a referenced object. */
export const objectName = string({ maxLength: 253, minLength: 1 })

/** A port. */
export const portNumber = integer({ format: 'int32', maximum: 65535, minimum: 1 })

/** A name with the rules of a DNS subdomain: of a section, a rule, or a host. */
export const subdomain = string({ maxLength: 253, minLength: 1, pattern: dnsSubdomainPattern })

/** The name of an HTTP header. */
export const headerName = string({ maxLength: 256, minLength: 1, pattern: "^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$" })

/** What a route hangs on: a Gateway, or a Service in a mesh. */
export const parentReference = object(
  {
    group: string({ default: 'gateway.networking.k8s.io', maxLength: 253, pattern: groupPattern }),
    kind: string({ default: 'Gateway', maxLength: 63, minLength: 1, pattern: kindPattern }),
    name: objectName,
    namespace,
    port: portNumber,
    sectionName: subdomain,
  },
  { required: ['name'] },
)

/** Where requests go: a Service unless something else is said. */
export const backendReference = {
  group: string({ default: '', maxLength: 253, pattern: groupPattern }),
  kind: string({ default: 'Service', maxLength: 63, minLength: 1, pattern: kindPattern }),
  name: objectName,
  namespace,
  port: portNumber,
}

/** The rule of {@link backendReference}. */
export const servicesNeedPort = {
  'x-kubernetes-validations': [
    rule(
      "(size(self.group) == 0 && self.kind == 'Service') ? has(self.port) : true",
      'Must have port for Service reference',
    ),
  ],
}
