/** apps.kurator.dev/v1alpha1: an application on a fleet of clusters. */
import { type CustomKind, customKind } from '../../apimachinery/kind.ts'
import { type Infer, type ObjectOfKind, object } from '../../apimachinery/schema.ts'
import { applicationSource } from './source.ts'
import { applicationStatus } from './status.ts'
import { destination, syncPolicies } from './sync-policy.ts'

const spec = object({ destination, source: applicationSource, syncPolicies }, { required: ['source', 'syncPolicies'] })

/** `spec` of an Application. */
export type ApplicationSpec = Infer<typeof spec>

/** `status` of an Application. */
export type ApplicationStatus = Infer<typeof applicationStatus>

/** One of `spec.syncPolicies`. */
export type SyncPolicy = ApplicationSpec['syncPolicies'][number]

/** The rollout of a sync policy. */
export type Rollout = NonNullable<SyncPolicy['rollout']>

/** One of `status.syncStatus`: one policy in one cluster. */
export type SyncStatus = NonNullable<ApplicationStatus['syncStatus']>[number]

/** What comes from a source, applied to a fleet, with rollouts in its clusters. */
export type Application = ObjectOfKind<ApplicationSpec, ApplicationStatus>

/** What comes from a source, applied to a fleet, with rollouts in its clusters. */
export const Application: CustomKind<Application> = customKind({
  group: 'apps.kurator.dev',
  version: 'v1alpha1',
  kind: 'Application',
  plural: 'applications',
  description: 'What comes from a source, applied to a fleet, with rollouts in its clusters.',
  categories: ['kurator-dev'],
  spec,
  status: applicationStatus,
  columns: [
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Clusters', type: 'string', jsonPath: '.status.summary.clusters' },
    { name: 'Rollout', type: 'string', jsonPath: '.status.summary.rollout' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
})
