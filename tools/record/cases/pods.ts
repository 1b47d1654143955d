/** Pods and templates of pods that are refused. */
import type { CaseTable } from './tables.ts'

/** Pods and templates of pods that are refused. */
export const podCases: CaseTable = [
  { name: 'an unknown restart policy', base: 'deployment', with: { 'spec.template.spec.restartPolicy': 'Never' } },
  { name: 'an unknown restart policy of a pod', base: 'pod', with: { 'spec.restartPolicy': 'Sometimes' } },
  { name: 'an unknown DNS policy', base: 'deployment', with: { 'spec.template.spec.dnsPolicy': 'Foo' } },
  {
    name: 'DNS policy None without a name server',
    base: 'deployment',
    with: { 'spec.template.spec.dnsPolicy': 'None' },
  },
  {
    name: 'a bad DNS configuration',
    base: 'deployment',
    with: {
      'spec.template.spec.dnsConfig': {
        nameservers: ['a', '1.1.1.1', '1.1.1.2', '1.1.1.3'],
        searches: ['a b'],
        options: [{}],
      },
    },
  },
  {
    name: 'a negative grace period',
    base: 'deployment',
    with: { 'spec.template.spec.terminationGracePeriodSeconds': -1 },
  },
  {
    name: 'an active deadline in a Deployment',
    base: 'deployment',
    with: { 'spec.template.spec.activeDeadlineSeconds': 5 },
  },
  { name: 'an active deadline of 0', base: 'pod', with: { 'spec.activeDeadlineSeconds': 0 } },
  { name: 'a bad service account', base: 'deployment', with: { 'spec.template.spec.serviceAccountName': 'A B' } },
  { name: 'a bad node name', base: 'pod', with: { 'spec.nodeName': 'A B' } },
  {
    name: 'a bad node selector',
    base: 'deployment',
    with: { 'spec.template.spec.nodeSelector': { 'a b': 'c', d: 'e f' } },
  },
  {
    name: 'a bad host name',
    base: 'deployment',
    with: { 'spec.template.spec.hostname': 'A.B', 'spec.template.spec.subdomain': 'C.D' },
  },
  {
    name: 'a bad host alias',
    base: 'deployment',
    with: { 'spec.template.spec.hostAliases': [{ ip: 'x', hostnames: ['A B'] }] },
  },
  { name: 'a pull secret without a name', base: 'deployment', with: { 'spec.template.spec.imagePullSecrets': [{}] } },
  {
    name: 'an unknown toleration',
    base: 'deployment',
    with: {
      'spec.template.spec.tolerations': [
        { operator: 'Foo' },
        { operator: 'Exists', value: 'x' },
        { key: 'a', effect: 'Foo' },
        { tolerationSeconds: 5, effect: 'NoSchedule', operator: 'Exists' },
        { operator: 'Equal' },
      ],
    },
  },
  { name: 'a bad priority class', base: 'deployment', with: { 'spec.template.spec.priorityClassName': 'A' } },
  { name: 'a bad runtime class', base: 'deployment', with: { 'spec.template.spec.runtimeClassName': 'A B' } },
  { name: 'a bad topology spread', base: 'deployment', with: { 'spec.template.spec.topologySpreadConstraints': [{}] } },
  {
    name: 'an unknown choice in a topology spread',
    base: 'deployment',
    with: {
      'spec.template.spec.topologySpreadConstraints': [
        { maxSkew: -1, topologyKey: 'a b', whenUnsatisfiable: 'Foo', minDomains: 0 },
      ],
    },
  },
  {
    name: 'a topology spread twice',
    base: 'deployment',
    with: {
      'spec.template.spec.topologySpreadConstraints': [
        { maxSkew: 1, topologyKey: 'a', whenUnsatisfiable: 'DoNotSchedule' },
        { maxSkew: 1, topologyKey: 'a', whenUnsatisfiable: 'DoNotSchedule' },
      ],
    },
  },
  {
    name: 'a bad pod affinity',
    base: 'deployment',
    with: {
      'spec.template.spec.affinity': {
        podAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [{}],
          preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 0, podAffinityTerm: { topologyKey: 'a b' } }],
        },
      },
    },
  },
  {
    name: 'a bad node affinity',
    base: 'deployment',
    with: {
      'spec.template.spec.affinity': {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] },
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 101,
              preference: {
                matchExpressions: [
                  { key: 'a b', operator: 'Foo' },
                  { key: 'a', operator: 'In' },
                  { key: 'a', operator: 'Exists', values: ['x'] },
                  { key: 'a', operator: 'Gt', values: ['x'] },
                ],
              },
            },
          ],
        },
      },
    },
  },
  {
    name: 'a bad security context',
    base: 'deployment',
    with: {
      'spec.template.spec.securityContext': {
        runAsUser: -1,
        runAsGroup: -1,
        fsGroup: -1,
        supplementalGroups: [-1],
        sysctls: [{ name: 'a b', value: '1' }],
        seccompProfile: { type: 'Localhost' },
        fsGroupChangePolicy: 'Foo',
      },
    },
  },
  {
    name: 'host users and processes of the host',
    base: 'deployment',
    with: { 'spec.template.spec.hostPID': true, 'spec.template.spec.shareProcessNamespace': true },
  },
  {
    name: 'a readiness gate of a bad type',
    base: 'deployment',
    with: { 'spec.template.spec.readinessGates': [{ conditionType: 'a b' }] },
  },
  { name: 'an unknown preemption policy', base: 'pod', with: { 'spec.preemptionPolicy': 'Foo' } },
  { name: 'an unknown operating system', base: 'deployment', with: { 'spec.template.spec.os': { name: 'beos' } } },
  {
    name: 'scheduling gates twice',
    base: 'pod',
    with: { 'spec.schedulingGates': [{ name: 'a' }, { name: 'a' }, { name: 'a b' }] },
  },
  { name: 'a scheduler without a name', base: 'pod', with: { 'spec.schedulerName': '' } },
  {
    name: "a Pod with a toleration's time",
    base: 'pod',
    with: { 'spec.tolerations': [{ key: 'a', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 }] },
  },
  { name: 'a Pod of an unknown priority class', base: 'pod', with: { 'spec.priorityClassName': 'foo' } },
  { name: 'a Pod with a priority of its own', base: 'pod', with: { 'spec.priority': 5 } },
  {
    name: 'a Pod with a deletion cost that is no number',
    base: 'pod',
    with: { metadata: { name: 'a', annotations: { 'controller.kubernetes.io/pod-deletion-cost': 'x' } } },
  },
]
