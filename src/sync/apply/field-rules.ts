/** Fields that an apply leaves to others: by the object's rules, and those that a rollout holds. */
import { isJsonArray, isJsonObject, jsonEqual } from '../../apimachinery/json.ts'
import { matchesLabels, parseLabelSelector } from '../../apimachinery/labels.ts'
import type { Json, JsonObject, KubernetesObject, ManagedFieldsEntry } from '../../apimachinery/meta.ts'
import { parseApiVersion } from '../../apimachinery/meta.ts'
import { identityOfManifest, type Manifest } from './identity.ts'

/** Paths (JSON pointers) of the objects that `target` selects; all objects where there is none. */
export interface FieldRule {
  readonly paths: readonly string[]
  readonly target?: FieldRuleTarget
}

/** Group, version, kind, name and namespace are regular expressions over the whole text; absent matches any. */
export interface FieldRuleTarget {
  readonly group?: string
  readonly version?: string
  readonly kind?: string
  readonly name?: string
  readonly namespace?: string
  readonly labelSelector?: string
  readonly annotationSelector?: string
}

/** The paths that the rules name for this object. */
export function ignoredPathsOf(manifest: Manifest, rules: readonly FieldRule[]): readonly string[] {
  return rules.filter(rule => selects(rule.target, manifest)).flatMap(({ paths }) => paths)
}

function selects(target: FieldRuleTarget | undefined, manifest: Manifest): boolean {
  if (!target) return true
  const { group, kind, name, namespace } = identityOfManifest(manifest)
  const { version } = parseApiVersion(manifest.apiVersion ?? '')
  const actual = { group, version, kind, name, namespace }
  const fields = ['group', 'version', 'kind', 'name', 'namespace'] as const
  const isNamed = fields.every(field => !target[field] || new RegExp(`^(?:${target[field]})$`).test(actual[field]))
  const { labels, annotations } = manifest.metadata
  const isSelected = (selector: string | undefined, map: Readonly<Record<string, string>> | undefined) =>
    !selector || matchesLabels(parseLabelSelector(selector), map ?? {})
  return isNamed && isSelected(target.labelSelector, labels) && isSelected(target.annotationSelector, annotations)
}

/**
 * The manifest as it is sent to a cluster where `live` is there: each ignored path whose value differs is left out if
 * somebody else owns it, and takes the live value if nobody but `fieldManager` does. Leaving it out is preferred, as
 * what is not sent cannot run over what another writes at the same time.
 */
export function withoutIgnored(
  manifest: Manifest,
  live: KubernetesObject & JsonObject,
  paths: readonly string[],
  fieldManager: string,
): Manifest {
  return paths.reduce((result, pointer) => {
    const path = segmentsOf(pointer)
    const wanted = valueAt(result, path)
    if (wanted === undefined) return result
    const actual = valueAt(live, path)
    if (jsonEqual(wanted, actual)) return result
    const isOthers = (live.metadata?.managedFields ?? []).some(
      entry => !(entry.manager === fieldManager && entry.operation === 'Apply') && owns(entry, path),
    )
    // The result differs in one field below the top, so it is as much a manifest as it was.
    return withValueAt(result, path, actual === undefined || isOthers ? undefined : actual) as Manifest
  }, manifest)
}

function owns(entry: ManagedFieldsEntry, path: readonly string[]): boolean {
  let fields: Json | undefined = entry.fieldsV1
  for (const segment of path) {
    if (!isJsonObject(fields)) return false
    fields = fields[`f:${segment}`]
  }
  return fields !== undefined
}

function segmentsOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map(segment => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function valueAt(value: Json, path: readonly string[]): Json | undefined {
  let current: Json | undefined = value
  for (const segment of path) {
    if (isJsonArray(current)) current = current[Number(segment)]
    else if (isJsonObject(current)) current = current[segment]
    else return undefined
  }
  return current
}

function withValueAt(value: Json, path: readonly string[], replacement: Json | undefined): Json {
  const [segment = '', ...rest] = path
  const put = (old: Json | undefined) => (rest.length === 0 ? replacement : withValueAt(old ?? {}, rest, replacement))
  if (isJsonArray(value)) {
    const at = Number(segment)
    const next = put(value[at])
    return next === undefined ? value.filter((_, i) => i !== at) : value.map((item, i) => (i === at ? next : item))
  }
  if (!isJsonObject(value)) return value
  const { [segment]: old, ...others } = value
  const next = put(old)
  return next === undefined ? others : { ...value, [segment]: next }
}
