/** Labels and annotations by which an object says how it is applied. */
import type { KubernetesObject } from '../../apimachinery/meta.ts'

const prefix = 'kustomize.toolkit.fluxcd.io'

/** The labels that say whose an object is. */
export const ownerLabelKeys = { name: `${prefix}/name`, namespace: `${prefix}/namespace` } as const

/** Whether a label or annotation has that value, in any spelling of case. */
export function hasSwitch(object: KubernetesObject | undefined, key: string, value: string): boolean {
  const { labels, annotations } = object?.metadata ?? {}
  const isSet = (map: Readonly<Record<string, string>> | undefined) =>
    map?.[`${prefix}/${key}`]?.toLowerCase() === value.toLowerCase()
  return isSet(labels) || isSet(annotations)
}

/** Neither applied nor pruned, whether Git or the cluster says so. */
export function isLeftAlone(object: KubernetesObject | undefined): boolean {
  return hasSwitch(object, 'reconcile', 'disabled') || hasSwitch(object, 'ssa', 'Ignore')
}
