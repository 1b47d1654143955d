/** What an AttachedCluster's status says of what was found. Pure. */
import type { AttachedCluster } from '../../api/cluster/v1alpha1.ts'
import { withCondition } from '../../apimachinery/conditions.ts'

/** What a look at the member found. */
export type Finding =
  | { readonly kind: 'reached'; readonly version: string }
  | { readonly kind: 'noSecret'; readonly secret: string }
  | { readonly kind: 'noKey'; readonly secret: string; readonly entry: string }
  | { readonly kind: 'badKubeconfig'; readonly message: string }
  | { readonly kind: 'unreachable'; readonly message: string }

/** The whole status. The condition's transition time is since when the member is (or is not) reachable. */
export function statusFrom(
  cluster: AttachedCluster,
  finding: Finding,
  now: Date,
): NonNullable<AttachedCluster['status']> {
  const { reason, message } = explain(finding)
  const ready = finding.kind === 'reached'
  const observedGeneration = cluster.metadata.generation ?? 0
  // What is known of a member that is away stays known.
  const version = finding.kind === 'reached' ? finding.version : cluster.status?.version
  return {
    ready,
    observedGeneration,
    ...(version === undefined ? {} : { version }),
    conditions: withCondition(
      cluster.status?.conditions,
      { type: 'Ready', status: ready ? 'True' : 'False', reason, message, observedGeneration },
      now,
    ),
  }
}

function explain(finding: Finding): { readonly reason: string; readonly message: string } {
  switch (finding.kind) {
    case 'reached':
      return { reason: 'Connected', message: `Kubernetes ${finding.version} answers.` }
    case 'noSecret':
      return {
        reason: 'SecretNotFound',
        message: `spec.kubeconfig.name: there is no Secret ${JSON.stringify(finding.secret)}`,
      }
    case 'noKey':
      return {
        reason: 'KeyNotFound',
        message: `spec.kubeconfig.key: the Secret ${JSON.stringify(finding.secret)} has no key ${JSON.stringify(finding.entry)}`,
      }
    case 'badKubeconfig':
      return { reason: 'InvalidKubeconfig', message: finding.message }
    case 'unreachable':
      return { reason: 'Unreachable', message: finding.message }
  }
}
