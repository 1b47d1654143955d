/** `spec.syncPolicies` of an Application: what is applied where, and how changes roll out. */
import { anyValue, array, boolean, integer, map, object, oneOf, string } from '../../apimachinery/schema.ts'
import { labelsAndAnnotations } from '../common.ts'
import { images, interval, patches, suspend } from '../flux/common.ts'
import { install, rollback, uninstall, upgrade, valuesFrom } from '../helm/release.ts'
import { rollout } from './rollout.ts'

const targetNamespace = string({ maxLength: 63, minLength: 1 })

const dependsOn = array(object({ name: string(), namespace: string() }, { required: ['name'] }))

/** `spec.destination` and `spec.syncPolicies[].destination`. */
export const destination = object(
  {
    clusterSelector: object(
      { matchLabels: map(string()) },
      { description: 'Labels that the cluster objects must have; all clusters of the fleet when absent.' },
    ),
    fleet: string({ description: 'Name of a Fleet in the namespace of the Application.' }),
  },
  { required: ['fleet'], description: 'The clusters to apply to; the host cluster when absent.' },
)

const kustomization = object(
  {
    commonMetadata: labelsAndAnnotations,
    components: array(string()),
    dependsOn,
    force: boolean({ default: false }),
    images,
    interval,
    patches,
    path: string({ description: 'Folder in the source; its root when empty.' }),
    prune: boolean({ description: 'Whether objects that leave the source are deleted.' }),
    retryInterval: interval,
    suspend,
    targetNamespace,
    timeout: interval,
  },
  { required: ['interval', 'prune'], description: 'Manifests to build with kustomize.' },
)

const chart = object(
  {
    metadata: labelsAndAnnotations,
    spec: object(
      {
        chart: string(),
        interval,
        reconcileStrategy: oneOf(['ChartVersion', 'Revision'], { default: 'ChartVersion' }),
        valuesFiles: array(string()),
        version: string({ default: '*' }),
      },
      { required: ['chart'] },
    ),
  },
  { required: ['spec'] },
)

const helm = object(
  {
    chart,
    dependsOn,
    install,
    interval,
    maxHistory: integer(),
    persistentClient: boolean(),
    releaseName: string({ maxLength: 53, minLength: 1 }),
    rollback,
    serviceAccountName: string(),
    suspend,
    targetNamespace,
    timeout: interval,
    uninstall,
    upgrade,
    values: anyValue(),
    valuesFrom,
  },
  { required: ['chart', 'interval'], description: 'A Helm chart to release.' },
)

/** `spec.syncPolicies`. */
export const syncPolicies = array(
  object({
    destination,
    helm,
    kustomization,
    name: string({ description: 'Prefix of the names of what is made; by default the application and the index.' }),
    rollout,
  }),
)
