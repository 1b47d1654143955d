import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JsonObject } from '../../../apimachinery/meta.ts'
import { builtinWarnings, deprecationOf } from './warnings.ts'

const noSelector = 'a null labelSelector results in matching no pod'
const pod = { group: '', version: 'v1', kind: 'Pod' }
const service = { group: '', version: 'v1', kind: 'Service' }
const deployment = { group: 'apps', version: 'v1', kind: 'Deployment' }
const ingress = { group: 'networking.k8s.io', version: 'v1', kind: 'Ingress' }

// Objects and the Warning headers of a kube-apiserver 1.37.2 that was sent them.
const odd: JsonObject = {
  metadata: { name: 'a.b' },
  spec: {
    imagePullSecrets: [{}, { name: 'a' }, { name: 'a' }],
    hostAliases: [{ ip: '1.1.1.1' }, { ip: '1.1.1.1' }],
    topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'a' }],
    affinity: {
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'a' }],
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: { topologyKey: 'a' } }],
      },
    },
    initContainers: [{ name: 'i', ports: [{ containerPort: 80, name: 'p', protocol: 'TCP' }] }],
    containers: [
      {
        name: 'c',
        env: ['1', '2', '$(A)3', '$(A)'].map(value => ({ name: 'A', value })),
        resources: { limits: { memory: '1500m' }, requests: { memory: '1500m' } },
        ports: [
          { containerPort: 80, name: 'p', protocol: 'TCP' },
          { containerPort: 80, hostPort: 8080, name: 'q', protocol: 'TCP' },
        ],
      },
    ],
  },
}

describe('warnings', () => {
  it('say what is odd about a pod, in the order of the real server', () => {
    assert.deepEqual(builtinWarnings(pod, odd), [
      "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
      `spec.topologySpreadConstraints[0].labelSelector: ${noSelector}`,
      'spec.hostAliases[1].ip: duplicate ip "1.1.1.1"',
      'spec.imagePullSecrets[2].name: duplicate name "a"',
      'spec.imagePullSecrets[0].name: invalid empty name ""',
      'spec.containers[0].resources.limits[memory]: fractional byte value "1500m" is invalid, must be an integer',
      'spec.containers[0].resources.requests[memory]: fractional byte value "1500m" is invalid, must be an integer',
      'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
      'spec.containers[0].env[3]: hides previous definition of "A", which may be dropped when using apply',
      'spec.containers[0].ports[0]: duplicate port definition with spec.initContainers[0].ports[0]',
      'spec.containers[0].ports[1]: overlapping port definition with spec.initContainers[0].ports[0]',
      'spec.containers[0].ports[1]: overlapping port definition with spec.containers[0].ports[0]',
      'spec.containers[0].ports[0]: duplicate port name "p" with spec.initContainers[0].ports[0], services and probes that select ports by name will use spec.initContainers[0].ports[0]',
      `spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector: ${noSelector}`,
      `spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.labelSelector: ${noSelector}`,
    ])
  })

  it('leave updates of pods alone', () => assert.deepEqual(builtinWarnings(pod, odd, odd), []))

  const template = { spec: { terminationGracePeriodSeconds: -1 } }
  const grace =
    'spec.template.spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1'
  const web = (generation: number, name = 'web'): JsonObject => ({ metadata: { name, generation }, spec: { template } })
  const cases: readonly { name: string; got: string[]; want: string[] }[] = [
    {
      name: "say what is odd about a Deployment's name and pods",
      got: builtinWarnings(deployment, web(1, 'a.b')),
      want: [
        'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]',
        grace,
      ],
    },
    {
      name: 'repeat themselves when a Deployment changes',
      got: builtinWarnings(deployment, web(2), web(1)),
      want: [grace],
    },
    { name: 'stay away when nothing changes', got: builtinWarnings(deployment, web(1), web(1)), want: [] },
    {
      name: 'say what a headless Service ignores',
      got: builtinWarnings(service, {
        spec: {
          type: 'ClusterIP',
          clusterIPs: ['None'],
          externalIPs: ['192.0.2.1'],
          sessionAffinity: 'ClientIP',
          externalName: 'x',
          trafficDistribution: 'PreferClose',
        },
      }),
      want: [
        'spec.externalIPs is ignored for headless services',
        'spec.SessionAffinity is ignored for headless services',
        'spec.externalName is ignored when spec.type is not "ExternalName"',
        'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
      ],
    },
    {
      name: 'name the successor of the class of an Ingress',
      got: builtinWarnings(ingress, { metadata: { annotations: { 'kubernetes.io/ingress.class': 'x' } }, spec: {} }),
      want: [`annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`],
    },
  ]
  for (const { name, got, want } of cases) it(name, () => assert.deepEqual(got, want))

  it('name kinds that are deprecated as such', () => {
    const sentence = 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice'
    assert.equal(deprecationOf({ group: '', version: 'v1', kind: 'Endpoints' }), sentence)
    assert.equal(deprecationOf(pod), undefined)
  })
})
