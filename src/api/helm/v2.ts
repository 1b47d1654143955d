/** helm.toolkit.fluxcd.io/v2: a chart, released. */
import { type CustomKind, customKind } from '../../apimachinery/kind.ts'
import {
  anyValue,
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
import { conditions, labelsAndAnnotations, rule } from '../common.ts'
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
  signatureVerification,
  suspend,
} from '../flux/common.ts'
import { install, rollback, test, uninstall, upgrade, valuesFrom } from './release.ts'

const objectName = string({ maxLength: 253, minLength: 1 })
const namespace = string({ maxLength: 63, minLength: 1 })

const chart = object(
  {
    metadata: labelsAndAnnotations,
    spec: object(
      {
        chart: string({ maxLength: 2048, minLength: 1 }),
        ignoreMissingValuesFiles: boolean(),
        interval,
        reconcileStrategy: oneOf(['ChartVersion', 'Revision'], { default: 'ChartVersion' }),
        sourceRef: object(
          {
            apiVersion: string(),
            kind: oneOf(['HelmRepository', 'GitRepository', 'Bucket']),
            name: objectName,
            namespace,
          },
          { required: ['kind', 'name'] },
        ),
        valuesFiles: array(string()),
        verify: object(signatureVerification, { required: ['provider'] }),
        version: string({ default: '*' }),
      },
      { required: ['chart', 'sourceRef'] },
    ),
  },
  { required: ['spec'] },
)

const spec = object(
  {
    chart,
    chartRef: object(
      {
        apiVersion: string(),
        kind: oneOf(['OCIRepository', 'HelmChart', 'ExternalArtifact']),
        name: objectName,
        namespace,
      },
      { required: ['kind', 'name'] },
    ),
    commonMetadata: labelsAndAnnotations,
    dependsOn,
    driftDetection: object({ ignore: ignoredPaths, mode: oneOf(['enabled', 'warn', 'disabled']) }),
    healthCheckExprs,
    install,
    interval,
    kubeConfig,
    maxHistory: integer(),
    persistentClient: boolean(),
    postRenderStrategy: oneOf(['nohooks', 'combined', 'separate']),
    postRenderers: array(object({ kustomize: object({ images, patches }) })),
    releaseName: string({ maxLength: 53, minLength: 1 }),
    rollback,
    serviceAccountName: objectName,
    storageNamespace: namespace,
    suspend,
    targetNamespace: namespace,
    test,
    timeout: interval,
    uninstall,
    upgrade,
    values: anyValue(),
    valuesFrom,
    waitStrategy: object({ name: oneOf(['poller', 'legacy']) }, { required: ['name'] }),
  },
  {
    required: ['interval'],
    'x-kubernetes-validations': [
      rule(
        '(has(self.chart) && !has(self.chartRef)) || (!has(self.chart) && has(self.chartRef))',
        'either chart or chartRef must be set',
      ),
    ],
  },
)

const releaseHistory = array(
  object(
    {
      action: string(),
      apiVersion: string(),
      appVersion: string(),
      chartName: string(),
      chartVersion: string(),
      configDigest: string(),
      deleted: string({ format: 'date-time' }),
      digest: string(),
      firstDeployed: string({ format: 'date-time' }),
      lastDeployed: string({ format: 'date-time' }),
      name: string(),
      namespace: string(),
      ociDigest: string(),
      status: string(),
      testHooks: map(
        object({
          lastCompleted: string({ format: 'date-time' }),
          lastStarted: string({ format: 'date-time' }),
          phase: string(),
        }),
      ),
      version: integer(),
    },
    {
      required: [
        'chartName',
        'chartVersion',
        'configDigest',
        'digest',
        'firstDeployed',
        'lastDeployed',
        'name',
        'namespace',
        'status',
        'version',
      ],
    },
  ),
)

const status = object(
  {
    conditions,
    failures: integer({ format: 'int64' }),
    helmChart: string(),
    history: releaseHistory,
    installFailures: integer({ format: 'int64' }),
    inventory,
    lastAttemptedConfigDigest: string(),
    lastAttemptedGeneration: integer({ format: 'int64' }),
    lastAttemptedReleaseAction: oneOf(['install', 'upgrade']),
    lastAttemptedReleaseActionDuration: string(),
    lastAttemptedRevision: string(),
    lastAttemptedRevisionDigest: string(),
    lastAttemptedValuesChecksum: string(),
    lastHandledForceAt: string(),
    lastHandledReconcileAt: string(),
    lastHandledResetAt: string(),
    lastReleaseRevision: integer(),
    observedCommonMetadataDigest: string(),
    observedGeneration: integer({ format: 'int64' }),
    observedPostRenderersDigest: string(),
    storageNamespace: namespace,
    upgradeFailures: integer({ format: 'int64' }),
  },
  nothingObserved,
)

/** A chart, released to a cluster. */
export type HelmRelease = ObjectOfKind<Infer<typeof spec>, Infer<typeof status>>

/** A chart, released to a cluster. */
export const HelmRelease: CustomKind<HelmRelease> = customKind({
  group: 'helm.toolkit.fluxcd.io',
  version: 'v2',
  kind: 'HelmRelease',
  plural: 'helmreleases',
  description: 'A chart, released to a cluster.',
  shortNames: ['hr'],
  categories: ['all', 'fluxcd', 'fluxcd-appliers'],
  alsoServed: [
    { version: 'v2beta2', deprecated: true },
    { version: 'v2beta1', deprecated: true },
  ],
  spec,
  status,
  columns: [
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Status', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].message' },
  ],
})
