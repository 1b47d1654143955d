/** Making one object the controller of another. */
import type { KubernetesObject, ResourceType } from '../apimachinery/meta.ts'
import { keyOf } from '../apimachinery/meta.ts'
import { controllerOf, ownerReferenceTo, withOwnerReference } from '../apimachinery/owner-references.ts'
import { refOf } from './object-store.ts'

/** The object has another controller, or the owner cannot own it. */
export class OwnershipError extends Error {
  override readonly name = 'OwnershipError'
  readonly reason: 'AlreadyOwned' | 'CrossNamespaceOwner'

  constructor(reason: OwnershipError['reason'], message: string) {
    super(message)
    this.reason = reason
  }
}

/**
 * The object with `owner` as its controller, so that it is deleted with it. Repeating it changes nothing.
 * (controller-runtime's SetControllerReference)
 * @throws OwnershipError where another object controls it, or the owner lives in another namespace
 */
export function withController<T extends KubernetesObject>(
  object: T,
  ownerType: ResourceType,
  owner: KubernetesObject,
): T {
  const existing = controllerOf(object)
  const what = keyOf(refOf(object))
  if (existing && existing.uid !== owner.metadata?.uid) {
    throw new OwnershipError('AlreadyOwned', `${what} is controlled by ${existing.kind} ${existing.name} already`)
  }
  const ownerNamespace = owner.metadata?.namespace
  // Garbage collection looks for a namespaced owner in the object's own namespace only, and deletes if it finds none.
  if (ownerNamespace && ownerNamespace !== object.metadata?.namespace) {
    throw new OwnershipError('CrossNamespaceOwner', `${what} cannot have an owner in namespace ${ownerNamespace}`)
  }
  const reference = ownerReferenceTo(ownerType, owner, { isController: true })
  return {
    ...object,
    metadata: { ...object.metadata, ownerReferences: withOwnerReference(object.metadata?.ownerReferences, reference) },
  }
}
