/** Names of what the policies of an Application make. Pure. */
import { identityOf } from '../../apimachinery/canonical-json.ts'
import type { Application, Rollout } from './v1alpha1.ts'

/** The kinds of a cluster that a policy may go to; `currentCluster` is the host itself. */
export const targetKinds = ['AttachedCluster', 'Cluster', 'currentCluster'] as const

/** A cluster that a policy goes to. */
export interface TargetCluster {
  readonly kind: (typeof targetKinds)[number]
  readonly name: string
}

// What Kubernetes allows a label value and many names.
const maxNameLength = 63

/** `text` where a label can hold it; else its beginning and a hash of the whole. */
export function cutToLabel(text: string): string {
  if (text.length <= maxNameLength) return text
  const hash = identityOf(text, 8)
  return `${text.slice(0, maxNameLength - hash.length - 1).replace(/[-.]+$/, '')}-${hash}`
}

/** The name of the policy at `index`. */
export function policyName(application: Application, index: number): string {
  return application.spec.syncPolicies[index]?.name || `${application.metadata.name}-${index}`
}

/**
 * `<policy>-<kind>-<cluster>` in lower case: the name of a policy's Kustomization or HelmRelease and of its entry in
 * `status.syncStatus`. A hash takes the place of what is too long (Kurator cuts, and collides).
 */
export function generatedName(policy: string, { kind, name }: TargetCluster): string {
  return cutToLabel(`${policy}-${kind}-${name}`.toLowerCase())
}

/** The namespace of a rollout's objects; the Application's own where the workload names none. */
export function workloadNamespace(application: Application, rollout: Rollout): string {
  return rollout.workload.namespace || application.metadata.namespace || 'default'
}
