/** In which order objects are applied: what others need comes first. */
import type { Manifest } from './identity.ts'
import { describe, identityOfManifest, type ObjectIdentity } from './identity.ts'

/** fluxcd/pkg ssa `SortableUnstructureds`. */
const kindOrder: readonly string[] = [
  'CustomResourceDefinition',
  'Namespace',
  'ClusterRole',
  'ClusterClass',
  'RuntimeClass',
  'PriorityClass',
  'StorageClass',
  'VolumeSnapshotClass',
  'IngressClass',
  'GatewayClass',
  'ClusterRoleBinding',
  'ResourceQuota',
  'ServiceAccount',
  'Role',
  'RoleBinding',
  'ConfigMap',
  'Secret',
  'Service',
  'LimitRange',
  'Deployment',
  'StatefulSet',
  'CronJob',
  'PodDisruptionBudget',
]
const lastKinds: readonly string[] = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']
const definitionKinds: readonly string[] = ['CustomResourceDefinition', 'Namespace', 'ClusterRole']

/** Objects of one stage are checked together before the first is written, and waited for where `waits`. */
export interface Stage {
  readonly objects: readonly Manifest[]
  readonly waits: boolean
}

/** Definitions and namespaces, then classes, then the rest; sorted inside; without empty stages. */
export function stagesOf(objects: readonly Manifest[]): readonly Stage[] {
  const sorted = objects.toSorted((a, b) => compareIdentities(identityOfManifest(a), identityOfManifest(b)))
  const stageOf = ({ kind = '' }: Manifest) => (definitionKinds.includes(kind) ? 0 : kind.endsWith('Class') ? 1 : 2)
  return [0, 1, 2]
    .map(stage => ({ objects: sorted.filter(object => stageOf(object) === stage), waits: stage < 2 }))
    .filter(({ objects }) => objects.length > 0)
}

/** Negative where `a` is applied before `b`. */
export function compareIdentities(a: ObjectIdentity, b: ObjectIdentity): number {
  return (
    rank(a.kind) - rank(b.kind) ||
    compareText(a.group, b.group) ||
    compareText(a.kind, b.kind) ||
    compareText(a.namespace, b.namespace) ||
    compareText(describe(a), describe(b))
  )
}

function rank(kind: string): number {
  const index = kindOrder.indexOf(kind)
  if (index >= 0) return index
  return kindOrder.length + (lastKinds.includes(kind) ? 1 : 0)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
