/** What Flux's kinds may say and the built-in controllers cannot do: refused by its name, never passed over. Pure. */
import type { HelmRelease } from '../api/helm/v2.ts'
import type { Kustomization } from '../api/kustomize/v1.ts'
import type { GitRepository, HelmChart, HelmRepository, OCIRepository } from '../api/source/v1.ts'

/** A field, or some values of it, that are refused. */
export interface RefusedField<T> {
  /** As the definition of the kind has it, such as `spec.dependsOn[].readyExpr`. */
  readonly field: string
  /** What the object says there that is refused: the value, or `true` for whatever it is. */
  readonly said: (object: T) => string | boolean | undefined
  /** For readers: when it is refused. Absent: always. */
  readonly when?: string
  /** What to do instead. */
  readonly instead?: string
  /** The reason of the condition where it is Flux's own. Default `UnsupportedField`. */
  readonly reason?: string
}

/** Why an object is refused: for its conditions. Trying again cannot help before it changes. */
export interface Refusal {
  readonly reason: string
  readonly message: string
}

/** The first field of the object that is refused; undefined where there is none. */
export function refusalOf<T>(refused: readonly RefusedField<T>[], object: T): Refusal | undefined {
  for (const { field, said, instead, reason = 'UnsupportedField' } of refused) {
    const value = said(object)
    if (value === undefined || value === false) continue
    const what = value === true ? field : `${field}: ${value}`
    return { reason, message: `${what} is not supported${instead === undefined ? '' : `; ${instead}`}` }
  }
  return undefined
}

const clouds = '`aws`, `azure`, `gcp`'
const invalidProvider = 'InvalidProviderConfiguration'
const useSecret = 'use generic with a Secret'

/** `generic` is what everybody has. */
function cloudOf({ spec }: { readonly spec: { readonly provider?: string } }): string | undefined {
  return spec.provider === 'generic' ? undefined : spec.provider
}

const hasReadyExpr = ({ spec }: Kustomization | HelmRelease) =>
  spec.dependsOn?.some(({ readyExpr }) => readyExpr !== undefined && readyExpr !== '')

const hasExpressions = ({ spec }: Kustomization | HelmRelease) => (spec.healthCheckExprs?.length ?? 0) > 0

/** What Kustomizations and HelmReleases share. */
const appliers: readonly RefusedField<Kustomization | HelmRelease>[] = [
  { field: 'spec.healthCheckExprs', said: hasExpressions },
  { field: 'spec.dependsOn[].readyExpr', said: hasReadyExpr },
  {
    field: 'spec.kubeConfig.configMapRef',
    said: ({ spec }) => spec.kubeConfig?.configMapRef !== undefined,
    instead: 'use secretRef',
  },
  {
    field: 'spec.serviceAccountName',
    said: ({ spec }) => Boolean(spec.serviceAccountName) && spec.kubeConfig === undefined,
    when: 'without `spec.kubeConfig`',
    instead: 'it works together with spec.kubeConfig',
  },
]

/** Of a GitRepository. */
export const refusedInGitRepository: readonly RefusedField<GitRepository>[] = [
  {
    field: 'spec.provider',
    said: cloudOf,
    when: '`aws`, `azure`, `github`',
    instead: useSecret,
    reason: invalidProvider,
  },
  {
    field: 'spec.serviceAccountName',
    said: ({ spec }) => Boolean(spec.serviceAccountName),
    instead: 'name the Secret in spec.secretRef',
  },
  {
    field: 'spec.verify',
    said: ({ spec }) => spec.verify !== undefined,
    instead: 'signatures cannot be checked here',
    reason: 'UnsupportedVerification',
  },
  {
    field: 'spec.proxySecretRef',
    said: ({ spec }) => spec.proxySecretRef !== undefined && /^ssh:/i.test(spec.url),
    when: 'for an ssh URL',
    instead: 'a proxy works for http and https',
  },
]

/** Of a HelmRepository. */
export const refusedInHelmRepository: readonly RefusedField<HelmRepository>[] = [
  {
    field: 'spec.provider',
    // Flux does not look at it for an index either.
    said: repository => (repository.spec.type === 'oci' ? cloudOf(repository) : undefined),
    when: `${clouds} for a registry`,
    instead: useSecret,
    reason: invalidProvider,
  },
]

/** Of a HelmChart. */
export const refusedInHelmChart: readonly RefusedField<HelmChart>[] = [
  {
    field: 'spec.sourceRef.kind',
    said: ({ spec }) => (spec.sourceRef.kind === 'Bucket' ? 'Bucket' : undefined),
    when: '`Bucket`',
    reason: 'UnsupportedSource',
  },
  {
    field: 'spec.verify',
    said: ({ spec }) => spec.verify !== undefined,
    instead: 'signatures cannot be checked here',
    reason: 'UnsupportedVerification',
  },
  {
    field: 'spec.valuesFiles',
    said: ({ spec }) => (spec.valuesFiles?.length ?? 0) > 0 && spec.sourceRef.kind === 'HelmRepository',
    when: 'for a chart of a HelmRepository',
    instead: 'it works for charts of a GitRepository',
  },
]

/** Of an OCIRepository. */
export const refusedInOciRepository: readonly RefusedField<OCIRepository>[] = [
  { field: 'spec.provider', said: cloudOf, when: clouds, instead: useSecret, reason: invalidProvider },
  {
    field: 'spec.verify',
    said: ({ spec }) => spec.verify !== undefined,
    instead: 'signatures cannot be checked here',
    reason: 'UnsupportedVerification',
  },
  {
    field: 'spec.serviceAccountName',
    said: ({ spec }) => Boolean(spec.serviceAccountName),
    instead: 'name the Secret in spec.secretRef',
  },
]

/** Of a Kustomization. */
export const refusedInKustomization: readonly RefusedField<Kustomization>[] = [
  {
    field: 'spec.sourceRef.kind',
    said: ({ spec: { sourceRef } }) =>
      sourceRef.kind === 'Bucket' || sourceRef.kind === 'ExternalArtifact' ? sourceRef.kind : undefined,
    when: '`Bucket`, `ExternalArtifact`',
  },
  { field: 'spec.decryption', said: ({ spec }) => spec.decryption !== undefined },
  ...appliers,
]

/** Of a HelmRelease. */
export const refusedInHelmRelease: readonly RefusedField<HelmRelease>[] = [
  {
    field: 'spec.chartRef.kind',
    said: ({ spec: { chartRef } }) => (chartRef && chartRef.kind !== 'HelmChart' ? chartRef.kind : undefined),
    when: '`OCIRepository`, `ExternalArtifact`',
    instead: 'use a HelmRepository of type oci',
  },
  {
    field: 'spec.chart.spec.sourceRef.kind',
    said: ({ spec }) => (spec.chart?.spec.sourceRef.kind === 'Bucket' ? 'Bucket' : undefined),
    when: '`Bucket`',
  },
  {
    field: 'spec.chart.spec.verify',
    said: ({ spec }) => spec.chart?.spec.verify !== undefined,
    instead: 'signatures cannot be checked here',
  },
  { field: 'spec.postRenderers', said: ({ spec }) => (spec.postRenderers?.length ?? 0) > 0 },
  { field: 'spec.commonMetadata', said: ({ spec }) => spec.commonMetadata !== undefined },
  {
    // The helm program keeps its records where it releases to.
    field: 'spec.storageNamespace',
    said: ({ spec, metadata }) =>
      spec.storageNamespace !== undefined && spec.storageNamespace !== (spec.targetNamespace ?? metadata?.namespace),
    when: 'other than the namespace of the release',
  },
  ...appliers,
]
