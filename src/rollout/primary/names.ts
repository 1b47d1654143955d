/** How the copies of a target are named and told apart from it. */
import { sha256Hex } from '../../apimachinery/canonical-json.ts'
import type { LabelSelector, OwnerReference } from '../../apimachinery/meta.ts'

/** What a copy needs to know beside the object that it is made from. */
export interface CopyOptions {
  /** The Canary, as controller. */
  readonly owner: OwnerReference
  /** Labels that may select the pods, the first that the target has wins; Flagger's flag `-selector-labels`. */
  readonly selectorLabels: readonly string[]
  /** Prefixes of labels and annotations that go onto the copies; `*` for all. */
  readonly includeLabelPrefixes: readonly string[]
  /** Names of the copies that the primary uses, by the key (`configmap/a`) of the tracked config. */
  readonly configCopies: ReadonlyMap<string, string>
  /** Names what was copied: pods are replaced when it changes, and only then. See {@link copyId}. */
  readonly copyId: string
}

/** Flagger's `-selector-labels`. */
export const defaultSelectorLabels: readonly string[] = ['app', 'name', 'app.kubernetes.io/name']

/** The annotation of the primary's pods that changes with each copy. */
export const copyIdAnnotation = 'flagger-id'

/** Objects with it belong to Flux; the copies do not. */
const toolkitKey = 'toolkit.fluxcd.io'

/** `<name>-primary`. */
export function primaryName(name: string): string {
  return `${name}-primary`
}

/** Longest name of a ConfigMap or Secret. */
const maxNameLength = 253

/** The copy of a config whose `<name>-primary` is another Canary's: `<name>-<target>-primary`. */
export function ownCopyName(name: string, target: string): string {
  const full = primaryName(`${name}-${target}`)
  return full.length <= maxNameLength ? full : primaryName(`${sha256Hex(name).slice(0, 16)}-${target}`)
}

/** The label that tells pods of the target from those of the primary; undefined when the selector has none of them. */
export function selectorLabelOf(
  selector: LabelSelector,
  candidates: readonly string[],
): { readonly key: string; readonly value: string } | undefined {
  for (const key of candidates) {
    const value = selector.matchLabels?.[key]
    if (value !== undefined) return { key, value }
  }
  return undefined
}

/** Labels or annotations that may go onto a copy as they are. */
export function withoutToolkit(map: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(map ?? {}).filter(([key]) => !key.includes(toolkitKey)))
}

/** Labels or annotations whose prefix is listed. */
export function byPrefix(
  map: Readonly<Record<string, string>> | undefined,
  prefixes: readonly string[],
): Readonly<Record<string, string>> {
  const isIncluded = (key: string) =>
    prefixes.some(prefix => prefix === '*' || (prefix !== '' && key.startsWith(prefix)))
  return Object.fromEntries(Object.entries(withoutToolkit(map)).filter(([key]) => isIncluded(key)))
}
