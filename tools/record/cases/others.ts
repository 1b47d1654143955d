/** Access rules, leases and classes that are refused. */
import type { CaseTable } from './tables.ts'

/** Access rules, leases and classes that are refused. */
export const otherCases: CaseTable = [
  { name: 'a Role without verbs', base: 'role', with: { rules: [{ apiGroups: [''], resources: ['pods'] }] } },
  { name: 'a Role without groups and resources', base: 'role', with: { rules: [{ verbs: ['get'] }] } },
  { name: 'a Role with URLs', base: 'role', with: { rules: [{ nonResourceURLs: ['/a'], verbs: ['get'] }] } },
  {
    name: 'a ClusterRole with URLs and resources',
    base: 'clusterRole',
    with: { rules: [{ nonResourceURLs: ['/a'], resources: ['pods'], apiGroups: [''], verbs: ['get'] }] },
  },
  {
    name: 'a ClusterRole with a bad selector',
    base: 'clusterRole',
    with: { aggregationRule: { clusterRoleSelectors: [] } },
  },
  { name: 'a RoleBinding without a role', base: 'roleBinding', with: { roleRef: {} } },
  {
    name: 'a RoleBinding to another kind',
    base: 'roleBinding',
    with: { roleRef: { apiGroup: 'foo', kind: 'Bar', name: '' } },
  },
  {
    name: 'a RoleBinding with bad subjects',
    base: 'roleBinding',
    with: {
      subjects: [
        {},
        { kind: 'ServiceAccount', name: 'A B' },
        { kind: 'User', name: 'u', apiGroup: 'foo' },
        { kind: 'Foo', name: 'x' },
        { kind: 'ServiceAccount', name: 'a', apiGroup: 'foo', namespace: 'n' },
      ],
    },
  },
  {
    name: 'a ClusterRoleBinding to a Role',
    base: 'clusterRoleBinding',
    with: { roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'a' } },
  },
  {
    name: 'a ClusterRoleBinding with an account without a namespace',
    base: 'clusterRoleBinding',
    with: { subjects: [{ kind: 'ServiceAccount', name: 'a' }] },
  },
  {
    name: 'a Lease with bad numbers',
    base: 'lease',
    with: { spec: { leaseDurationSeconds: 0, leaseTransitions: -1, holderIdentity: '' } },
  },
  { name: 'a Lease with a bad strategy', base: 'lease', with: { spec: { strategy: 'Foo' } } },
  { name: 'a PriorityClass that is too high', base: 'priorityClass', with: { value: 2000000000 } },
  { name: 'a PriorityClass with a system name', base: 'priorityClass', with: { metadata: { name: 'system-a' } } },
  { name: 'a PriorityClass with an unknown policy', base: 'priorityClass', with: { preemptionPolicy: 'Foo' } },
  { name: 'a StorageClass without a provisioner', base: 'storageClass', with: { provisioner: '' } },
  {
    name: 'a StorageClass with unknown modes',
    base: 'storageClass',
    with: { reclaimPolicy: 'Foo', volumeBindingMode: 'Bar' },
  },
  { name: 'a Node with bad taints', base: 'node', with: { spec: { taints: [{ key: 'a b', effect: 'Foo' }, {}] } } },
]
