/** kustomize.toolkit.fluxcd.io/v1: manifests of a source, built and applied. */
import { type CustomKind, customKind } from '../../apimachinery/kind.ts'
import {
  array,
  boolean,
  type Infer,
  integer,
  map,
  type ObjectOfKind,
  object,
  oneOf,
  string,
} from '../../apimachinery/schema.ts'
import { conditions, labelsAndAnnotations, localReference } from '../common.ts'
import {
  dependsOn,
  healthCheckExprs,
  ignoredPaths,
  images,
  interval,
  inventory,
  kubeConfig,
  nothingObserved,
  patches,
  suspend,
} from '../flux/common.ts'

const postBuild = object({
  substitute: map(string()),
  substituteFrom: array(
    object(
      {
        kind: oneOf(['Secret', 'ConfigMap']),
        name: string({ maxLength: 253, minLength: 1 }),
        optional: boolean({ default: false }),
      },
      { required: ['kind', 'name'] },
    ),
  ),
  substituteStrategy: oneOf(['WithVariables', 'Always']),
})

const spec = object(
  {
    buildMetadata: array(oneOf(['originAnnotations', 'transformerAnnotations'])),
    commonMetadata: labelsAndAnnotations,
    components: array(string()),
    decryption: object(
      { provider: oneOf(['sops']), secretRef: localReference, serviceAccountName: string() },
      { required: ['provider'] },
    ),
    deletionPolicy: oneOf(['MirrorPrune', 'Delete', 'WaitForTermination', 'Orphan']),
    dependsOn,
    force: boolean({ default: false }),
    healthCheckExprs,
    healthChecks: array(
      object(
        { apiVersion: string(), kind: string(), name: string(), namespace: string() },
        { required: ['kind', 'name'] },
      ),
    ),
    ignore: ignoredPaths,
    ignoreMissingComponents: boolean(),
    images,
    interval,
    kubeConfig,
    namePrefix: string({ maxLength: 200, minLength: 1 }),
    nameSuffix: string({ maxLength: 200, minLength: 1 }),
    patches,
    path: string({ description: 'Folder in the artifact; its root when empty.' }),
    postBuild,
    prune: boolean({ description: 'Whether objects that leave the source are deleted.' }),
    retryInterval: interval,
    serviceAccountName: string(),
    sourceRef: object(
      {
        apiVersion: string(),
        kind: oneOf(['OCIRepository', 'GitRepository', 'Bucket', 'ExternalArtifact']),
        name: string(),
        namespace: string(),
      },
      { required: ['kind', 'name'] },
    ),
    suspend,
    targetNamespace: string({ maxLength: 63, minLength: 1 }),
    timeout: interval,
    wait: boolean(),
  },
  { required: ['interval', 'prune', 'sourceRef'] },
)

const status = object(
  {
    conditions,
    history: array(
      object(
        {
          digest: string(),
          firstReconciled: string({ format: 'date-time' }),
          lastReconciled: string({ format: 'date-time' }),
          lastReconciledDuration: string(),
          lastReconciledStatus: string(),
          metadata: map(string()),
          totalReconciliations: integer({ format: 'int64' }),
        },
        {
          required: [
            'digest',
            'firstReconciled',
            'lastReconciled',
            'lastReconciledDuration',
            'lastReconciledStatus',
            'totalReconciliations',
          ],
        },
      ),
    ),
    inventory,
    lastAppliedOriginRevision: string(),
    lastAppliedRevision: string(),
    lastAttemptedRevision: string(),
    lastHandledReconcileAt: string(),
    observedGeneration: integer({ format: 'int64' }),
  },
  nothingObserved,
)

/** Manifests of a source, built by kustomize and applied to a cluster. */
export type Kustomization = ObjectOfKind<Infer<typeof spec>, Infer<typeof status>>

/** Manifests of a source, built by kustomize and applied to a cluster. */
export const Kustomization: CustomKind<Kustomization> = customKind({
  group: 'kustomize.toolkit.fluxcd.io',
  version: 'v1',
  kind: 'Kustomization',
  plural: 'kustomizations',
  description: 'Manifests of a source, built by kustomize and applied to a cluster.',
  shortNames: ['ks'],
  categories: ['all', 'fluxcd', 'fluxcd-appliers'],
  alsoServed: [{ version: 'v1beta2', deprecated: true }],
  spec,
  status,
  columns: [
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Status', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].message' },
  ],
})
