/** The pod template of the primary: the target's, with its own labels, configs and rules of placement. */

import type { Container, PodAffinityTerm, PodSpec, PodTemplateSpec } from '../../api/core/core-v1.ts'
import { canonicalJson, sha256Hex } from '../../apimachinery/canonical-json.ts'
import type { LabelSelector } from '../../apimachinery/meta.ts'
import { equalWithoutNulls, withoutScaleToZero } from '../revision.ts'
import { type CopyOptions, copyIdAnnotation, primaryName, withoutToolkit } from './names.ts'

/**
 * The id of a copy: the same for the same revision and configs, so that copying twice replaces no pod. It has the
 * form of Flagger's UUIDs.
 */
export function copyId(revision: string, configs: Readonly<Record<string, string>>): string {
  const hex = sha256Hex(canonicalJson([revision, configs]))
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}

/** The template of the primary. `label` is the one that tells its pods from the target's. */
export function primaryTemplate(
  template: PodTemplateSpec,
  targetName: string,
  label: { readonly key: string; readonly value: string },
  options: CopyOptions,
): PodTemplateSpec {
  const { spec, metadata, ...rest } = withoutScaleToZero(template)
  return {
    ...rest,
    metadata: {
      labels: { ...withoutToolkit(metadata?.labels), [label.key]: primaryName(label.value) },
      annotations: { ...withoutToolkit(metadata?.annotations), [copyIdAnnotation]: options.copyId },
    },
    ...(spec ? { spec: placedApart(withConfigCopies(spec, options.configCopies), targetName, options) } : {}),
  }
}

/** Whether pods of `existing` are what pods of `wanted` would be; another id alone, such as Flagger's, is no difference. */
export function isSameCopy(existing: PodTemplateSpec, wanted: PodTemplateSpec): boolean {
  const idOf = (template: PodTemplateSpec) => template.metadata?.annotations?.[copyIdAnnotation]
  if (idOf(existing) !== undefined && idOf(existing) === idOf(wanted)) return true
  return equalWithoutNulls(withoutId(existing), withoutId(wanted))
}

function withoutId(template: PodTemplateSpec): PodTemplateSpec {
  const { [copyIdAnnotation]: _, ...annotations } = template.metadata?.annotations ?? {}
  const { annotations: __, ...metadata } = template.metadata ?? {}
  return { ...template, metadata: { ...metadata, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) } }
}

/** Every reference to a tracked config points to its copy. */
export function withConfigCopies(spec: PodSpec, copies: ReadonlyMap<string, string>): PodSpec {
  const renamed = <T extends { readonly name?: string }>(kind: string, source: T): T => {
    const name = copies.get(`${kind}/${source.name}`)
    return name === undefined ? source : { ...source, name }
  }
  const container = (c: Container): Container => ({
    ...c,
    ...(c.env && {
      env: c.env.map(({ valueFrom, ...env }) => ({
        ...env,
        ...(valueFrom && {
          valueFrom: {
            ...valueFrom,
            ...(valueFrom.configMapKeyRef && { configMapKeyRef: renamed('configmap', valueFrom.configMapKeyRef) }),
            ...(valueFrom.secretKeyRef && { secretKeyRef: renamed('secret', valueFrom.secretKeyRef) }),
          },
        }),
      })),
    }),
    ...(c.envFrom && {
      envFrom: c.envFrom.map(from => ({
        ...from,
        ...(from.configMapRef && { configMapRef: renamed('configmap', from.configMapRef) }),
        ...(from.secretRef && { secretRef: renamed('secret', from.secretRef) }),
      })),
    }),
  })
  const secretName = (name: string) => copies.get(`secret/${name}`) ?? name
  return {
    ...spec,
    containers: spec.containers.map(container),
    ...(spec.initContainers && { initContainers: spec.initContainers.map(container) }),
    ...(spec.volumes && {
      volumes: spec.volumes.map(volume => ({
        ...volume,
        ...(volume.configMap && { configMap: renamed('configmap', volume.configMap) }),
        ...(volume.secret?.secretName && {
          secret: { ...volume.secret, secretName: secretName(volume.secret.secretName) },
        }),
        ...(volume.projected?.sources && {
          projected: {
            ...volume.projected,
            sources: volume.projected.sources.map(source => ({
              ...source,
              ...(source.configMap && { configMap: renamed('configmap', source.configMap) }),
              ...(source.secret && { secret: renamed('secret', source.secret) }),
            })),
          },
        }),
      })),
    }),
  }
}

/** Pods of the primary keep away from their own kind, not from the canary's. */
function placedApart(spec: PodSpec, targetName: string, { selectorLabels }: CopyOptions): PodSpec {
  const apart = (selector: LabelSelector) => ownSelector(selector, targetName, selectorLabels)
  const term = (t: PodAffinityTerm) => ({ ...t, ...(t.labelSelector && { labelSelector: apart(t.labelSelector) }) })
  const anti = spec.affinity?.podAntiAffinity
  return {
    ...spec,
    ...(anti && {
      affinity: {
        ...spec.affinity,
        podAntiAffinity: {
          ...anti,
          ...(anti.requiredDuringSchedulingIgnoredDuringExecution && {
            requiredDuringSchedulingIgnoredDuringExecution:
              anti.requiredDuringSchedulingIgnoredDuringExecution.map(term),
          }),
          ...(anti.preferredDuringSchedulingIgnoredDuringExecution && {
            preferredDuringSchedulingIgnoredDuringExecution: anti.preferredDuringSchedulingIgnoredDuringExecution.map(
              weighted => ({ ...weighted, podAffinityTerm: term(weighted.podAffinityTerm) }),
            ),
          }),
        },
      },
    }),
    ...(spec.topologySpreadConstraints && {
      topologySpreadConstraints: spec.topologySpreadConstraints.map(constraint => ({
        ...constraint,
        ...(constraint.labelSelector && { labelSelector: apart(constraint.labelSelector) }),
      })),
    }),
  }
}

/** Selector labels whose value is the target's name select the primary instead. */
function ownSelector(selector: LabelSelector, targetName: string, labels: readonly string[]): LabelSelector {
  const { matchLabels, matchExpressions } = selector
  const renamed = (value: string) => (value === targetName ? primaryName(value) : value)
  return {
    ...selector,
    ...(matchLabels && {
      matchLabels: Object.fromEntries(
        Object.entries(matchLabels).map(([key, value]) => [key, labels.includes(key) ? renamed(value) : value]),
      ),
    }),
    ...(matchExpressions && {
      matchExpressions: matchExpressions.map(expression => {
        const [first, ...others] = expression.values ?? []
        const isOwn = labels.includes(expression.key) && first !== undefined
        return isOwn ? { ...expression, values: [renamed(first), ...others] } : expression
      }),
    }),
  }
}
