/** What workload controllers share about pods. Pure. */
import type { Pod, PodTemplateSpec } from '../../api/core/core-v1.ts'
import { canonicalJson, fnv32a, safeEncode } from '../../apimachinery/canonical-json.ts'
import type { Json, KubernetesObject, ResourceType } from '../../apimachinery/meta.ts'
import { ownerReferenceTo } from '../../apimachinery/owner-references.ts'
import { fromTimestamp } from '../../apimachinery/time.ts'

/** The label that tells the pods of one ReplicaSet of a Deployment from those of another. */
export const templateHashLabel = 'pod-template-hash'

/** A short name for a template: equal templates have equal hashes. `collisions` sets apart those that clash. */
export function templateHash(template: PodTemplateSpec, collisions = 0): string {
  const text = canonicalJson(template as unknown as Json) // a template is plain JSON, which its type cannot say
  return safeEncode(fnv32a(collisions > 0 ? `${text}${collisions}` : text))
}

/** The template without the hash label that a controller added. */
export function plainTemplate(template: PodTemplateSpec | undefined): PodTemplateSpec {
  const { [templateHashLabel]: _, ...labels } = template?.metadata?.labels ?? {}
  return { ...template, metadata: { ...template?.metadata, labels } }
}

/** Whether two templates describe the same pods. */
export function sameTemplate(one: PodTemplateSpec | undefined, other: PodTemplateSpec | undefined): boolean {
  return templateHash(plainTemplate(one)) === templateHash(plainTemplate(other))
}

/** A pod of a template, owned by `owner`. */
export function podFromTemplate(
  type: ResourceType,
  owner: KubernetesObject,
  template: PodTemplateSpec,
  more: Pod['spec'] | object = {},
): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${owner.metadata?.name}-`,
      namespace: owner.metadata?.namespace ?? '',
      ...(template.metadata?.labels ? { labels: template.metadata.labels } : {}),
      ...(template.metadata?.annotations ? { annotations: template.metadata.annotations } : {}),
      ...(template.metadata?.finalizers ? { finalizers: template.metadata.finalizers } : {}),
      ownerReferences: [ownerReferenceTo(type, owner, { isController: true })],
    },
    // The spec of a template is a pod's; `more` adds what only the controller knows.
    spec: { ...template.spec, ...more } as NonNullable<Pod['spec']>,
  }
}

/** Counts for a workload: neither ended nor going. */
export function isActive(pod: Pod): boolean {
  return !isOver(pod) && !pod.metadata?.deletionTimestamp
}

/** Has run to an end. */
export function isOver(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
}

/** Whether its Ready condition holds. */
export function isReady(pod: Pod): boolean {
  return readyCondition(pod)?.status === 'True'
}

/** How long until it has been ready for `minReadySeconds`: 0 when it has, undefined when it is not ready. */
export function msUntilAvailable(pod: Pod, minReadySeconds: number, now: Date): number | undefined {
  const condition = readyCondition(pod)
  if (condition?.status !== 'True') return undefined
  if (minReadySeconds <= 0) return 0
  const since = fromTimestamp(condition.lastTransitionTime)?.getTime()
  return since === undefined ? undefined : Math.max(0, since + minReadySeconds * 1000 - now.getTime())
}

/** The pods to do without first: not bound, not ready, then the youngest (kubernetes' ActivePods order). */
export function inOrderOfDeletion(pods: readonly Pod[]): Pod[] {
  const cost = (pod: Pod) =>
    (pod.spec?.nodeName ? 4 : 0) + (pod.status?.phase === 'Running' ? 2 : 0) + (isReady(pod) ? 1 : 0)
  const age = (pod: Pod) => pod.metadata?.creationTimestamp ?? ''
  return [...pods].sort((a, b) => cost(a) - cost(b) || age(b).localeCompare(age(a)))
}

/** A number or percentage of `total`, percentages rounded up or down. */
export function resolveCount(value: number | string | undefined, total: number, round: 'up' | 'down'): number {
  if (typeof value !== 'string') return value ?? 0
  const share = (Number.parseFloat(value) / 100) * total
  return round === 'up' ? Math.ceil(share) : Math.floor(share)
}

function readyCondition(pod: Pod) {
  return pod.status?.conditions?.find(condition => condition.type === 'Ready')
}
