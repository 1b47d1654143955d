/** The primary's autoscaler, made from the target's. */
import type { HorizontalPodAutoscaler } from '../../api/core/autoscaling-v2.ts'
import { isJsonObject } from '../../apimachinery/json.ts'
import type { JsonObject, KubernetesObject } from '../../apimachinery/meta.ts'
import { type CopyOptions, primaryName, withoutToolkit } from './names.ts'

/** What `autoscalerRef` of a Canary sets for the primary's autoscaler. */
export interface PrimaryScaling {
  readonly minReplicas?: number
  readonly maxReplicas?: number
  /** Queries of a ScaledObject's triggers, by the trigger's name. */
  readonly queries?: Readonly<Record<string, string>>
}

/** KEDA's object, as far as it is read here. */
export interface ScaledObject extends KubernetesObject {
  readonly spec: JsonObject
}

/** Holds a ScaledObject's target at the number of pods that it says. */
export const pausedReplicasAnnotation = 'autoscaling.keda.sh/paused-replicas'

/** `<hpa>-primary`. `floor`: it keeps at least so many pods for the time being. */
export function primaryHpa(
  hpa: HorizontalPodAutoscaler,
  targetName: string,
  scaling: PrimaryScaling,
  options: CopyOptions,
  floor = 0,
): HorizontalPodAutoscaler {
  const { behavior, metrics, scaleTargetRef } = hpa.spec
  const maxReplicas = scaling.maxReplicas ?? hpa.spec.maxReplicas
  const own = scaling.minReplicas ?? hpa.spec.minReplicas
  const minReplicas = floor > (own ?? 1) ? Math.min(floor, maxReplicas) : own
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: metadataOf(hpa, options),
    spec: {
      scaleTargetRef: { ...scaleTargetRef, name: primaryName(targetName) },
      maxReplicas,
      ...(minReplicas === undefined ? {} : { minReplicas }),
      ...(metrics ? { metrics } : {}),
      ...(behavior ? { behavior } : {}),
    },
  }
}

/** `<so>-primary`. Queries that name the target name the primary instead. */
export function primaryScaledObject(
  scaledObject: ScaledObject,
  targetName: string,
  scaling: PrimaryScaling,
  options: CopyOptions,
  floor = 0,
): ScaledObject {
  const { spec } = scaledObject
  const { advanced, scaleTargetRef, triggers } = spec
  const max = scaling.maxReplicas ?? spec['maxReplicaCount']
  const own = scaling.minReplicas ?? spec['minReplicaCount']
  const min = floor > Number(own ?? 0) ? Math.min(floor, Number(max ?? floor)) : own
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: {
      ...metadataOf(scaledObject, options),
      annotations: withoutPause(withoutToolkit(scaledObject.metadata?.annotations)),
    },
    spec: {
      ...spec,
      scaleTargetRef: { ...(isJsonObject(scaleTargetRef) ? scaleTargetRef : {}), name: primaryName(targetName) },
      ...(isJsonObject(advanced) ? { advanced: withHpaName(advanced) } : {}),
      ...(Array.isArray(triggers) ? { triggers: triggers.map(t => trigger(t, targetName, scaling.queries)) } : {}),
      ...(max === undefined ? {} : { maxReplicaCount: max }),
      ...(min === undefined ? {} : { minReplicaCount: min }),
    },
  }
}

function metadataOf(scaler: KubernetesObject, options: CopyOptions) {
  const { name = '', namespace, labels } = scaler.metadata ?? {}
  return {
    name: primaryName(name),
    ...(namespace ? { namespace } : {}),
    labels: withoutToolkit(labels),
    ownerReferences: [options.owner],
  }
}

/** The pause is the target's: a primary that has it would stand still. */
function withoutPause(annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { [pausedReplicasAnnotation]: _, ...others } = annotations
  return others
}

function withHpaName(advanced: JsonObject): JsonObject {
  const { horizontalPodAutoscalerConfig: config } = advanced
  if (!isJsonObject(config) || typeof config['name'] !== 'string' || config['name'] === '') return advanced
  return { ...advanced, horizontalPodAutoscalerConfig: { ...config, name: primaryName(config['name']) } }
}

function trigger(value: JsonObject, targetName: string, queries: PrimaryScaling['queries']): JsonObject {
  const { metadata, name } = value
  if (!isJsonObject(metadata) || typeof metadata['query'] !== 'string') return value
  const own = typeof name === 'string' && queries && Object.hasOwn(queries, name) ? queries[name] : undefined
  const query = own ?? (queries ? metadata['query'] : aboutPrimary(metadata['query'], targetName))
  return { ...value, metadata: { ...metadata, query } }
}

/** `<target>-canary` first, so that its name is not taken apart. */
function aboutPrimary(query: string, targetName: string): string {
  const primary = primaryName(targetName)
  const mark = '\u0000'
  return query.replaceAll(`${targetName}-canary`, mark).replaceAll(targetName, primary).replaceAll(mark, primary)
}
