/** source.toolkit.fluxcd.io/v1: where manifests and charts come from. */
import { type CustomKind, customKind, type PrinterColumn } from '../../apimachinery/kind.ts'
import {
  array,
  boolean,
  type Infer,
  integer,
  type ObjectOfKind,
  object,
  oneOf,
  string,
} from '../../apimachinery/schema.ts'
import { conditions, localReference, rule } from '../common.ts'
import {
  accessFrom,
  artifact,
  interval,
  nothingObserved,
  oidcIdentities,
  signatureVerification,
  suspend,
  timeoutPattern,
} from '../flux/common.ts'

const group = 'source.toolkit.fluxcd.io'
const categories = ['all', 'fluxcd', 'fluxcd-sources']

/** Objects that were written for older versions still load; what v1 does not know is dropped. */
const alsoServed = [{ version: 'v1beta2', deprecated: true }]

const urlColumn: PrinterColumn = { name: 'URL', type: 'string', jsonPath: '.spec.url' }
const ageColumn: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }
const readyColumns: readonly PrinterColumn[] = [
  { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: 'Status', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].message' },
]

const sourceStatus = {
  artifact,
  conditions,
  lastHandledReconcileAt: string(),
  observedGeneration: integer({ format: 'int64' }),
}

const include = array(
  object({ fromPath: string(), repository: localReference, toPath: string() }, { required: ['repository'] }),
)

const gitRepositorySpec = object(
  {
    ignore: string({ description: 'Files to leave out, in the format of .gitignore.' }),
    include,
    interval,
    provider: oneOf(['generic', 'aws', 'azure', 'github']),
    proxySecretRef: localReference,
    recurseSubmodules: boolean(),
    ref: object(
      { branch: string(), commit: string(), name: string(), semver: string(), tag: string() },
      { description: 'What to check out; the branch master when empty.' },
    ),
    secretRef: localReference,
    serviceAccountName: string(),
    sparseCheckout: array(string()),
    suspend,
    timeout: string({ default: '60s', pattern: timeoutPattern }),
    url: string({ pattern: '^(http|https|ssh)://.*$' }),
    verify: object(
      {
        mode: oneOf(['head', 'HEAD', 'Tag', 'TagAndHEAD'], { default: 'HEAD' }),
        secretRef: localReference,
      },
      { required: ['secretRef'] },
    ),
  },
  {
    required: ['interval', 'url'],
    'x-kubernetes-validations': [
      rule(
        "!has(self.serviceAccountName) || (has(self.provider) && (self.provider == 'azure' || self.provider == 'aws'))",
        "serviceAccountName can only be set when provider is 'azure' or 'aws'",
      ),
    ],
  },
)

const gitRepositoryStatus = object(
  {
    ...sourceStatus,
    includedArtifacts: array(artifact),
    observedIgnore: string(),
    observedInclude: include,
    observedRecurseSubmodules: boolean(),
    observedSparseCheckout: array(string()),
    sourceVerificationMode: string(),
  },
  nothingObserved,
)

/** A Git repository whose revision becomes an artifact. */
export type GitRepository = ObjectOfKind<Infer<typeof gitRepositorySpec>, Infer<typeof gitRepositoryStatus>>

/** A Git repository whose revision becomes an artifact. */
export const GitRepository: CustomKind<GitRepository> = customKind({
  group,
  version: 'v1',
  kind: 'GitRepository',
  plural: 'gitrepositories',
  description: 'A Git repository whose revision becomes an artifact.',
  shortNames: ['gitrepo'],
  categories,
  spec: gitRepositorySpec,
  status: gitRepositoryStatus,
  columns: [urlColumn, ageColumn, ...readyColumns],
  alsoServed,
})

const helmRepositorySpec = object(
  {
    accessFrom,
    certSecretRef: localReference,
    insecure: boolean(),
    interval,
    passCredentials: boolean(),
    provider: oneOf(['generic', 'aws', 'azure', 'gcp'], { default: 'generic' }),
    secretRef: localReference,
    suspend,
    timeout: string({ pattern: timeoutPattern }),
    type: oneOf(['default', 'oci']),
    url: string({ pattern: '^(http|https|oci)://.*$' }),
  },
  { required: ['url'] },
)

const helmRepositoryStatus = object({ ...sourceStatus, url: string() }, nothingObserved)

/** A repository of Helm charts: an index over HTTP, or an OCI registry. */
export type HelmRepository = ObjectOfKind<Infer<typeof helmRepositorySpec>, Infer<typeof helmRepositoryStatus>>

/** A repository of Helm charts: an index over HTTP, or an OCI registry. */
export const HelmRepository: CustomKind<HelmRepository> = customKind({
  group,
  version: 'v1',
  kind: 'HelmRepository',
  plural: 'helmrepositories',
  description: 'A repository of Helm charts: an index over HTTP, or an OCI registry.',
  shortNames: ['helmrepo'],
  categories,
  spec: helmRepositorySpec,
  status: helmRepositoryStatus,
  columns: [urlColumn, ageColumn, ...readyColumns],
  alsoServed,
})

const helmChartSpec = object(
  {
    chart: string(),
    ignoreMissingValuesFiles: boolean(),
    interval,
    reconcileStrategy: oneOf(['ChartVersion', 'Revision'], { default: 'ChartVersion' }),
    sourceRef: object(
      { apiVersion: string(), kind: oneOf(['HelmRepository', 'GitRepository', 'Bucket']), name: string() },
      { required: ['kind', 'name'] },
    ),
    suspend,
    valuesFiles: array(string()),
    verify: object({ matchOIDCIdentity: oidcIdentities, ...signatureVerification }, { required: ['provider'] }),
    version: string({ default: '*' }),
  },
  {
    required: ['chart', 'interval', 'sourceRef'],
    'x-kubernetes-validations': [
      rule(
        "!has(self.verify) || self.sourceRef.kind == 'HelmRepository'",
        "spec.verify is only supported when spec.sourceRef.kind is 'HelmRepository'",
      ),
    ],
  },
)

const helmChartStatus = object(
  {
    ...sourceStatus,
    observedChartName: string(),
    observedSourceArtifactRevision: string(),
    observedValuesFiles: array(string()),
    url: string(),
  },
  nothingObserved,
)

/** One chart of a source, as an artifact. */
export type HelmChart = ObjectOfKind<Infer<typeof helmChartSpec>, Infer<typeof helmChartStatus>>

/** One chart of a source, as an artifact. */
export const HelmChart: CustomKind<HelmChart> = customKind({
  group,
  version: 'v1',
  kind: 'HelmChart',
  plural: 'helmcharts',
  description: 'One chart of a source, as an artifact.',
  shortNames: ['hc'],
  categories,
  spec: helmChartSpec,
  status: helmChartStatus,
  columns: [
    { name: 'Chart', type: 'string', jsonPath: '.spec.chart' },
    { name: 'Version', type: 'string', jsonPath: '.spec.version' },
    { name: 'Source Kind', type: 'string', jsonPath: '.spec.sourceRef.kind' },
    { name: 'Source Name', type: 'string', jsonPath: '.spec.sourceRef.name' },
    ageColumn,
    ...readyColumns,
  ],
  alsoServed,
})

const layerSelector = object({ mediaType: string(), operation: oneOf(['extract', 'copy']) })

const ociRepositorySpec = object(
  {
    certSecretRef: localReference,
    ignore: string(),
    insecure: boolean(),
    interval,
    layerSelector,
    provider: oneOf(['generic', 'aws', 'azure', 'gcp'], { default: 'generic' }),
    proxySecretRef: localReference,
    ref: object({ digest: string(), semver: string(), semverFilter: string(), tag: string() }),
    secretRef: localReference,
    serviceAccountName: string(),
    suspend,
    timeout: string({ default: '60s', pattern: timeoutPattern }),
    url: string({ pattern: '^oci://.*$' }),
    verify: object(
      { matchOIDCIdentity: oidcIdentities, ...signatureVerification, trustedRootSecretRef: localReference },
      { required: ['provider'] },
    ),
  },
  { required: ['interval', 'url'] },
)

const ociRepositoryStatus = object(
  { ...sourceStatus, observedIgnore: string(), observedLayerSelector: layerSelector, url: string() },
  nothingObserved,
)

/** An artifact in an OCI registry. */
export type OCIRepository = ObjectOfKind<Infer<typeof ociRepositorySpec>, Infer<typeof ociRepositoryStatus>>

/** An artifact in an OCI registry. */
export const OCIRepository: CustomKind<OCIRepository> = customKind({
  group,
  version: 'v1',
  kind: 'OCIRepository',
  plural: 'ocirepositories',
  description: 'An artifact in an OCI registry.',
  shortNames: ['ocirepo'],
  categories,
  spec: ociRepositorySpec,
  status: ociRepositoryStatus,
  columns: [urlColumn, ...readyColumns, ageColumn],
  alsoServed,
})
