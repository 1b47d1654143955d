/** The revision of a target: a hash of what triggers a rollout, and of nothing else. */

import type { PodTemplateSpec, ServiceSpec } from '../api/core/core-v1.ts'
import { canonicalJson, sha256Hex } from '../apimachinery/canonical-json.ts'
import type { Json } from '../apimachinery/meta.ts'
import { flaggerHashOf } from './flagger-hash.ts'

/** Node label that no node has: with it in its selector a DaemonSet has no pods. */
export const scaleToZeroKey = 'flagger.app/scale-to-zero'

/** What of a target is hashed. */
export type RevisionSource =
  | { readonly kind: 'Deployment' | 'DaemonSet'; readonly template: PodTemplateSpec }
  | { readonly kind: 'Service'; readonly spec: ServiceSpec }
  | { readonly kind: 'KnativeService'; readonly latestCreatedRevisionName: string }

/**
 * Our hash, `s1-` and 16 hex digits. It is taken over the object as the API stores it, so that it depends on neither
 * the version of this program nor the order of keys. Its results are kept in statuses: they must never change.
 */
export function revisionOf(source: RevisionSource): string {
  return `s1-${sha256Hex(canonicalJson(withoutNulls(hashedPart(source)))).slice(0, 16)}`
}

/** Flagger's hash of the same, for statuses that Flagger wrote. */
export function flaggerRevisionOf(source: RevisionSource): string {
  switch (source.kind) {
    case 'Deployment':
      return flaggerHashOf('v1.PodTemplateSpec', source.template)
    case 'DaemonSet': {
      // Flagger removes the key from a selector that it makes up first where there is none.
      const { [scaleToZeroKey]: _, ...nodeSelector } = source.template.spec?.nodeSelector ?? {}
      return flaggerHashOf('v1.PodTemplateSpec', {
        ...source.template,
        spec: { ...source.template.spec, nodeSelector },
      })
    }
    case 'Service':
      return flaggerHashOf('v1.ServiceSpec', source.spec)
    case 'KnativeService':
      return flaggerHashOf('string', source.latestCreatedRevisionName)
  }
}

function hashedPart(source: RevisionSource): unknown {
  switch (source.kind) {
    case 'Deployment':
      return source.template
    case 'DaemonSet':
      return withoutScaleToZero(source.template)
    case 'Service':
      return source.spec
    case 'KnativeService':
      return source.latestCreatedRevisionName
  }
}

/** The template of a DaemonSet as it is when it has its pods. */
export function withoutScaleToZero(template: PodTemplateSpec): PodTemplateSpec {
  if (!template.spec?.nodeSelector) return template
  const { nodeSelector: all, ...spec } = template.spec
  const { [scaleToZeroKey]: _, ...nodeSelector } = all
  return { ...template, spec: Object.keys(nodeSelector).length > 0 ? { ...spec, nodeSelector } : spec }
}

/** Servers of one version write `creationTimestamp: null` into templates, others leave it out. */
export function withoutNulls(value: unknown): Json {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return (value ?? null) as Json // A scalar of a parsed object.
  const members = Object.entries(value).filter(([, member]) => member !== null && member !== undefined)
  return Object.fromEntries(members.map(([key, member]) => [key, withoutNulls(member)]))
}

/** Whether two values are equal {@link withoutNulls}. */
export function equalWithoutNulls(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => equalWithoutNulls(item ?? null, b[i] ?? null))
  }
  if (!isPlain(a) || !isPlain(b)) return false
  for (const key in a) if (!equalWithoutNulls(a[key] ?? null, b[key] ?? null)) return false
  for (const key in b) if ((b[key] ?? null) !== null && (a[key] ?? null) === null) return false
  return true
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
