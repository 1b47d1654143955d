/** `status` of an Application. */
import { array, integer, map, object, string } from '../../apimachinery/schema.ts'
import { conditions } from '../common.ts'
import { inventory } from '../flux/common.ts'
import { applicationSourceStatus } from './source.ts'

const int64 = integer({ format: 'int64' })
const time = string({ format: 'date-time' })

const kustomizationStatus = object({
  conditions,
  inventory,
  lastAppliedOriginRevision: string(),
  lastAppliedRevision: string(),
  lastAttemptedRevision: string(),
  lastHandledReconcileAt: string(),
  observedGeneration: int64,
})

const helmReleaseStatus = object({
  conditions,
  failures: int64,
  helmChart: string(),
  installFailures: int64,
  lastAppliedRevision: string(),
  lastAttemptedRevision: string(),
  lastAttemptedValuesChecksum: string(),
  lastHandledReconcileAt: string(),
  lastReleaseRevision: integer(),
  observedGeneration: int64,
  upgradeFailures: int64,
})

const canaryStatus = object(
  {
    canaryWeight: integer(),
    conditions: array(
      object(
        {
          lastTransitionTime: time,
          lastUpdateTime: time,
          message: string(),
          reason: string(),
          status: string(),
          type: string(),
        },
        { required: ['status', 'type'] },
      ),
    ),
    failedChecks: integer(),
    iterations: integer(),
    lastAppliedSpec: string(),
    lastPromotedSpec: string(),
    lastTransitionTime: time,
    phase: string(),
    previousSessionAffinityCookie: string(),
    primarySessionAffinityCookie: string(),
    sessionAffinityCookie: string(),
    trackedConfigs: map(string()),
  },
  { required: ['canaryWeight', 'failedChecks', 'iterations', 'phase'] },
)

const syncStatus = array(
  object({
    // The capital letter is the wire's.
    HelmReleaseStatus: helmReleaseStatus,
    kustomizationStatus,
    message: string({ description: 'Why this cluster does not get on.' }),
    name: string({ description: 'Name of the Kustomization or HelmRelease.' }),
    rolloutStatus: object({
      clusterName: string(),
      rolloutNameInCluster: string(),
      rolloutStatusInCluster: canaryStatus,
    }),
    unreachableSince: time,
  }),
)

/** `status`. */
export const applicationStatus = object({
  conditions,
  observedGeneration: int64,
  sourceStatus: applicationSourceStatus,
  summary: object(
    {
      clusters: string({ description: 'Clusters that are in sync, of all, such as 2/3.' }),
      rollout: string({ description: 'The phase of the rollouts that is furthest behind.' }),
    },
    { description: 'For the columns of kubectl get.' },
  ),
  syncStatus,
  uncleaned: array(string(), {
    description: 'Clusters that still hold what the Application made there and wants no more, as they are away.',
  }),
})
