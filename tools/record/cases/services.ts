/** Services and what leads traffic to pods, refused. */
import type { CaseTable } from './tables.ts'

/** Services and what leads traffic to pods, refused. */
export const serviceCases: CaseTable = [
  { name: 'no ports', base: 'service', with: { 'spec.ports': undefined } },
  { name: 'no spec', base: 'service', with: { spec: undefined } },
  { name: 'a port of 0', base: 'service', with: { 'spec.ports': [{}] } },
  { name: 'a port out of range', base: 'service', with: { 'spec.ports': [{ port: 70000, targetPort: 70000 }] } },
  { name: 'a negative target port', base: 'service', with: { 'spec.ports': [{ port: 80, targetPort: -1 }] } },
  {
    name: 'a bad name of a target port',
    base: 'service',
    with: { 'spec.ports': [{ port: 80, targetPort: 'HTTP_1' }] },
  },
  { name: 'an unknown protocol', base: 'service', with: { 'spec.ports': [{ port: 80, protocol: 'tcp' }] } },
  { name: 'two ports without names', base: 'service', with: { 'spec.ports': [{ port: 80 }, { port: 81 }] } },
  {
    name: 'two ports of one name',
    base: 'service',
    with: {
      'spec.ports': [
        { name: 'a', port: 80 },
        { name: 'a', port: 81 },
      ],
    },
  },
  {
    name: 'two ports of one number',
    base: 'service',
    with: {
      'spec.ports': [
        { name: 'a', port: 80 },
        { name: 'b', port: 80 },
      ],
    },
  },
  { name: "a port's name in upper case", base: 'service', with: { 'spec.ports': [{ name: 'HTTP', port: 80 }] } },
  { name: 'a bad application protocol', base: 'service', with: { 'spec.ports': [{ port: 80, appProtocol: 'a b' }] } },
  { name: 'an unknown type', base: 'service', with: { 'spec.type': 'Foo' } },
  { name: 'an unknown affinity', base: 'service', with: { 'spec.sessionAffinity': 'Foo' } },
  {
    name: 'an affinity that is too long',
    base: 'service',
    with: {
      'spec.sessionAffinity': 'ClientIP',
      'spec.sessionAffinityConfig': { clientIP: { timeoutSeconds: 100000 } },
    },
  },
  { name: 'a bad selector', base: 'service', with: { 'spec.selector': { 'a b': 'c d' } } },
  { name: 'an address that is none', base: 'service', with: { 'spec.clusterIP': 'x' } },
  { name: 'an address out of the range', base: 'service', with: { 'spec.clusterIP': '192.168.0.1' } },
  {
    name: 'addresses that differ',
    base: 'service',
    with: { 'spec.clusterIP': '10.0.200.8', 'spec.clusterIPs': ['10.0.200.9'] },
  },
  { name: 'an ExternalName without a name', base: 'service', with: { spec: { type: 'ExternalName' } } },
  {
    name: 'an ExternalName with a bad name',
    base: 'service',
    with: { spec: { type: 'ExternalName', externalName: 'A B' } },
  },
  {
    name: 'an ExternalName with an address',
    base: 'service',
    with: { spec: { type: 'ExternalName', externalName: 'a.b', clusterIP: '10.0.200.10' } },
  },
  { name: 'a node port without the type', base: 'service', with: { 'spec.ports': [{ port: 80, nodePort: 30001 }] } },
  {
    name: 'a node port out of the range',
    base: 'service',
    with: { 'spec.type': 'NodePort', 'spec.ports': [{ port: 80, nodePort: 80 }] },
  },
  { name: 'a headless NodePort', base: 'service', with: { 'spec.type': 'NodePort', 'spec.clusterIP': 'None' } },
  {
    name: 'a policy of external traffic without the type',
    base: 'service',
    with: { 'spec.externalTrafficPolicy': 'Local' },
  },
  {
    name: 'unknown policies of traffic',
    base: 'service',
    with: { 'spec.type': 'NodePort', 'spec.externalTrafficPolicy': 'Foo', 'spec.internalTrafficPolicy': 'Bar' },
  },
  { name: 'a health check port without the type', base: 'service', with: { 'spec.healthCheckNodePort': 30005 } },
  { name: "a load balancer's class without the type", base: 'service', with: { 'spec.loadBalancerClass': 'a/b' } },
  {
    name: 'load balancer sources without the type',
    base: 'service',
    with: { 'spec.loadBalancerSourceRanges': ['10.0.0.0/8'] },
  },
  {
    name: 'a bad load balancer source',
    base: 'service',
    with: { 'spec.type': 'LoadBalancer', 'spec.loadBalancerSourceRanges': ['x'] },
  },
  {
    name: 'node ports for a load balancer without the type',
    base: 'service',
    with: { 'spec.allocateLoadBalancerNodePorts': true },
  },
  { name: 'a bad external address', base: 'service', with: { 'spec.externalIPs': ['x', '127.0.0.1'] } },
  {
    name: 'unknown families of addresses',
    base: 'service',
    with: { 'spec.ipFamilies': ['IPv5'], 'spec.ipFamilyPolicy': 'Foo' },
  },
  {
    name: 'two families where one is configured',
    base: 'service',
    with: { 'spec.ipFamilyPolicy': 'RequireDualStack' },
  },
  { name: 'an unknown distribution of traffic', base: 'service', with: { 'spec.trafficDistribution': 'Foo' } },
  { name: 'endpoints without addresses', base: 'endpoints', with: { subsets: [{ ports: [{ port: 0 }] }] } },
  {
    name: 'endpoints with bad addresses',
    base: 'endpoints',
    with: { subsets: [{ addresses: [{ ip: 'x' }, { ip: '127.0.0.1' }], ports: [{ port: 1 }, { port: 2 }] }] },
  },
  { name: 'a slice without a type', base: 'endpointSlice', with: { addressType: undefined } },
  { name: 'a slice of an unknown type', base: 'endpointSlice', with: { addressType: 'Foo' } },
  {
    name: 'a slice with bad addresses',
    base: 'endpointSlice',
    with: { endpoints: [{ addresses: [] }, { addresses: ['x', '::1'] }] },
  },
  {
    name: 'a slice with bad ports',
    base: 'endpointSlice',
    with: { ports: [{ name: 'A', port: 0 }, { name: 'a', protocol: 'x' }, { name: 'a' }] },
  },
  { name: 'an Ingress without anything', base: 'ingress', with: { spec: undefined } },
  { name: 'an Ingress with a bad host', base: 'ingress', with: { 'spec.rules.0.host': 'A_B' } },
  { name: 'an Ingress with an address as host', base: 'ingress', with: { 'spec.rules.0.host': '10.0.0.1' } },
  { name: 'an Ingress with a bad wildcard', base: 'ingress', with: { 'spec.rules.0.host': '*.*.com' } },
  { name: 'an Ingress without paths', base: 'ingress', with: { 'spec.rules.0.http.paths': [] } },
  {
    name: 'an Ingress without a type of path',
    base: 'ingress',
    with: { 'spec.rules.0.http.paths.0.pathType': undefined },
  },
  {
    name: 'an Ingress with an unknown type of path',
    base: 'ingress',
    with: { 'spec.rules.0.http.paths.0.pathType': 'Foo' },
  },
  { name: 'an Ingress with a relative path', base: 'ingress', with: { 'spec.rules.0.http.paths.0.path': 'a' } },
  { name: 'an Ingress with a bad path', base: 'ingress', with: { 'spec.rules.0.http.paths.0.path': '/a//b%2f/../c' } },
  { name: 'an Ingress without a backend', base: 'ingress', with: { 'spec.rules.0.http.paths.0.backend': {} } },
  {
    name: 'an Ingress with a backend without a port',
    base: 'ingress',
    with: { 'spec.rules.0.http.paths.0.backend': { service: { name: 'A' } } },
  },
  {
    name: 'an Ingress with a backend with two ports',
    base: 'ingress',
    with: { 'spec.rules.0.http.paths.0.backend': { service: { name: 'a', port: { name: 'b', number: 80 } } } },
  },
  {
    name: "an Ingress with a backend's port out of range",
    base: 'ingress',
    with: { 'spec.rules.0.http.paths.0.backend': { service: { name: '', port: { number: 70000 } } } },
  },
  {
    name: 'an Ingress with two backends',
    base: 'ingress',
    with: {
      'spec.rules.0.http.paths.0.backend': {
        service: { name: 'a', port: { number: 80 } },
        resource: { kind: 'K', name: 'n' },
      },
    },
  },
  {
    name: 'an Ingress with a bad TLS host',
    base: 'ingress',
    with: { 'spec.tls': [{ hosts: ['A B'], secretName: 'A B' }] },
  },
  { name: 'an Ingress with a bad class', base: 'ingress', with: { 'spec.ingressClassName': 'A B' } },
  {
    name: 'an Ingress with a class twice',
    base: 'ingress',
    with: {
      'spec.ingressClassName': 'a',
      metadata: { name: 'a', annotations: { 'kubernetes.io/ingress.class': 'b' } },
    },
  },
  {
    name: 'an IngressClass with a bad controller',
    base: 'ingressClass',
    with: { spec: { controller: 'foo', parameters: {} } },
  },
  {
    name: 'a NetworkPolicy with mistakes',
    base: 'networkPolicy',
    with: {
      spec: {
        podSelector: { matchLabels: { 'a b': 'c' } },
        policyTypes: ['Foo'],
        ingress: [{ ports: [{ port: 70000, protocol: 'x' }], from: [{}, { ipBlock: { cidr: 'x' } }] }],
      },
    },
  },
]
