/** What of the real API the embedded one serves. */

/** A group version; `kinds` absent: all that the real server has. */
export interface ServedGroupVersion {
  /** `v1` for core, else `group/version`. */
  readonly groupVersion: string
  readonly kinds?: readonly string[]
}

/** Every group version of the built-in kinds. */
export const served: readonly ServedGroupVersion[] = [
  {
    groupVersion: 'v1',
    kinds: [
      'Binding',
      'ConfigMap',
      'Endpoints',
      'Event',
      'LimitRange',
      'Namespace',
      'Node',
      'PersistentVolume',
      'PersistentVolumeClaim',
      'Pod',
      'PodTemplate',
      'ReplicationController',
      'ResourceQuota',
      'Secret',
      'Service',
      'ServiceAccount',
    ],
  },
  { groupVersion: 'apiregistration.k8s.io/v1', kinds: ['APIService'] },
  { groupVersion: 'apps/v1' },
  { groupVersion: 'events.k8s.io/v1' },
  {
    groupVersion: 'authentication.k8s.io/v1',
    kinds: ['SelfSubjectReview', 'TokenReview', 'TokenRequest'],
  },
  {
    groupVersion: 'authorization.k8s.io/v1',
    kinds: ['SelfSubjectAccessReview', 'SelfSubjectRulesReview', 'SubjectAccessReview'],
  },
  { groupVersion: 'autoscaling/v2', kinds: ['HorizontalPodAutoscaler'] },
  { groupVersion: 'autoscaling/v1', kinds: ['Scale'] },
  { groupVersion: 'batch/v1', kinds: ['CronJob', 'Job'] },
  { groupVersion: 'networking.k8s.io/v1', kinds: ['Ingress', 'IngressClass', 'NetworkPolicy'] },
  { groupVersion: 'policy/v1', kinds: ['Eviction', 'PodDisruptionBudget'] },
  { groupVersion: 'rbac.authorization.k8s.io/v1' },
  { groupVersion: 'storage.k8s.io/v1', kinds: ['StorageClass'] },
  {
    groupVersion: 'admissionregistration.k8s.io/v1',
    kinds: ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'],
  },
  { groupVersion: 'apiextensions.k8s.io/v1', kinds: ['CustomResourceDefinition'] },
  { groupVersion: 'scheduling.k8s.io/v1', kinds: ['PriorityClass'] },
  { groupVersion: 'coordination.k8s.io/v1', kinds: ['Lease'] },
  { groupVersion: 'discovery.k8s.io/v1', kinds: ['EndpointSlice'] },
]

/** The file of src/api/core that holds a group version: `apps-v1.ts`, `rbac-v1.ts`. */
export function fileOf(group: string, version: string): string {
  return `${group === '' ? 'core' : group.split('.')[0]}-${version}.ts`
}
