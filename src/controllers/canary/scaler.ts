/** Autoscalers of the target and the primary: HorizontalPodAutoscaler and KEDA's ScaledObject. */

import { HorizontalPodAutoscaler } from '../../api/core/autoscaling-v2.ts'
import type { Canary } from '../../api/flagger/v1beta1.ts'
import type { Json, KubernetesObject, ObjectRef, ResourceType } from '../../apimachinery/meta.ts'
import type { PartState, Problem } from '../../rollout/observed.ts'
import { type CopyOptions, primaryName } from '../../rollout/primary/names.ts'
import {
  type PrimaryScaling,
  pausedReplicasAnnotation,
  primaryHpa,
  primaryScaledObject,
  type ScaledObject as ScaledObjectType,
} from '../../rollout/primary/scaler.ts'
import type { RolloutSpec } from '../../rollout/spec.ts'
import { holds } from '../../runtime/apply.ts'
import type { ClusterView } from '../../runtime/cluster-view.ts'

/** KEDA's ScaledObject as a type of resource. */
export const ScaledObject: ResourceType<ScaledObjectType> = {
  group: 'keda.sh',
  version: 'v1alpha1',
  kind: 'ScaledObject',
  plural: 'scaledobjects',
  namespaced: true,
}

/** What is known of a Canary's autoscalers. */
export interface ScalerLook {
  /** The target's least number of replicas; absent where it does not say. */
  readonly minReplicas?: number
  readonly primary: PartState
}

/** What both kinds need to be handled alike. */
interface Scaler {
  readonly minReplicas: number | undefined
  /** The primary's, as it is and as it has to be; `floor`: least number of replicas for the time being. */
  readonly existing: KubernetesObject | undefined
  wanted(floor: number): KubernetesObject
  readonly type: ResourceType
  readonly ref: ObjectRef
}

/** Reads both autoscalers; a problem where the target's is missing. Without `autoscalerRef` nothing is needed. */
export function lookAtScalers(
  view: ClusterView,
  canary: Canary,
  spec: RolloutSpec,
  options: CopyOptions,
): ScalerLook | Problem {
  if (!spec.autoscaler) return { primary: 'current' }
  const scaler = readScaler(view, canary, spec, options)
  if (!scaler) {
    const { kind, name } = spec.autoscaler
    return { problem: `${kind} ${name}.${spec.canary.namespace} get query error: not found` }
  }
  const { minReplicas, existing } = scaler
  const primary = !existing ? 'absent' : isAsWanted(existing, scaler.wanted(0)) ? 'current' : 'drifted'
  return { primary, ...(minReplicas === undefined ? {} : { minReplicas }) }
}

/** Makes or corrects the primary's autoscaler; with `floor` it keeps at least so many replicas. */
export async function ensurePrimaryScaler(
  view: ClusterView,
  canary: Canary,
  spec: RolloutSpec,
  options: CopyOptions,
  floor: number,
  signal: AbortSignal,
): Promise<void> {
  const scaler = readScaler(view, canary, spec, options)
  if (!scaler) return
  const { existing, type } = scaler
  const wanted = scaler.wanted(floor)
  if (!existing) await view.create(type, wanted, { signal })
  else if (!isAsWanted(existing, wanted)) {
    const metadata = { ...existing.metadata, labels: { ...existing.metadata?.labels, ...wanted.metadata?.labels } }
    await view.update(type, { ...existing, ...wanted, metadata }, { signal })
  }
}

/** Holds a ScaledObject's target at no pods, or lets go of it. An HPA does nothing while its target has none. */
export async function setTargetPaused(
  view: ClusterView,
  spec: RolloutSpec,
  isPaused: boolean,
  signal: AbortSignal,
): Promise<void> {
  if (spec.autoscaler?.kind !== 'ScaledObject') return
  const ref = { namespace: spec.canary.namespace, name: spec.autoscaler.name }
  const current = view.get(ScaledObject, ref)?.metadata?.annotations?.[pausedReplicasAnnotation]
  const wanted = isPaused ? '0' : undefined
  if (current === wanted) return
  const body = { metadata: { annotations: { [pausedReplicasAnnotation]: wanted ?? null } } }
  await view.patch(ScaledObject, ref, { type: 'merge', body }, { signal })
}

function readScaler(
  view: ClusterView,
  canary: Canary,
  { autoscaler, canary: { namespace }, target }: RolloutSpec,
  options: CopyOptions,
): Scaler | undefined {
  if (!autoscaler) return undefined
  const ref = { namespace, name: autoscaler.name }
  const primaryRef = { namespace, name: primaryName(autoscaler.name) }
  const scaling = scalingOf(canary)
  if (autoscaler.kind === 'ScaledObject') {
    const own = view.get(ScaledObject, ref)
    const minReplicas = own?.spec['minReplicaCount']
    return (
      own && {
        type: ScaledObject,
        ref: primaryRef,
        minReplicas: typeof minReplicas === 'number' ? minReplicas : undefined,
        existing: view.get(ScaledObject, primaryRef),
        wanted: floor => primaryScaledObject(own, target.name, scaling, options, floor),
      }
    )
  }
  const own = view.get(HorizontalPodAutoscaler, ref)
  return (
    own && {
      type: HorizontalPodAutoscaler,
      ref: primaryRef,
      minReplicas: own.spec.minReplicas,
      existing: view.get(HorizontalPodAutoscaler, primaryRef),
      wanted: floor => primaryHpa(own, target.name, scaling, options, floor),
    }
  )
}

function scalingOf({ spec }: Canary): PrimaryScaling {
  const { primaryScalerReplicas, primaryScalerQueries } = spec.autoscalerRef ?? {}
  return { ...primaryScalerReplicas, ...(primaryScalerQueries ? { queries: primaryScalerQueries } : {}) }
}

function isAsWanted(existing: KubernetesObject, wanted: KubernetesObject): boolean {
  const asked = { labels: wanted.metadata?.labels ?? {}, spec: specOf(wanted) }
  return holds(toJson({ labels: existing.metadata?.labels ?? {}, spec: specOf(existing) }), toJson(asked))
}

function specOf(object: KubernetesObject): unknown {
  return 'spec' in object ? object.spec : undefined
}

function toJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json // JSON by construction.
}
