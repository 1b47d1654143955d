/** The annotation in which client-side `kubectl apply` keeps what it applied, and how server-side apply takes over. */
import { goJson } from '../go-text.ts'
import { isJsonObject } from '../json.ts'
import type { Json, JsonObject } from '../meta.ts'
import { compareValues } from './compare.ts'
import { difference, emptySet, type FieldSet } from './field-set.ts'
import type { FieldType } from './field-type.ts'
import { toFieldSet } from './to-field-set.ts'
import { withoutRecord } from './track-update.ts'

/** The annotation's name. */
export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration'
/** The field manager of `kubectl apply --server-side`; only this one reads and writes the annotation. */
export const kubectlManager = 'kubectl'

/** The longest that all annotations of an object may be together, in bytes. The figure is the real server's. */
const maxAnnotationsBytes = 256 * 1024

/**
 * The fields that client-side apply set and that still have the value it gave them: `kubectl` may take these over
 * without conflict. Empty where the annotation is absent, unreadable or of another version.
 */
export function fieldsFromLastApplied(type: FieldType, live: JsonObject, apiVersion: string): FieldSet {
  const text = annotationsOf(live)?.[lastAppliedAnnotation]
  if (typeof text !== 'string' || text === '') return emptySet
  const applied = parse(text)
  if (!applied || applied['apiVersion'] !== apiVersion) return emptySet
  const { added, modified, removed } = compareValues(type, applied, withoutRecord(live))
  return [added, modified, removed].reduce(difference, toFieldSet(type, applied))
}

/** Brings the annotation up to date with an applied configuration where the object has it. */
export function withLastApplied(object: JsonObject, config: JsonObject): JsonObject {
  const annotations = annotationsOf(object)
  const { [lastAppliedAnnotation]: previous, ...others } = annotations ?? {}
  if (!previous) return object
  const updated = { ...annotations, [lastAppliedAnnotation]: configText(config) }
  const size = Object.entries(updated).reduce(
    (sum, [k, v]) => sum + Buffer.byteLength(k) + Buffer.byteLength(`${v}`),
    0,
  )
  const kept = size > maxAnnotationsBytes ? others : updated
  return { ...object, metadata: { ...(object['metadata'] as JsonObject), annotations: kept } }
}

/** The configuration in the form of the annotation: sorted keys, Go's escapes, a line end. */
function configText(config: JsonObject): string {
  const annotations = annotationsOf(config)
  if (!annotations || !(lastAppliedAnnotation in annotations)) return `${goJson(config)}\n`
  const { [lastAppliedAnnotation]: _, ...others } = annotations
  return `${goJson({ ...config, metadata: { ...(config['metadata'] as JsonObject), annotations: others } })}\n`
}

function annotationsOf(object: JsonObject): JsonObject | undefined {
  const metadata = object['metadata']
  const annotations = isJsonObject(metadata) ? metadata['annotations'] : undefined
  return isJsonObject(annotations) ? annotations : undefined
}

function parse(text: string): JsonObject | undefined {
  try {
    const value: Json = JSON.parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
