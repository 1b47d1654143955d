// What the built-in controllers make of each field of Flux's kinds. What they refuse is not said again here: it follows
// from src/sync/refused-fields.ts. Names in braces stand for one field each.
import { HelmRelease } from '../../src/api/helm/v2.ts'
import { Kustomization } from '../../src/api/kustomize/v1.ts'
import { GitRepository, HelmChart, HelmRepository, OCIRepository } from '../../src/api/source/v1.ts'
import { isJsonObject } from '../../src/apimachinery/json.ts'
import type { CustomKind } from '../../src/apimachinery/kind.ts'
import type { JsonObject } from '../../src/apimachinery/meta.ts'
import {
  type RefusedField,
  refusedInGitRepository,
  refusedInHelmChart,
  refusedInHelmRelease,
  refusedInHelmRepository,
  refusedInKustomization,
  refusedInOciRepository,
} from '../../src/sync/refused-fields.ts'

/** `works`: as in Flux. `differs`: works, and the note says in what it is not the same. `unused`: the note says why. */
export type FieldUse = 'works' | { readonly differs: string } | { readonly unused: string }

/** One kind, and what is made of its fields. */
export interface FluxFields {
  readonly kind: CustomKind
  /** The lists of src/sync/refused-fields.ts are of one kind each; here they are only read. */
  readonly refused: readonly Omit<RefusedField<never>, 'said'>[]
  /** Those that are not always refused. */
  readonly fields: Readonly<Record<string, FieldUse>>
}

const works = 'works' as const
const differs = (note: string): FieldUse => ({ differs: note })
const unused = (note: string): FieldUse => ({ unused: note })

const asInFlux = unused('Flux does not read it either')
const target = '{annotationSelector,group,kind,labelSelector,name,namespace,version}'
const clusterAccount = differs(
  'acts as that account of the target cluster, and is not looked for on the host when the object is deleted',
)

/** The kinds in the order of the page. */
export const fluxFields: readonly FluxFields[] = [
  {
    kind: GitRepository,
    refused: refusedInGitRepository,
    fields: {
      'spec.url': works,
      'spec.ref.{branch,commit,name,semver,tag}': works,
      'spec.interval': works,
      'spec.timeout': differs('bounds each call of git'),
      'spec.secretRef.name': works,
      'spec.proxySecretRef.name': works,
      'spec.provider': works,
      'spec.{ignore,recurseSubmodules,sparseCheckout,suspend}': works,
      'spec.include[].{fromPath,toPath}': works,
      'spec.include[].repository.name': works,
    },
  },
  {
    kind: HelmRepository,
    refused: refusedInHelmRepository,
    fields: {
      'spec.{url,type,interval,timeout,suspend,passCredentials}': works,
      'spec.{secretRef,certSecretRef}.name': works,
      'spec.insecure': works,
      'spec.provider': works,
      'spec.accessFrom.namespaceSelectors[].matchLabels': asInFlux,
    },
  },
  {
    kind: HelmChart,
    refused: refusedInHelmChart,
    fields: {
      'spec.{chart,version,interval,reconcileStrategy,suspend}': works,
      'spec.sourceRef.{kind,name}': works,
      'spec.sourceRef.apiVersion': asInFlux,
      'spec.valuesFiles': works,
      'spec.ignoreMissingValuesFiles': works,
    },
  },
  {
    kind: OCIRepository,
    refused: refusedInOciRepository,
    fields: {
      'spec.{url,interval,timeout,ignore,insecure,suspend}': works,
      'spec.ref.{digest,semver,semverFilter,tag}': works,
      'spec.layerSelector.{mediaType,operation}': works,
      'spec.{secretRef,certSecretRef,proxySecretRef}.name': works,
      'spec.provider': works,
    },
  },
  {
    kind: Kustomization,
    refused: refusedInKustomization,
    fields: {
      'spec.{interval,retryInterval,timeout,suspend}': works,
      'spec.sourceRef.{kind,name,namespace}': works,
      'spec.sourceRef.apiVersion': asInFlux,
      'spec.{path,prune,deletionPolicy,force,wait}': works,
      'spec.{targetNamespace,namePrefix,nameSuffix}': works,
      'spec.{components,ignoreMissingComponents,buildMetadata}': works,
      'spec.commonMetadata.{labels,annotations}': works,
      'spec.patches[].patch': works,
      [`spec.patches[].target.${target}`]: works,
      'spec.images[].{name,newName,newTag,digest}': works,
      'spec.postBuild.{substitute,substituteStrategy}': works,
      'spec.postBuild.substituteFrom[].{kind,name,optional}': works,
      'spec.healthChecks[].{apiVersion,kind,name,namespace}': works,
      'spec.dependsOn[].{name,namespace}': works,
      'spec.ignore[].paths': differs('what a Canary of the target cluster holds is left alone without a rule'),
      [`spec.ignore[].target.${target}`]: works,
      'spec.kubeConfig.secretRef.{name,key}': differs('a kubeconfig that names programs or files is refused'),
      'spec.serviceAccountName': clusterAccount,
    },
  },
  {
    kind: HelmRelease,
    refused: refusedInHelmRelease,
    fields: {
      'spec.{interval,timeout,suspend,releaseName,targetNamespace}': works,
      'spec.storageNamespace': differs('the records of releases are in the namespace of the release'),
      'spec.maxHistory': works,
      'spec.persistentClient': unused('each action is a process of its own'),
      'spec.chart.metadata.{labels,annotations}': works,
      'spec.chart.spec.{chart,version,interval,reconcileStrategy,valuesFiles,ignoreMissingValuesFiles}': works,
      'spec.chart.spec.sourceRef.{kind,name,namespace}': works,
      'spec.chart.spec.sourceRef.apiVersion': asInFlux,
      'spec.chartRef.{kind,name,namespace}': works,
      'spec.chartRef.apiVersion': asInFlux,
      'spec.values': works,
      'spec.valuesFrom[].{kind,name,valuesKey,optional,targetPath,literal}': works,
      'spec.dependsOn[].{name,namespace}': works,
      'spec.kubeConfig.secretRef.{name,key}': differs('a kubeconfig that names programs or files is refused'),
      'spec.serviceAccountName': clusterAccount,
      'spec.driftDetection.mode': works,
      'spec.driftDetection.ignore[].paths': works,
      [`spec.driftDetection.ignore[].target.${target}`]: works,
      'spec.postRenderStrategy': unused('nothing is rendered after the chart: post-renderers are refused'),
      'spec.waitStrategy.name': differs("`poller` is helm's own watcher"),
      'spec.install.{timeout,crds,skipCRDs,createNamespace,replace,serverSideApply}': works,
      'spec.install.{disableHooks,disableWait,disableWaitForJobs,disableTakeOwnership}': works,
      'spec.install.{disableOpenAPIValidation,disableSchemaValidation}': works,
      'spec.install.remediation.{retries,ignoreTestFailures,remediateLastFailure}': works,
      'spec.install.strategy.{name,retryInterval}': works,
      'spec.upgrade.{timeout,crds,chartNameChangeStrategy,cleanupOnFail,preserveValues,serverSideApply}': works,
      'spec.upgrade.force': differs('objects are written by the client then, as helm replaces no others'),
      'spec.upgrade.{disableHooks,disableWait,disableWaitForJobs,disableTakeOwnership}': works,
      'spec.upgrade.{disableOpenAPIValidation,disableSchemaValidation}': works,
      'spec.upgrade.remediation.{retries,strategy,ignoreTestFailures,remediateLastFailure}': works,
      'spec.upgrade.strategy.{name,retryInterval}': works,
      'spec.rollback.{timeout,cleanupOnFail,serverSideApply}': works,
      'spec.rollback.force': differs('as for an upgrade'),
      'spec.rollback.recreate': asInFlux,
      'spec.rollback.{disableHooks,disableWait,disableWaitForJobs}': works,
      'spec.uninstall.{timeout,keepHistory,deletionPropagation,disableHooks,disableWait}': works,
      'spec.test.{enable,timeout,ignoreFailures}': works,
      'spec.test.filters[].{name,exclude}': works,
    },
  },
]

/** `a.{b,c}.d` as `a.b.d` and `a.c.d`. */
export function expanded(field: string): readonly string[] {
  const [, before = '', names = '', after = ''] = /^([^{]*)\{([^}]*)\}(.*)$/.exec(field) ?? []
  return names === '' ? [field] : names.split(',').map(name => `${before}${name}${after}`)
}

/** The paths of all fields that have no fields of their own. Lists end in `[]` before what their items have. */
export function leavesOf(schema: JsonObject, path: string): readonly string[] {
  const { properties, items } = schema
  if (isJsonObject(items) && isJsonObject(items['properties'])) return leavesOf(items, `${path}[]`)
  if (!isJsonObject(properties)) return [path]
  return Object.entries(properties).flatMap(([name, field]) =>
    isJsonObject(field) ? leavesOf(field, `${path}.${name}`) : [],
  )
}
