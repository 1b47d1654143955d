/** Who owns an object: what garbage collection and adoption go by. */
import { apiVersionOf, type GroupVersionKind, type KubernetesObject, type OwnerReference } from './meta.ts'

/** A reference to an owner. `isController`: the one owner that manages the object; it then also blocks its deletion. */
export function ownerReferenceTo(
  type: Pick<GroupVersionKind, 'group' | 'version' | 'kind'>,
  owner: KubernetesObject,
  options: { readonly isController?: boolean } = {},
): OwnerReference {
  const { name, uid } = owner.metadata ?? {}
  if (!name || !uid) throw new TypeError(`an owner needs name and uid, but ${type.kind} ${name ?? ''} lacks one`)
  const flags = options.isController ? { controller: true, blockOwnerDeletion: true } : {}
  return { apiVersion: apiVersionOf(type), kind: type.kind, name, uid, ...flags }
}

/** The owner that manages the object, if there is one. */
export function controllerOf(object: KubernetesObject): OwnerReference | undefined {
  return object.metadata?.ownerReferences?.find(reference => reference.controller)
}

/** Whether an object with this uid is among the owners. */
export function isOwnedBy(object: KubernetesObject, uid: string): boolean {
  return object.metadata?.ownerReferences?.some(reference => reference.uid === uid) ?? false
}

/** The references with one added, or replaced where the same owner stands already. */
export function withOwnerReference(
  references: readonly OwnerReference[] | undefined,
  reference: OwnerReference,
): readonly OwnerReference[] {
  const others = (references ?? []).filter(({ uid }) => uid !== reference.uid)
  return [...others, reference]
}
