/** What an Application wants to have in the host cluster: its source, and for each policy and cluster a sync. Pure. */

import { generatedName, policyName } from '../../api/apps/policy-names.ts'
import { type Application, Application as applications, type SyncPolicy } from '../../api/apps/v1alpha1.ts'
import { HelmRelease } from '../../api/helm/v2.ts'
import { Kustomization } from '../../api/kustomize/v1.ts'
import { GitRepository, HelmRepository, OCIRepository } from '../../api/source/v1.ts'
import type { KubernetesObject, ObjectMeta, ResourceType } from '../../apimachinery/meta.ts'
import { ownerReferenceTo } from '../../apimachinery/owner-references.ts'
import { applicationLabel, applicationLabelOf, type Target } from './names.ts'

/** An object to have. */
export interface WantedObject {
  readonly type: ResourceType
  readonly object: KubernetesObject
}

/** A policy and where it goes. */
export interface PolicyTargets {
  readonly index: number
  readonly policy: SyncPolicy
  readonly targets: readonly Target[]
  /** The traffic provider of the Fleet's rollout plugin; absent without one. */
  readonly fleetProvider?: string
}

/** The types of which an Application makes objects in the host cluster. */
export const hostTypes = [GitRepository, HelmRepository, OCIRepository, Kustomization, HelmRelease] as const

/** The source first, then a Kustomization or HelmRelease for each policy and cluster. */
export function planHost(application: Application, policies: readonly PolicyTargets[]): readonly WantedObject[] {
  const source = sourceOf(application)
  if (!source) return []
  const sourceRef = { kind: source.type.kind, name: application.metadata.name ?? '' }
  return [
    source,
    ...policies.flatMap(({ index, policy, targets }) =>
      targets.flatMap((target): WantedObject[] => {
        const metadata = metadataOf(application, generatedName(policyName(application, index), target))
        const kubeConfig = target.kubeConfig ? { kubeConfig: { secretRef: target.kubeConfig } } : {}
        if (policy.kustomization) {
          const spec = { ...policy.kustomization, sourceRef, ...kubeConfig }
          return [{ type: Kustomization, object: { metadata, spec } as KubernetesObject }]
        }
        if (policy.helm) {
          const { chart, ...rest } = policy.helm
          const spec = { ...rest, chart: { ...chart, spec: { ...chart?.spec, sourceRef } }, ...kubeConfig }
          return [{ type: HelmRelease, object: { metadata, spec } as KubernetesObject }]
        }
        return []
      }),
    ),
  ]
}

/** The source object of an Application: the one kind that its spec gives. */
export function sourceOf(application: Application): WantedObject | undefined {
  const { gitRepository, helmRepository, ociRepository } = application.spec.source
  const metadata = metadataOf(application, application.metadata.name ?? '')
  const wanted = (type: ResourceType, spec: object): WantedObject => ({
    type,
    object: { metadata, spec } as KubernetesObject,
  })
  if (gitRepository) {
    // Kurator's Applications carry these of an older GitRepository; v1 has them no more.
    const { gitImplementation: _implementation, accessFrom: _access, ...spec } = gitRepository
    return wanted(GitRepository, spec)
  }
  if (helmRepository) return wanted(HelmRepository, helmRepository)
  if (ociRepository) return wanted(OCIRepository, ociRepository)
  return undefined
}

function metadataOf(application: Application, name: string): ObjectMeta {
  return {
    name,
    namespace: application.metadata.namespace ?? '',
    labels: { [applicationLabel]: applicationLabelOf(application) },
    ownerReferences: [ownerReferenceTo(applications, application)],
  }
}
